/** A link in a message. */
export interface MailUrl {
  readonly url: string;
  /** Host of the link in lower case, empty when it cannot be told. */
  readonly domain: string;
  /** `Body`, `Subject` or `Attachment`, as the hunting tables name it. */
  readonly where: 'Body' | 'Subject' | 'Attachment';
  /** `text`: written out; `href`, `src`, `action`: attribute of the HTML body. */
  readonly kind: 'text' | 'href' | 'src' | 'action';
  /** What a reader sees of the link. */
  readonly text?: string;
}

export const MAX_URLS = 500;
const MAX_URL = 4_096;
const WRITTEN = /\b(?:(?:https?|ftp):\/\/|www\.)[^\s\p{Cc}<>"'`{}|\\^]{3,}/giu;

/** Links written out in a text. */
export function urlsInText(text: string, where: MailUrl['where'] = 'Body'): MailUrl[] {
  const found: MailUrl[] = [];
  for (const match of text.slice(0, 2 ** 20).matchAll(WRITTEN)) {
    // Punctuation behind a link belongs to the sentence; a closing bracket only when none was opened.
    let url = match[0].slice(0, MAX_URL).replace(/[.,;:!?*_]+$/, '');
    if (url.endsWith(')') && !url.includes('(')) url = url.slice(0, -1);
    if (url.endsWith(']') && !url.includes('[')) url = url.slice(0, -1);
    add(found, { url: /^www\./i.test(url) ? `http://${url}` : url, where, kind: 'text' });
    if (found.length >= MAX_URLS) break;
  }
  return found;
}

/** Links of an HTML body: attributes, with the text of an anchor, and addresses written out. */
export function urlsInHtml(html: string, where: MailUrl['where'] = 'Body'): MailUrl[] {
  const found: MailUrl[] = [];
  const bounded = html.slice(0, 2 ** 20);
  const tags = /<(a|area|form|img|iframe|link|script|base|input|object|embed|v:\w+)\b([^>]{0,8000})>/gi;
  for (const tag of bounded.matchAll(tags)) {
    for (const attribute of (tag[2] ?? '').matchAll(
      /\b(href|src|action|data)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/gi,
    )) {
      const url = unescapeHtml(attribute[2] ?? attribute[3] ?? attribute[4] ?? '').replace(/[\p{Cc} ]+/gu, '');
      if (!/^(?:https?|ftp):\/\/|^\/\/|^javascript:|^data:text\/html/i.test(url)) continue;
      const kind = (attribute[1] ?? '').toLowerCase();
      const behind = tag.index + tag[0].length;
      const end = tag[1]?.toLowerCase() === 'a' ? bounded.slice(behind, behind + 2_000).search(/<\/a/i) : -1;
      const text = end > 0 ? visible(bounded.slice(behind, behind + end)).slice(0, 200) : '';
      add(found, {
        url: url.slice(0, MAX_URL),
        where,
        kind: kind === 'data' ? 'src' : (kind as 'href' | 'src' | 'action'),
        ...(text ? { text } : {}),
      });
      if (found.length >= MAX_URLS) return found;
    }
  }
  const known = new Set(found.map((url) => url.url));
  for (const written of urlsInText(visible(bounded), where)) {
    if (found.length >= MAX_URLS) break;
    if (!known.has(written.url)) found.push(written);
  }
  return found;
}

function add(found: MailUrl[], url: Omit<MailUrl, 'domain'>): void {
  if (found.some((known) => known.url === url.url && known.kind === url.kind && known.text === url.text)) return;
  found.push({ ...url, domain: domainOf(url.url) });
}

export function domainOf(url: string): string {
  try {
    return new URL(url.startsWith('//') ? `http:${url}` : url).hostname.toLowerCase();
  } catch {
    return /^[a-z]+:\/\/(?:[^/@]*@)?([^/:?#]+)/i.exec(url)?.[1]?.toLowerCase() ?? '';
  }
}

function visible(html: string): string {
  return unescapeHtml(html.replace(/<(style|script)\b[\s\S]*?<\/\1\s*>/gi, ' ').replace(/<[^>]*>/g, ' '))
    .replace(/\s+/g, ' ')
    .trim();
}

const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  colon: ':',
  sol: '/',
  period: '.',
  Tab: '',
  NewLine: '',
};

export function unescapeHtml(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([A-Za-z]{2,8}));?/gi, (whole, decimal, hex, name) => {
    const code = decimal ? Number(decimal) : hex ? Number.parseInt(hex as string, 16) : -1;
    if (code >= 0)
      return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code < 0xe000) ? String.fromCodePoint(code) : '\ufffd';
    return NAMED[name as string] ?? whole;
  });
}
