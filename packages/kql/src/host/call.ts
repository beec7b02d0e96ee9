import { HostError } from './errors.ts';
import { jsonText, parseExact } from './json.ts';
import { type HostFunction, hostFunction } from './registry.ts';

/**
 * Runs one call. Arguments that a function cannot work with give null, as the language's functions do.
 * @throws HostError for a limit or an unknown function
 */
export async function callHost(fn: string, args: string): Promise<string> {
  const run: HostFunction | undefined = await hostFunction(fn);
  if (!run) throw new HostError(`There is no host function ${fn}.`);
  const result: unknown = await run(...(parseExact(args) as unknown[]));
  return result === undefined || result === null ? '' : jsonText(result);
}
