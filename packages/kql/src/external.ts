/** What stands behind an address of `externaldata`, as rows. */
import type { ExternalAccess, ExternalTable, KqlType } from './types.ts';

/** Separators of the text formats. */
const SEPARATORS: Readonly<Record<string, string>> = {
  csv: ',',
  tsv: '\t',
  tsve: '\t',
  psv: '|',
  scsv: ';',
  sohsv: '\u0001',
};

/** Formats that `externaldata` reads. */
export const EXTERNAL_FORMATS: readonly string[] = [...Object.keys(SEPARATORS), 'txt', 'raw', 'json', 'multijson'];

/** True when a host is among those that may be read. */
export function hostAllowed(host: string, access: ExternalAccess): boolean {
  const name = host.toLowerCase();
  return access.hosts.some((h) => {
    const rule = h.toLowerCase();
    return rule === '*' || rule === name || (rule.startsWith('*.') && name.endsWith(rule.slice(1)));
  });
}

/** A value of a JSON document as the text its column is made from. */
function cell(value: unknown, type: KqlType): string {
  if (value === null || value === undefined) return '';
  if (type === 'dynamic' || typeof value === 'object') return JSON.stringify(value);
  return String(value);
}

/** Records of separated values: quotes keep separators and line ends, two quotes inside them are one. */
function separated(text: string, separator: string, backslash: boolean): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let field = '';
  let quoted = false;
  const endRow = (): void => {
    row.push(field);
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
    field = '';
  };
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (quoted) {
      if (c !== '"') field += c;
      else if (text[i + 1] === '"') {
        field += c;
        i++;
      } else quoted = false;
    } else if (c === '"' && field === '') quoted = true;
    else if (backslash && c === '\\' && i + 1 < text.length) {
      const next = text[++i]!;
      field += next === 't' ? '\t' : next === 'n' ? '\n' : next;
    } else if (c === separator) {
      row.push(field);
      field = '';
    } else if (c === '\n') endRow();
    else if (c !== '\r' || text[i + 1] !== '\n') field += c;
  }
  if (field !== '' || row.length) endRow();
  return rows;
}

/** The documents of a JSON text: one, a list of them, one a line, or one after the other. */
function documents(text: string): unknown[] {
  const flat = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);
  try {
    return flat(JSON.parse(text));
  } catch {
    return concatenated(text).flatMap((part) => {
      try {
        return flat(JSON.parse(part));
      } catch {
        return [];
      }
    });
  }
}

/** Cuts a text into its top-level objects and arrays. */
function concatenated(text: string): string[] {
  const out: string[] = [];
  let depth = 0;
  let start = 0;
  let inText = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (inText) {
      if (c === '\\') i++;
      else if (c === '"') inText = false;
    } else if (c === '"') inText = true;
    else if (c === '{' || c === '[') {
      if (depth++ === 0) start = i;
    } else if ((c === '}' || c === ']') && depth > 0 && --depth === 0) out.push(text.slice(start, i + 1));
  }
  return out;
}

/** The value a path such as `$.a.b[0]` leads to; through lists of one document after the other, the first that has it. */
function along(document: unknown, path: string): unknown {
  let value: unknown = document;
  for (const step of path.replace(/^\$\.?/, '').match(/[^.[\]'"]+/g) ?? []) {
    if (value === null || typeof value !== 'object') return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}

interface Mapped {
  readonly path?: string;
  readonly ordinal?: number;
}

/** The columns that an ingestion mapping places, by name. */
function mappingOf(text: string | undefined): ReadonlyMap<string, Mapped> {
  if (!text) return new Map();
  const out = new Map<string, Mapped>();
  try {
    for (const entry of JSON.parse(text.replace(/,\s*\]\s*$/, ']')) as Record<string, unknown>[]) {
      const lower = Object.fromEntries(Object.entries(entry).map(([k, v]) => [k.toLowerCase(), v]));
      const properties = Object.entries((lower.properties ?? {}) as Record<string, unknown>);
      const get = (name: string) => properties.find(([k]) => k.toLowerCase() === name)?.[1] ?? lower[name];
      const path = get('path');
      const ordinal = get('ordinal');
      out.set(String(lower.column ?? ''), {
        ...(path === undefined ? {} : { path: String(path) }),
        ...(ordinal === undefined ? {} : { ordinal: Number(ordinal) }),
      });
    }
  } catch {
    return new Map();
  }
  return out;
}

/** The rows of one text: cells in column order, as the text that the column's type is read from. */
function rowsOf(table: ExternalTable, content: string): string[][] {
  const text = content.replace(/^\uFEFF/, '');
  const mapping = mappingOf(table.mapping);
  const skip = table.ignoreFirstRecord ? 1 : 0;
  if (table.format === 'raw') return [table.columns.map((_, i) => (i === 0 ? text : ''))];
  if (table.format === 'txt') {
    const lines = text.split(/\r?\n/).filter((line) => line !== '');
    return lines.slice(skip).map((line) => table.columns.map((_, i) => (i === 0 ? line : '')));
  }
  if (table.format === 'json' || table.format === 'multijson') {
    return documents(text)
      .slice(skip)
      .map((d) => table.columns.map((c) => cell(along(d, mapping.get(c.name)?.path ?? `$.${c.name}`), c.type)));
  }
  const records = separated(text, SEPARATORS[table.format] ?? ',', table.format === 'tsve');
  return records.slice(skip).map((r) => table.columns.map((c, i) => r[mapping.get(c.name)?.ordinal ?? i] ?? ''));
}

/** The parameter value of an external table: the rows of every text, in order, as JSON. */
export function externalRows(table: ExternalTable, contents: readonly string[]): string {
  return JSON.stringify(contents.flatMap((content) => rowsOf(table, content)));
}
