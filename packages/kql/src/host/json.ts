/** JSON of results, with the difference between whole and real numbers that JSON itself does not have. */

/** A number that is printed as a real (`2.0`) even when it is whole. A `Float64Array` is an array of such numbers. */
export class Real {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** A real as the language prints it inside a dynamic value; NaN and infinities become texts. */
export function realText(n: number): string {
  if (Number.isNaN(n)) return '"NaN"';
  if (!Number.isFinite(n)) return n > 0 ? '"inf"' : '"-inf"';
  const text = Object.is(n, -0) ? '0' : String(n);
  if (text.includes('e')) return text.replace(/e([-+])(\d)$/, 'e$10$2').replace('e', 'E');
  return text.includes('.') ? text : `${text}.0`;
}

/** JSON text of a host function's result. `undefined` members are left out of objects and are null in arrays. */
export function jsonText(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (value instanceof Real) return realText(value.value);
  if (value instanceof Float64Array) return `[${Array.from(value, realText).join(',')}]`;
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : realText(value);
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  if (typeof value === 'object') {
    const parts = Object.entries(value).flatMap(([k, v]) =>
      v === undefined ? [] : [`${JSON.stringify(k)}:${jsonText(v)}`],
    );
    return `{${parts.join(',')}}`;
  }
  return JSON.stringify(value);
}

const BIG_NUMBER = /"(?:[^"\\]|\\.)*"|(?<![\d.eE])-?\d{16,}(?![\d.eE])/g;

/** Reads JSON; whole numbers beyond 2^53 become text, so that no digit is lost. */
export function parseExact(text: string): unknown {
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  return JSON.parse(
    text.replace(BIG_NUMBER, (m) => (m.startsWith('"') || Number.isSafeInteger(Number(m)) ? m : `"${m}"`)),
  );
}
