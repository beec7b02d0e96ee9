import { textOf } from '../bind/syntax.ts';
import type { KNode } from '../kusto-api.ts';
import type { KqlType } from '../types.ts';

/** The type a type node names. */
export function typeName(node: KNode): KqlType {
  const t = textOf(node).toLowerCase();
  const names: Readonly<Record<string, KqlType>> = {
    double: 'real',
    float: 'real',
    boolean: 'bool',
    date: 'datetime',
    time: 'timespan',
    int64: 'long',
    int32: 'int',
    uniqueid: 'guid',
    uuid: 'guid',
    object: 'dynamic',
  };
  return names[t] ?? (t as KqlType);
}
