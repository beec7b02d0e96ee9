/** `schema_merge`: rows of `getschema`, schema after schema, as one schema. */
import type { RelationHost } from './relation.ts';

/** Numeric types, each of which holds the ones before it. */
const WIDER = ['int', 'long', 'real'];
const SYSTEM: Readonly<Record<string, string>> = {
  int: 'System.Int32',
  long: 'System.Int64',
  real: 'System.Double',
};

interface Merged {
  ordinal: number;
  system: string;
  type: string;
}

const fault = (text: string): Merged => ({
  ordinal: -1,
  system: `ERROR(unknown CSL type:ERROR(${text}))`,
  type: `ERROR(${text})`,
});

/**
 * Columns keep the place of the first schema that has them; new ones follow. A column whose types do not meet, or (unless
 * `keepOrder` is false) whose place differs between schemas, comes out as an error row.
 */
export const schemaMerge: RelationHost = ([rows], options) => {
  const keepOrder = (options as { keepOrder?: boolean }).keepOrder !== false;
  const merged = new Map<string, Merged>();
  for (const [nameCell, ordinalCell, systemCell, typeCell] of rows ?? []) {
    const name = String(nameCell);
    const [ordinal, system, type] = [Number(ordinalCell), String(systemCell), String(typeCell)];
    const known = merged.get(name);
    if (!known) {
      merged.set(name, { ordinal, system, type });
      continue;
    }
    if (known.ordinal === -1) continue;
    if (!keepOrder) known.ordinal = Math.max(known.ordinal, ordinal);
    if (keepOrder && known.ordinal !== ordinal) merged.set(name, fault('columns are out of order'));
    else if (known.type !== type) {
      const [a, b] = [WIDER.indexOf(known.type), WIDER.indexOf(type)];
      if (a < 0 || b < 0) merged.set(name, fault(`column types differ: ${known.type}, ${type}`));
      else {
        const wide = WIDER[Math.max(a, b)]!;
        merged.set(name, { ...known, type: wide, system: SYSTEM[wide]! });
      }
    }
  }
  const out = [...merged].map(([name, m]): unknown[] => [name, m.ordinal, m.system, m.type]);
  const place = (row: unknown[]): number => (row[1] === -1 ? Number.MAX_SAFE_INTEGER : (row[1] as number));
  out.sort((a, b) => place(a) - place(b));
  // Without an order to keep, columns go to the last place a schema gave them, and are numbered anew.
  return keepOrder ? out : out.map(([name, at, ...rest], i) => [name, at === -1 ? -1 : i, ...rest]);
};
