import { loadHuntingSchema } from '@parapet/schema';
import { spellings } from './columns.ts';
import { type ConnectorDefinition, explodePaths } from './definition.ts';

/** A deeper value is looked at as a whole. */
const MAX_DEPTH = 12;
const MAX_PATHS = 5_000;
const EXAMPLE_CHARS = 200;

/** Paths a connector reads, as far as its text shows: `Name.a.b`, `Name["a"]`, for the record and for what `prepare` makes of it. */
function readPaths(definition: ConnectorDefinition): { readonly whole: Set<string>; readonly tails: Set<string> } {
  const { assemble } = definition;
  const texts = [
    definition.match.text,
    definition.prepare.text,
    ...definition.outputs.flatMap(({ when, transform }) => [when.text, transform.text]),
    ...[assemble?.key, assemble?.order, assemble?.text, assemble?.complete, assemble?.count].map((s) => s?.text ?? ''),
  ];
  const whole = new Set<string>();
  const tails = new Set<string>();
  const pattern = /\b([A-Za-z_]\w*)((?:\.[A-Za-z_]\w*|\[\s*(?:"[^"\n]+"|'[^'\n]+'|\d+)\s*\])+)/g;
  for (const text of texts)
    for (const [, base, path] of text.matchAll(pattern)) {
      const keys = [...(path ?? '').matchAll(/\.([A-Za-z_]\w*)|"([^"]+)"|'([^']+)'/g)].map(
        (part) => part[1] ?? part[2] ?? part[3] ?? '',
      );
      if (keys.length === 0) continue;
      (base === 'RawEventData' ? whole : tails).add(keys.join('\u0000'));
    }
  for (const key of namedColumns(definition)) tails.add(key);
  return { whole, tails };
}

/** Keys that are read because they are called like a column: by `fill`, and by `passthrough`. */
function namedColumns(definition: ConnectorDefinition): string[] {
  const schema = loadHuntingSchema();
  const filled = new Set(definition.outputs.filter((output) => output.fill).map((output) => output.table));
  const tables = schema.tables.filter((table) => definition.passthrough !== null || filled.has(table.name));
  return tables.flatMap((table) =>
    table.columns.flatMap((column) =>
      spellings(column.name, column.type, filled.has(table.name)).flatMap((key) => [key, `${key} [UTC]`]),
    ),
  );
}

/**
 * Paths of the records that nothing in the connector reads. What is read as a whole counts with everything below it,
 * the whole record and the bag excepted: storing the record is not reading its fields.
 */
export function unmappedPaths(
  definition: ConnectorDefinition,
  records: readonly Readonly<Record<string, unknown>>[],
): { path: string; records: number; example: string }[] {
  const { whole, tails } = readPaths(definition);
  const explode = definition.explode === null ? [] : explodePaths(definition.explode);
  const found = new Map<string, { records: number; example: string }>();
  const isRead = (keys: readonly string[]): boolean => {
    for (let end = 1; end <= keys.length; end++) if (whole.has(keys.slice(0, end).join('\u0000'))) return true;
    for (let start = 0; start < keys.length; start++)
      for (let end = start + 1; end <= keys.length; end++)
        if (tails.has(keys.slice(start, end).join('\u0000'))) return true;
    return false;
  };
  const visit = (value: unknown, keys: readonly string[], seen: Set<string>): void => {
    if (typeof value === 'object' && value !== null && keys.length < MAX_DEPTH) {
      if (Array.isArray(value)) {
        for (const item of value.slice(0, 100)) visit(item, keys, seen);
        return;
      }
      const entries = Object.entries(value);
      if (entries.length > 0) {
        for (const [key, child] of entries) visit(child, [...keys, key], seen);
        return;
      }
    }
    if (keys.length === 0 || value === null || value === '' || isRead(keys)) return;
    const path = keys.map((key, i) => (/^[A-Za-z_]\w*$/.test(key) ? (i ? `.${key}` : key) : `["${key}"]`)).join('');
    const known = found.get(path);
    if (!known) {
      if (found.size >= MAX_PATHS) return;
      const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
      found.set(path, { records: 1, example: text.slice(0, EXAMPLE_CHARS) });
    } else if (!seen.has(path)) known.records++;
    seen.add(path);
  };
  for (const record of records) {
    // Elements of an exploded array are the records of the connector.
    const inner = explode
      .map((keys) => keys.reduce<unknown>((value, key) => (value as Record<string, unknown> | null)?.[key], record))
      .find((value) => Array.isArray(value));
    const seen = new Set<string>();
    for (const item of Array.isArray(inner) ? inner : [record]) visit(item, [], seen);
  }
  return [...found]
    .map(([path, { records: count, example }]) => ({ path, records: count, example }))
    .sort((a, b) => b.records - a.records || a.path.localeCompare(b.path));
}
