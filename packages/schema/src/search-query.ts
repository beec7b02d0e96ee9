/**
 * The language of the global search (spec D 1.4): words, `"exact phrase"`, `*` and `?`, `-` to exclude, `OR`, and
 * operators such as `os:linux`. Read by the portal, which underlines what is wrong, and by the server, which searches.
 */

export const SEARCH_FIELDS = [
  'type',
  'name',
  'ip',
  'os',
  'risk',
  'seen',
  'domain',
  'severity',
  'status',
  'tag',
] as const;
export type SearchField = (typeof SEARCH_FIELDS)[number];

/** What each operator asks for; the search box shows it. */
export const SEARCH_FIELD_HELP: Readonly<Record<SearchField, string>> = {
  type: 'device, user, file, ip, url, mailbox, incident, alert or table',
  name: 'part of a name; * and ? stand for other letters',
  ip: 'an address or a range such as 10.0.0.0/8',
  os: 'operating system of a device, such as linux',
  risk: 'risk of a device: high, medium, low, informational or none',
  seen: 'last seen: <7d within the last 7 days, >30d not for 30 days',
  domain: 'domain of a device or account',
  severity: 'of an incident or alert: high, medium, low or informational',
  status: 'of an incident or alert: active, new, inProgress or resolved',
  tag: 'a tag of an incident',
};

export const SEARCH_TYPES = ['incident', 'alert', 'device', 'user', 'file', 'ip', 'url', 'mailbox', 'table'] as const;
export type SearchType = (typeof SEARCH_TYPES)[number];

/** Longer texts are cut with a notice: nobody types them. */
export const SEARCH_MAX_CHARS = 400;
const MOST_TERMS = 12;
const MOST_ALTERNATIVES = 4;

export interface SearchTerm {
  /** Absent for words without an operator. */
  readonly field?: SearchField;
  readonly value: string;
  /** Rows that match are left out. */
  readonly negate: boolean;
  /** `*` and `?` of the value stand for other letters. */
  readonly wildcard: boolean;
}

/** Something in the text that does not do what it looks like. */
export interface SearchProblem {
  readonly start: number;
  readonly length: number;
  readonly message: string;
  /** The whole text with this place mended. */
  readonly mended?: string;
  /** The search must not run: its answer would be wrong, not only wider. */
  readonly fatal: boolean;
}

export interface ParsedSearch {
  /** Any of them; in each all terms hold. */
  readonly alternatives: readonly (readonly SearchTerm[])[];
  readonly problems: readonly SearchProblem[];
}

/** Text as it was before somebody made it harmless: `hxxps://evil[.]example`, `a(dot)b`, `x[@]y`. */
export function refang(text: string): string {
  return text
    .replace(/[[({]\s*(\.|dot)\s*[\])}]/gi, '.')
    .replace(/[[({]\s*(@|at)\s*[\])}]/gi, '@')
    .replace(/\[(:|:\/\/)\]/g, '$1')
    .replace(/\bhxxp/gi, 'http')
    .replace(/\bfxp:/gi, 'ftp:');
}

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)$/;

/**
 * An address in the one form that pages use: dotted IPv4, or IPv6 in lower case and shortest form.
 * @returns undefined when it is none
 */
export function canonicalIp(text: string): string | undefined {
  if (IPV4.test(text)) return text;
  if (!/^[0-9a-f:.]{2,45}$/i.test(text) || !text.includes(':')) return undefined;
  try {
    const host = new URL(`http://[${text}]/`).hostname;
    const bare = host.slice(1, -1);
    const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(bare);
    if (!mapped) return bare;
    const [high, low] = [Number.parseInt(mapped[1]!, 16), Number.parseInt(mapped[2]!, 16)];
    return [high >> 8, high & 255, low >> 8, low & 255].join('.');
  } catch {
    return undefined;
  }
}

/** First and last address of a CIDR range, or why it is none. A single address is a range of one. */
export function ipRange(
  text: string,
): { readonly version: 4 | 6; readonly prefix: number; readonly base: string } | string {
  const [address = '', bits, rest] = text.split('/');
  const base = canonicalIp(address);
  if (!base || rest !== undefined) return 'This is not an address.';
  const version = base.includes(':') ? 6 : 4;
  const most = version === 4 ? 32 : 128;
  if (bits === undefined) return { version, prefix: most, base };
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > most) return `The prefix must be 0–${most}.`;
  return { version, prefix: Number(bits), base };
}

/** `<7d` or `>30d` in days. */
export function seenDays(text: string): { readonly within: boolean; readonly days: number } | undefined {
  const match = /^([<>])?(\d{1,4})(h|d|w)$/i.exec(text.trim());
  if (!match) return undefined;
  const unit = { h: 1 / 24, d: 1, w: 7 }[match[3]!.toLowerCase()]!;
  return { within: match[1] !== '>', days: Number(match[2]) * unit };
}

const VALUES: Partial<Readonly<Record<SearchField, readonly string[]>>> = {
  type: SEARCH_TYPES,
  risk: ['high', 'medium', 'low', 'informational', 'none'],
  severity: ['high', 'medium', 'low', 'informational'],
  status: ['active', 'new', 'inprogress', 'resolved'],
};

interface Token {
  readonly start: number;
  readonly end: number;
  readonly negate: boolean;
  readonly field: string | undefined;
  readonly value: string;
  readonly quoted: boolean;
}

function* tokens(text: string): Generator<Token> {
  const pattern = /(-)?(?:([A-Za-z]{2,20}):(?=\s|$)|(?:([A-Za-z]{2,20}):(?!\/\/|\\))?(?:"([^"]*)"?|(\S+)))/g;
  for (const match of text.matchAll(pattern)) {
    const quoted = match[4] !== undefined;
    const value = match[4] ?? match[5] ?? '';
    yield {
      start: match.index,
      end: match.index + match[0].length,
      negate: match[1] === '-',
      field: match[2] ?? match[3],
      value,
      quoted,
    };
  }
}

/** The operator a mistyped one most likely is. */
function nearest(word: string): SearchField | undefined {
  let best: { field: SearchField; cost: number } | undefined;
  for (const field of SEARCH_FIELDS) {
    const cost = distance(word, field);
    if (cost <= Math.max(1, Math.floor(field.length / 2)) && (!best || cost < best.cost)) best = { field, cost };
  }
  return best?.field;
}

function distance(a: string, b: string): number {
  let before = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1)
      row.push(Math.min(before[j]! + 1, row[j - 1]! + 1, before[j - 1]! + Number(a[i - 1] !== b[j - 1])));
    before = row;
  }
  return before[b.length]!;
}

const isField = (text: string): text is SearchField => (SEARCH_FIELDS as readonly string[]).includes(text);

/**
 * Read a search text. What cannot be read is told and left out; the rest is searched for.
 * @param text longer ones are cut at `SEARCH_MAX_CHARS`
 */
export function parseSearch(text: string): ParsedSearch {
  const problems: SearchProblem[] = [];
  const all: SearchTerm[][] = [[]];
  let count = 0;
  for (const token of tokens(text.slice(0, SEARCH_MAX_CHARS))) {
    const place = { start: token.start, length: token.end - token.start };
    if (!token.field && !token.quoted && !token.negate && token.value === 'OR') {
      if (all.at(-1)!.length > 0 && all.length < MOST_ALTERNATIVES) all.push([]);
      continue;
    }
    if (token.value === '' && !token.field) continue;
    if (count >= MOST_TERMS) {
      problems.push({ ...place, message: `Only the first ${MOST_TERMS} words are searched for.`, fatal: false });
      break;
    }
    const field = token.field?.toLowerCase();
    if (field !== undefined && !isField(field)) {
      // `c:\temp` is a path and `a:b` may be a name: only what looks like an operator is called one.
      if (canonicalIp(`${token.field}:${token.value}`) || token.field!.length < 2) {
        all.at(-1)!.push(term(undefined, `${token.field}:${token.value}`, token));
        count += 1;
        continue;
      }
      const better = nearest(field);
      const mended = better
        ? text.slice(0, token.start) +
          text.slice(token.start, token.end).replace(`${token.field}:`, `${better}:`) +
          text.slice(token.end)
        : undefined;
      problems.push({
        start: token.start + (token.negate ? 1 : 0),
        length: token.field!.length + 1,
        message: `There is no operator ${token.field}:${better ? ` Did you mean ${better}:?` : ''}`,
        ...(mended === undefined ? {} : { mended }),
        fatal: false,
      });
      continue;
    }
    const wrong = field && wrongValue(field, token.value);
    if (wrong) {
      problems.push({ ...place, message: wrong, fatal: token.value !== '' });
      continue;
    }
    all.at(-1)!.push(term(field, token.value, token));
    count += 1;
  }
  return { alternatives: all.filter((terms) => terms.length > 0), problems };
}

function term(field: SearchField | undefined, value: string, token: Token): SearchTerm {
  const bare = refang(value);
  return {
    ...(field ? { field } : {}),
    value: field && VALUES[field] ? bare.toLowerCase() : bare,
    negate: token.negate,
    wildcard: !token.quoted && /[*?]/.test(bare),
  };
}

function wrongValue(field: SearchField, value: string): string | undefined {
  if (value === '') return `${field}: takes ${SEARCH_FIELD_HELP[field]}.`;
  const allowed = VALUES[field];
  if (allowed && !allowed.includes(value.toLowerCase())) return `${field}: takes ${SEARCH_FIELD_HELP[field]}.`;
  if (field === 'seen' && !seenDays(value)) return `${field}: takes ${SEARCH_FIELD_HELP.seen}.`;
  if (field === 'ip') {
    const range = ipRange(refang(value));
    // Part of an address, as people type it, is looked for at the beginning.
    if (typeof range === 'string' && (value.includes('/') || !/^[0-9a-f.:]+$/i.test(refang(value)))) return range;
  }
  return undefined;
}

/** What an exact identifier leads to without a page of results. */
export type SearchTarget =
  | { readonly kind: 'ip' | 'url' | 'file'; readonly key: string; readonly label: string }
  | { readonly kind: 'incident' | 'cve' | 'message'; readonly key: string; readonly label: string };

const HASH = /^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$/i;

/** The thing a text names exactly: an address, URL, hash, CVE, message id or `#incident`; undefined for anything else. */
export function searchTarget(text: string): SearchTarget | undefined {
  const bare = refang(text.trim());
  if (bare.length > 2_048 || /\s/.test(bare)) return undefined;
  const ip = canonicalIp(bare.replace(/^\[(.*)\]$/, '$1'));
  if (ip) return { kind: 'ip', key: ip, label: ip };
  if (HASH.test(bare)) return { kind: 'file', key: bare.toLowerCase(), label: bare.toLowerCase() };
  if (/^CVE-\d{4}-\d{4,}$/i.test(bare)) return { kind: 'cve', key: bare.toUpperCase(), label: bare.toUpperCase() };
  if (/^#\d{1,18}$/.test(bare)) return { kind: 'incident', key: bare.slice(1), label: `incident ${bare.slice(1)}` };
  if (/^<[^<>\s]+@[^<>\s]+>$/.test(bare)) return { kind: 'message', key: bare, label: bare };
  if (/^(?:https?|ftp):\/\/[^/]/i.test(bare)) {
    try {
      const url = new URL(bare);
      // Names in other letters are stored as they travel; the rest stays as it was written.
      const shown = bare.replace(
        /^([a-z]+:\/\/)([^/?#@]*@)?([^/?#:]+)/i,
        (_, scheme: string, user = '') => `${scheme.toLowerCase()}${user}${url.hostname}`,
      );
      return { kind: 'url', key: shown.toLowerCase(), label: shown };
    } catch {
      return undefined;
    }
  }
  return undefined;
}
