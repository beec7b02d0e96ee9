import { HostError } from './errors.ts';
import { jsonText } from './json.ts';
import { type HostFunction, hostFunction } from './registry.ts';

const BIG_NUMBER = /"(?:[^"\\]|\\.)*"|(?<![\d.eE])-?\d{16,}(?![\d.eE])/g;

/** JSON whose whole numbers beyond 2^53 become text, so that no digit is lost. */
export function parseArguments(text: string): unknown {
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  return JSON.parse(
    text.replace(BIG_NUMBER, (m) => (m.startsWith('"') || Number.isSafeInteger(Number(m)) ? m : `"${m}"`)),
  );
}

/**
 * Runs one call. Arguments that a function cannot work with give null, as the language's functions do.
 * @throws HostError for a limit or an unknown function
 */
export async function callHost(fn: string, args: string): Promise<string> {
  const run: HostFunction | undefined = await hostFunction(fn);
  if (!run) throw new HostError(`There is no host function ${fn}.`);
  const result: unknown = await run(...(parseArguments(args) as unknown[]));
  return result === undefined || result === null ? '' : jsonText(result);
}
