import type { WatchlistFormat } from '@parapet/schema/wire';

/** How much of a file is looked at before it is sent. */
const HEAD_BYTES = 64 * 1024;

export interface FileHead {
  readonly format: WatchlistFormat;
  readonly columns: readonly string[];
}

/** Fields of the first record of separated values. */
export function headerOf(text: string, separator: string): string[] {
  const fields: string[] = [];
  let field = '';
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c !== '"') field += c;
      else if (text[i + 1] === '"') {
        field += '"';
        i++;
      } else quoted = false;
    } else if (c === '"' && field === '') quoted = true;
    else if (c === separator) {
      fields.push(field);
      field = '';
    } else if (c === '\n') break;
    else field += c;
  }
  fields.push(field);
  return fields.map((name) => name.trim()).filter((name, i, all) => name !== '' || all.length > i + 1);
}

/** Names of the properties of the first objects that are whole in the text. */
function properties(text: string): string[] {
  const names = new Set<string>();
  let depth = 0;
  let start = 0;
  let inText = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (inText) {
      if (c === '\\') i++;
      else if (c === '"') inText = false;
    } else if (c === '"') inText = true;
    else if (c === '{') {
      if (depth++ === 0) start = i;
    } else if (c === '}' && depth > 0 && --depth === 0) {
      try {
        for (const name of Object.keys(JSON.parse(text.slice(start, i + 1)) as object)) names.add(name);
      } catch {
        return [...names];
      }
    }
  }
  return [...names];
}

/** Format and columns of a file by its name and beginning. */
export function headOf(name: string, text: string): FileHead {
  const beginning = text.replace(/^\ufeff/, '');
  if (/\.(json|ndjson|jsonl)$/i.test(name) || /^\s*[[{]/.test(beginning))
    return { format: 'json', columns: properties(beginning) };
  const first = beginning.split('\n', 1)[0] ?? '';
  if (/\.tsv$/i.test(name) || (first.includes('\t') && !first.includes(',')))
    return { format: 'tsv', columns: headerOf(beginning, '\t') };
  return {
    format: 'csv',
    columns: headerOf(beginning, !first.includes(',') && first.includes(';') ? ';' : ','),
  };
}

/** Looks at the beginning of a file; spreadsheets may have written UTF-16. */
export async function readHead(file: File): Promise<FileHead> {
  const bytes = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8';
  return headOf(file.name, new TextDecoder(encoding).decode(bytes));
}

/** `VIP users (2026).csv` → `VIP-users-2026`. */
export function aliasFrom(name: string): string {
  return name
    .replace(/\.[a-z]{2,6}$/i, '')
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .replace(/^[-_]+|[-_]+$/g, '')
    .slice(0, 64);
}
