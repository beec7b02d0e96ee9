/** Brings answers of the compiler and of plain SQL to one form, so that they can be compared. */

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return `[${value.map(cell).sort().join(',')}]`;
  if (typeof value === 'object') return JSON.stringify(value);
  if (typeof value === 'boolean') return value ? '1' : '0';
  const text = String(value);
  if (/^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d/.test(text)) {
    const [whole, fraction = ''] = text.replace('T', ' ').replace('Z', '').split('.');
    return `${whole}.${fraction.replace(/0+$/, '')}`;
  }
  if (text === 'true' || text === 'false') return text === 'true' ? '1' : '0';
  const number = Number(text);
  return text !== '' && Number.isFinite(number) ? String(Number(number.toPrecision(10))) : text;
}

/** Undefined when both answers hold the same rows; otherwise what differs first. Order is left aside. */
export function difference(
  ours: readonly (readonly unknown[])[],
  theirs: readonly (readonly unknown[])[],
): string | undefined {
  const flat = (rows: readonly (readonly unknown[])[]): string[] => rows.map((row) => row.map(cell).join(' | ')).sort();
  const [a, b] = [flat(ours), flat(theirs)];
  if (a.length !== b.length) return `${a.length} rows against ${b.length}`;
  const at = a.findIndex((row, i) => row !== b[i]);
  return at < 0 ? undefined : `row ${at}: ${a[at]} against ${b[at]}`;
}

export const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
