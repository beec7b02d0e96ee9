import { badRequest } from './errors.ts';

const MAX_DEPTH = 32;

/**
 * A JSON object whose keys are those expected, in any case.
 * @param known expected keys; annotations (`@odata.type`) are let through and left out
 * @throws ApiError 400 naming a key that is not expected
 */
export function bodyOf<K extends string>(body: unknown, known: readonly K[]): Partial<Record<K, unknown>> {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw badRequest('The request body must be a JSON object.');
  const found: Partial<Record<K, unknown>> = {};
  for (const [name, value] of Object.entries(body)) {
    if (name.includes('@odata.')) continue;
    const key = known.find((each) => each.toLowerCase() === name.toLowerCase());
    if (key === undefined)
      throw badRequest(
        `The property '${name.slice(0, 100)}' does not exist or cannot be written here. Writable: ${known.join(', ')}.`,
      );
    found[key] = value;
  }
  return found;
}

/** Refuse JSON that is nested deeper than anything here needs, before it is walked. */
export function checkDepth(value: unknown, most = MAX_DEPTH): void {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > most) throw badRequest(`The request body is nested more than ${most} levels deep.`);
    level = level.flatMap((each) => (typeof each === 'object' && each !== null ? Object.values(each) : []));
  }
}

export function textOf(value: unknown, name: string, most = 30_000): string {
  if (typeof value !== 'string') throw badRequest(`${name} must be text.`);
  if (value.length > most) throw badRequest(`${name} is longer than ${most} characters.`);
  return value;
}

export function textsOf(value: unknown, name: string, most: number, longest = 400): string[] {
  if (!Array.isArray(value)) throw badRequest(`${name} must be a list of texts.`);
  if (value.length > most) throw badRequest(`${name} has more than ${most} entries.`);
  return value.map((each) => textOf(each, `An entry of ${name}`, longest));
}

/** Text, or null that clears. */
export const clearable = (value: unknown, name: string, most = 200): string | null =>
  value === null ? null : textOf(value, name, most);
