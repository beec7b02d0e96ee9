import type { Readable } from 'node:stream';
import { headLines, rowBytes, textLines, withHead } from './records.ts';
import type { Found } from './types.ts';

/**
 * Zeek's native log files: a header of `#` lines, then one record a line.
 * Source of the format: https://docs.zeek.org/en/current/log-formats.html (TSV).
 */
export function isZeekTsv(head: Buffer): boolean {
  const [first = '', ...rest] = headLines(head, 12);
  if (first.startsWith('#separator ')) return true;
  // A file whose first line was cut off, or written without it: the fields are still named.
  return (
    first.startsWith('#') &&
    rest.some((line) => line.startsWith('#fields')) &&
    rest.some((line) => line.startsWith('#types'))
  );
}

interface Header {
  separator: string;
  setSeparator: string;
  empty: string;
  unset: string;
  path: string;
  names: string[];
  types: string[];
}

const fresh = (): Header => ({
  separator: '\t',
  setSeparator: ',',
  empty: '(empty)',
  unset: '-',
  path: '',
  names: [],
  types: [],
});

/** Zeek writes bytes it cannot print, and its own separators inside values, as `\xhh`. */
const unescaped = (text: string): string =>
  text.includes('\\x')
    ? text.replace(/(?:\\x[0-9a-fA-F]{2})+/g, (run) => Buffer.from(run.replaceAll('\\x', ''), 'hex').toString('utf8'))
    : text;

/**
 * Records of a native Zeek log, one JSON object each: `_path` from the header, keys from `#fields`, values by `#types`
 * (`count`, `int`, `port`, `double` and `interval` are numbers, `bool` is true or false, `set[…]` and `vector[…]` are
 * arrays; `time` stays the text it is, because a double would lose its last digit). An unset value has no key, an empty
 * set is `[]`. Files that were put together may hold several headers.
 */
export async function* readZeekTsv(source: string, head: readonly Buffer[], stream: Readable): AsyncGenerator<Found> {
  let header = fresh();
  for await (const { line, text } of textLines(withHead(head, stream))) {
    if (text.startsWith('#')) {
      header = readHeaderLine(header, text);
      continue;
    }
    if (text.trim() === '') continue;
    if (header.names.length === 0) {
      yield { source, line, problem: 'a Zeek record before its #fields line' };
      continue;
    }
    const fields = text.split(header.separator);
    const values = fields.map((field, i) => zeekValue(field, header.types[i] ?? 'string', header));
    yield {
      document: {
        source,
        line,
        bytes: rowBytes(header.names, values, header.path ? { _path: header.path } : undefined),
      },
    };
  }
}

function readHeaderLine(header: Header, text: string): Header {
  if (text.startsWith('#separator ')) return { ...fresh(), separator: unescaped(text.slice(11).trim()) || '\t' };
  const at = text.indexOf(header.separator);
  if (at === -1) return header;
  const key = text.slice(1, at);
  const value = text.slice(at + header.separator.length);
  switch (key) {
    case 'set_separator':
      return { ...header, setSeparator: unescaped(value) };
    case 'empty_field':
      return { ...header, empty: value };
    case 'unset_field':
      return { ...header, unset: value };
    case 'path':
      return { ...header, path: value };
    case 'fields':
      return { ...header, names: value.split(header.separator) };
    case 'types':
      return { ...header, types: value.split(header.separator) };
    default:
      return header;
  }
}

function zeekValue(text: string, type: string, header: Header): unknown {
  if (text === header.unset) return undefined;
  const list = /^(?:set|vector|table)\[(.+)\]$/.exec(type);
  if (list) {
    if (text === header.empty || text === '') return [];
    return text.split(header.setSeparator).map((part) => scalar(part, list[1] ?? 'string', header) ?? null);
  }
  return scalar(text, type, header);
}

function scalar(text: string, type: string, header: Header): unknown {
  if (text === header.unset) return undefined;
  if (text === header.empty) return '';
  switch (type) {
    case 'count':
    case 'int':
    case 'port':
    case 'double':
    case 'interval': {
      const value = Number(text);
      // Counters go beyond 2^53: what a number would not hold exactly stays a text.
      return text.trim() !== '' && Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER ? value : text;
    }
    case 'bool':
      return text === 'T' ? true : text === 'F' ? false : text;
    default:
      return unescaped(text);
  }
}
