/**
 * A forgiving KQL lexer. It never fails and covers every character, so that text somebody is still typing
 * can be split, highlighted and rewritten. Meaning (names, types) is the language service's business, not ours.
 */

export type KqlTokenKind = 'space' | 'comment' | 'string' | 'number' | 'word' | 'punctuation';

export interface KqlToken {
  readonly kind: KqlTokenKind;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  readonly text: string;
}

/** Operators whose name holds a hyphen: one word for the reader, a subtraction for a naive lexer. */
const HYPHENATED =
  /^(?:mv-expand|mv-apply|mv-extend|project-away|project-keep|project-rename|project-reorder|project-smart|make-series|make-graph|graph-match|graph-shortest-paths|graph-to-table|graph-merge|graph-mark-components|top-nested|top-hitters|sample-distinct|parse-where|parse-kv|series-decompose|execute-and-cache|assert-schema|macro-expand|partition-by)\b/;

const SPACE = /\s+/y;
const COMMENT = /\/\/[^\n]*/y;
const FENCED = /[hH]?(?:```[\s\S]*?(?:```|$(?![\s\S]))|~~~[\s\S]*?(?:~~~|$(?![\s\S])))/y;
const VERBATIM = /[hH]?@(?:"(?:[^"\n]|"")*"?|'(?:[^'\n]|'')*'?)/y;
const QUOTED = /[hH]?(?:"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?)/y;
const NUMBER = /0[xX][0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?[A-Za-z]*/y;
const WORD = /[A-Za-z_$][\w$]*/y;
const PUNCTUATION = /==|!=|=~|!~|<=|>=|<>|=>|\.\.|[\s\S]/y;

const RULES: readonly (readonly [KqlTokenKind, RegExp])[] = [
  ['space', SPACE],
  ['comment', COMMENT],
  ['string', FENCED],
  ['string', VERBATIM],
  ['string', QUOTED],
  ['number', NUMBER],
  ['word', WORD],
  ['punctuation', PUNCTUATION],
];

/** Cut the text into tokens; joined together they are the text again. */
export function tokenize(text: string): KqlToken[] {
  const tokens: KqlToken[] = [];
  let position = 0;
  while (position < text.length) {
    let kind: KqlTokenKind = 'punctuation';
    let end = position + 1;
    for (const [candidate, rule] of RULES) {
      rule.lastIndex = position;
      const match = rule.exec(text);
      if (match && match[0].length > 0) {
        kind = candidate;
        end = position + match[0].length;
        break;
      }
    }
    if (kind === 'word') {
      const hyphenated = HYPHENATED.exec(text.slice(position, position + 40));
      if (hyphenated) end = position + hyphenated[0].length;
    }
    tokens.push({ kind, start: position, end, text: text.slice(position, end) });
    position = end;
  }
  return tokens;
}

/** Tokens that carry meaning: no blanks, no comments. */
export function significant(tokens: readonly KqlToken[]): KqlToken[] {
  return tokens.filter((token) => token.kind !== 'space' && token.kind !== 'comment');
}

/** +1 for an opening bracket, -1 for a closing one, else 0. */
export function bracketStep(token: KqlToken): number {
  if (token.kind !== 'punctuation') return 0;
  if (token.text === '(' || token.text === '[' || token.text === '{') return 1;
  if (token.text === ')' || token.text === ']' || token.text === '}') return -1;
  return 0;
}
