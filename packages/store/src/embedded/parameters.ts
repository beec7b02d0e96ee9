/**
 * Values of `{name:Type}` for a session, as one `SET` statement. The driver's own bound calls are not used: they run one
 * at a time in the whole process, so that one long query would hold up every other. A session keeps its values to itself.
 */
import { quoteIdentifier, quoteString } from '../sql.ts';

/** Text in the engine's escaped form, in which it reads parameter values whatever their type. */
const escaped = (text: string): string =>
  text.replace(
    /[\\\t\n\r\0\b\f']/g,
    (c) => ({ '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r', '\0': '\\0', '\b': '\\b', '\f': '\\f' })[c] ?? c,
  );

function element(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  return typeof value === 'string' ? quoteString(value) : String(value);
}

/** One value as the text that the engine reads for a parameter. */
export function parameterText(value: unknown): string {
  if (value === null || value === undefined) return '\\N';
  // A list is read as written, its texts quoted; only plain values are in the escaped form.
  if (Array.isArray(value)) return `[${value.map(element).join(',')}]`;
  return escaped(String(value));
}

/** `SET param_a = '…', …`; undefined when there is nothing to set. */
export function parametersSql(params: Readonly<Record<string, unknown>>): string | undefined {
  const parts = Object.entries(params).map(
    ([name, value]) => `${quoteIdentifier(`param_${name}`)} = ${quoteString(parameterText(value))}`,
  );
  return parts.length ? `SET ${parts.join(', ')}` : undefined;
}
