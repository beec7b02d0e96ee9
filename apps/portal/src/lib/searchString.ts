/**
 * The address bar's dialect: `?status=active,inProgress&sort=-lastUpdate`. Every value is text; lists are joined
 * with commas and commas inside an item are escaped, so that links stay readable and can be written by hand.
 * Numbers and flags are read out of the text by the schema of the page (`useUrlState`).
 */
export type SearchRecord = Record<string, string>;

export function parseSearchString(text: string): SearchRecord {
  const result: SearchRecord = {};
  for (const [key, value] of new URLSearchParams(text.startsWith('?') ? text.slice(1) : text)) {
    if (value === '') continue;
    result[key] = result[key] === undefined ? value : `${result[key]},${value}`;
  }
  return result;
}

export function stringifySearch(search: Readonly<Record<string, unknown>>): string {
  const parts: string[] = [];
  for (const [key, value] of Object.entries(search)) {
    const text = toText(value);
    if (text !== '') parts.push(`${encodeURIComponent(key)}=${readable(text)}`);
  }
  return parts.length ? `?${parts.join('&')}` : '';
}

/** What a value looks like in the address; empty text means "leave it out". */
export function toText(value: unknown): string {
  if (value === undefined || value === null || value === false) return '';
  if (Array.isArray(value)) return joinList(value.map(String));
  if (typeof value === 'object') return JSON.stringify(value);
  return String(value);
}

export function joinList(items: readonly string[]): string {
  return items.map((item) => item.replaceAll('%', '%25').replaceAll(',', '%2C')).join(',');
}

export function splitList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.replaceAll('%2C', ',').replaceAll('%25', '%'))
    .filter(Boolean);
}

/** Percent-encode what the URL grammar needs and leave commas, colons and slashes legible. */
function readable(text: string): string {
  return encodeURIComponent(text)
    .replaceAll('%2C', ',')
    .replaceAll('%3A', ':')
    .replaceAll('%2F', '/')
    .replaceAll('%20', '+');
}
