import type { KNode } from '../../../kusto-api.ts';
import { PlanError } from '../../errors.ts';
import { type PluginCall, valueArg } from './call.ts';

/** The elements of a constant dynamic array; undefined for anything else. */
export function literalArray(call: PluginCall, n: KNode): unknown[] | undefined {
  const e = valueArg(call, n);
  const text =
    e.op === 'literal'
      ? e.value
      : e.op === 'call' && e.fn === 'parse_json' && e.args[0]!.op === 'literal'
        ? e.args[0]!.value
        : undefined;
  if (typeof text !== 'string') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    throw new PlanError(n, 'KQL0121', 'This is no array.');
  }
}

/** The texts of a constant dynamic array of texts. */
export function literalTexts(call: PluginCall, n: KNode): string[] | undefined {
  const all = literalArray(call, n);
  return all?.every((x) => typeof x === 'string') ? (all as string[]) : undefined;
}
