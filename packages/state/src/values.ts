/**
 * PostgreSQL can hold neither NUL in text nor NUL and lone surrogates in jsonb, and telemetry contains both. They are
 * replaced by U+FFFD on the way in, so one odd byte in an event never loses an alert or fails a request.
 */

const NUL = /\0/g;
const LONE_SURROGATE = /\p{Surrogate}/gu;
/** JSON escapes that jsonb may refuse; a paired surrogate also matches and is then left alone by the walk. */
const SUSPECT_ESCAPE = /\\u(?:0000|[dD][89a-fA-F])/;

/** A string PostgreSQL will store. */
export function storableText(text: string): string {
  return text.includes('\0') ? text.replace(NUL, '\uFFFD') : text;
}

/** JSON text that jsonb accepts. A string is taken to be JSON text already, anything else is serialised. */
export function storableJson(value: unknown): string {
  const text = typeof value === 'string' ? storableText(value) : (JSON.stringify(value) ?? 'null');
  if (!SUSPECT_ESCAPE.test(text)) return text;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return text; // PostgreSQL says what is wrong with it.
  }
  return JSON.stringify(clean(parsed));
}

function clean(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value).replace(LONE_SURROGATE, '\uFFFD');
  if (Array.isArray(value)) return value.map(clean);
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [clean(key), clean(item)]));
  }
  return value;
}

/** A statement parameter as it crosses to the worker: undefined is null, text is storable. */
export function toWire(value: unknown): unknown {
  if (value === undefined) return null;
  if (typeof value === 'string') return storableText(value);
  if (Array.isArray(value)) return value.map(toWire);
  return value;
}
