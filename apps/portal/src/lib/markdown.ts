/**
 * The Markdown of comments, as data: what is drawn from it are elements with text, never HTML. Headings, lists, quotes, code, emphasis,
 * links and mentions; everything else, tags and images included, is read as the text it is or as a link.
 */

export type Inline =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'mention'; readonly name: string }
  | { readonly kind: 'break' }
  | { readonly kind: 'strong' | 'em' | 'strike'; readonly inner: readonly Inline[] }
  | { readonly kind: 'link'; readonly href: string; readonly inner: readonly Inline[] };

export type Block =
  | { readonly kind: 'paragraph'; readonly inner: readonly Inline[] }
  | { readonly kind: 'heading'; readonly level: number; readonly inner: readonly Inline[] }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'quote'; readonly blocks: readonly Block[] }
  | { readonly kind: 'list'; readonly ordered: boolean; readonly start: number; readonly items: readonly Item[] }
  | { readonly kind: 'rule' };

export interface Item {
  /** Of a task list; null for an ordinary item. */
  readonly checked: boolean | null;
  readonly blocks: readonly Block[];
}

/** Deeper is not read by anyone, and hostile text could nest without end. */
const MAX_DEPTH = 8;
const FENCE = /^ {0,3}(```|~~~)/;
const HEADING = /^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/;
const RULE = /^ {0,3}([-*_])(?:\s*\1){2,}\s*$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( {0,3})([-*+]|\d{1,6}[.)])\s+(.*)$/;
const starts = (line: string): boolean => FENCE.test(line) || HEADING.test(line) || RULE.test(line) || QUOTE.test(line);

export function parseMarkdown(text: string, depth = 0): Block[] {
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  const blocks: Block[] = [];
  let at = 0;
  const takeWhile = (wanted: (line: string) => boolean): string[] => {
    const from = at;
    while (at < lines.length && wanted(lines[at] as string)) at += 1;
    return lines.slice(from, at);
  };
  while (at < lines.length) {
    const line = lines[at] as string;
    const fence = FENCE.exec(line)?.[1];
    const heading = HEADING.exec(line);
    if (line.trim() === '') at += 1;
    else if (fence) {
      at += 1;
      blocks.push({ kind: 'code', text: takeWhile((each) => !each.trim().startsWith(fence)).join('\n') });
      at += 1;
    } else if (heading) {
      blocks.push({ kind: 'heading', level: heading[1]!.length, inner: parseInline(heading[2]!) });
      at += 1;
    } else if (RULE.test(line)) {
      blocks.push({ kind: 'rule' });
      at += 1;
    } else if (QUOTE.test(line) && depth < MAX_DEPTH) {
      const inner = takeWhile((each) => QUOTE.test(each)).map((each) => each.replace(QUOTE, ''));
      blocks.push({ kind: 'quote', blocks: parseMarkdown(inner.join('\n'), depth + 1) });
    } else if (ITEM.test(line) && depth < MAX_DEPTH) blocks.push(list());
    else {
      const first = at;
      const own = takeWhile((each) => each.trim() !== '' && (at === first || !(starts(each) || ITEM.test(each))));
      blocks.push({ kind: 'paragraph', inner: parseInline(own.join('\n')) });
    }
  }
  return blocks;

  function list(): Block {
    const marker = ITEM.exec(lines[at] as string)![2]!;
    const ordered = /\d/.test(marker);
    const items: Item[] = [];
    while (at < lines.length) {
      const found = ITEM.exec(lines[at] as string);
      if (!found || /\d/.test(found[2]!) !== ordered) break;
      at += 1;
      const task = /^\[([ xX])\]\s+(.*)$/.exec(found[3]!);
      const own = [task ? task[2]! : found[3]!];
      // Deeper lines belong to the item; an empty line ends it unless a deeper one follows.
      while (at < lines.length) {
        const next = lines[at] as string;
        const deeper = /^(?: {2,}|\t)/.test(next);
        if (
          next.trim() === ''
            ? !/^(?: {2,}|\t)\S/.test(lines[at + 1] ?? '')
            : !deeper && (ITEM.test(next) || starts(next))
        )
          break;
        own.push(deeper ? next.replace(/^(?: {2,4}|\t)/, '') : next);
        at += 1;
      }
      items.push({ checked: task ? task[1] !== ' ' : null, blocks: parseMarkdown(own.join('\n'), depth + 1) });
    }
    return { kind: 'list', ordered, start: ordered ? Number.parseInt(marker, 10) : 1, items };
  }
}

/** Addresses a comment may lead to. Everything else stays text: `javascript:` and `data:` run or show what their author chose. */
export function safeHref(href: string): string | undefined {
  if (/^\/(?![/\\])[^\s\\]*$/.test(href)) return href;
  try {
    const url = new URL(href);
    return ['http:', 'https:', 'mailto:'].includes(url.protocol) ? url.href : undefined;
  } catch {
    return undefined;
  }
}

const INLINE = new RegExp(
  [
    /(?<escape>\\[!-/:-@[-`{-~])/u,
    /(?<code>(?<ticks>`+)(?!`)(?<codeText>[\s\S]{1,4000}?)(?<!`)\k<ticks>(?!`))/u,
    /(?<link>!?\[(?<label>[^\][]{0,1000})\]\((?<href>[^()\s]{1,2000})\))/u,
    /(?<auto>https?:\/\/[^\s<>"'`)\]]{1,2000}[^\s<>"'`)\].,;:!?])/u,
    /(?<strong>\*\*(?=\S)(?<strongText>[^\n]{1,2000}?)(?<=\S)\*\*)/u,
    /(?<strike>~~(?=\S)(?<strikeText>[^\n]{1,2000}?)(?<=\S)~~)/u,
    /(?<em>(?<![\p{L}\p{N}_*])(?<mark>[*_])(?=[^\s*_])(?<emText>[^\n*_]{1,2000}?)(?<=\S)\k<mark>(?![\p{L}\p{N}_*]))/u,
    /(?<mention>(?<![\p{L}\p{N}@._/-])@(?<name>[\p{L}\p{N}](?:[\p{L}\p{N}._-]{0,98}[\p{L}\p{N}])?))/u,
    /(?<line>(?: {2,}|\\)?\n)/u,
  ]
    .map((part) => part.source)
    .join('|'),
  'gu',
);

export function parseInline(text: string, depth = 0): Inline[] {
  if (depth > MAX_DEPTH) return [{ kind: 'text', text }];
  const found: Inline[] = [];
  let from = 0;
  const plain = (piece: string): void => {
    const last = found.at(-1);
    if (piece === '') return;
    if (last?.kind === 'text') found[found.length - 1] = { kind: 'text', text: last.text + piece };
    else found.push({ kind: 'text', text: piece });
  };
  for (const match of text.matchAll(INLINE)) {
    const groups = match.groups as Record<string, string | undefined>;
    plain(text.slice(from, match.index));
    from = match.index + match[0].length;
    const inner = (value: string | undefined): Inline[] => parseInline(value ?? '', depth + 1);
    if (groups.escape) plain(groups.escape.slice(1));
    else if (groups.code) found.push({ kind: 'code', text: groups.codeText?.replace(/^ (.+) $/, '$1') ?? '' });
    else if (groups.link || groups.auto) {
      const href = safeHref(groups.href ?? groups.auto ?? '');
      if (href === undefined) plain(match[0]);
      else
        found.push({
          kind: 'link',
          href,
          inner:
            groups.auto || !groups.label
              ? [{ kind: 'text', text: groups.auto ?? groups.href ?? '' }]
              : inner(groups.label),
        });
    } else if (groups.strong) found.push({ kind: 'strong', inner: inner(groups.strongText) });
    else if (groups.strike) found.push({ kind: 'strike', inner: inner(groups.strikeText) });
    else if (groups.em) found.push({ kind: 'em', inner: inner(groups.emText) });
    else if (groups.mention) found.push({ kind: 'mention', name: groups.name ?? '' });
    else found.push({ kind: 'break' });
  }
  plain(text.slice(from));
  return found;
}
