import { bracketStep, type KqlToken, significant, tokenize } from './lexer.ts';

/** A stretch of the editor's text; `end` is exclusive, both are UTF-16 offsets. */
export interface TextSpan {
  readonly start: number;
  readonly end: number;
}

/** Statements that only prepare the next one: a text cannot end with them. */
const PREPARING = new Set(['let', 'set', 'declare', 'restrict', 'alias']);

/** A block that ends so is not finished yet. */
const OPEN_ENDS = new Set(
  '| , = == != =~ !~ < > <= >= + * / % . and or not by on in has contains startswith endswith between where extend project summarize join union lookup kind with to asc desc from step'.split(
    ' ',
  ),
);

/** A block that begins so continues the one before. */
const CONTINUING_STARTS = new Set('| ) ] } , == != =~ !~ <= >= + * / . and or on by'.split(' '));

interface Block {
  start: number;
  end: number;
  tokens: KqlToken[];
  /** Open brackets at its end, counted from the beginning of its group. */
  depth: number;
}

/** Blocks of text between blank lines; a blank line inside a multi-line string does not count. */
function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let current: Block | undefined;
  for (const token of tokenize(text)) {
    if (token.kind === 'space') {
      if (/\n[^\S\n]*\n/.test(token.text)) current = undefined;
      continue;
    }
    if (!current) {
      current = { start: token.start, end: token.end, tokens: [], depth: 0 };
      blocks.push(current);
    }
    current.end = token.end;
    current.tokens.push(token);
    current.depth += bracketStep(token);
  }
  return blocks;
}

/** True when the last statement of these tokens, which end with `;`, prepares a following one. */
function endsPreparing(tokens: readonly KqlToken[]): boolean {
  const words = significant(tokens);
  if (words.at(-1)?.text !== ';') return false;
  let depth = 0;
  let first: KqlToken | undefined;
  for (const token of words.slice(0, -1)) {
    depth += bracketStep(token);
    if (depth === 0 && token.text === ';') first = undefined;
    else first ??= token;
  }
  return first !== undefined && PREPARING.has(first.text.toLowerCase());
}

function continues(group: Block, next: Block): boolean {
  const before = significant(group.tokens);
  const after = significant(next.tokens);
  // A comment standing alone introduces what follows it.
  if (before.length === 0) return true;
  // A comment at the very end, or before the next query, never glues two queries together.
  if (after.length === 0) return false;
  if (group.depth > 0) return true;
  const last = before.at(-1)!.text.toLowerCase();
  if (OPEN_ENDS.has(last)) return true;
  if (CONTINUING_STARTS.has(after[0]!.text.toLowerCase())) return true;
  return endsPreparing(group.tokens);
}

/**
 * The queries of a tab (spec B 2.2): blank lines separate them, except where the text goes on across the blank line —
 * inside brackets, after `let …;`, after an open operator, or before a pipe.
 * @returns spans in order, each without the blank lines around it; empty for text without a query
 */
export function splitQueries(text: string): TextSpan[] {
  const groups: Block[] = [];
  for (const block of blocksOf(text)) {
    const group = groups.at(-1);
    if (group && continues(group, block)) {
      group.end = block.end;
      group.tokens.push(...block.tokens);
      group.depth = Math.max(0, group.depth + block.depth);
    } else groups.push(block);
  }
  const queries = groups.filter((group) => significant(group.tokens).length > 0);
  const [first, last] = [queries[0], queries.at(-1)];
  // Statements that all end with a semicolon are one list, which runs whole and gives several results.
  if (first && last && queries.slice(0, -1).every((group) => significant(group.tokens).at(-1)?.text === ';'))
    return [{ start: first.start, end: last.end }];
  return queries.map(({ start, end }) => ({ start, end }));
}

/**
 * The query the cursor is in, or the nearest one before it (after it, when there is none before).
 * @param offset UTF-16 offset of the cursor
 * @param spans the queries of the text, when the compiler has said which they are
 */
export function queryAt(
  text: string,
  offset: number,
  spans: readonly TextSpan[] = splitQueries(text),
): TextSpan | undefined {
  let found = spans[0];
  for (const span of spans) if (span.start <= offset) found = span;
  return found;
}

/**
 * What Run executes: the selection alone when there is one, else the query at the cursor.
 * @returns undefined when there is nothing to run
 */
export function runnableSpan(
  text: string,
  cursor: number,
  selection?: { readonly start: number; readonly end: number },
  spans?: readonly TextSpan[],
): TextSpan | undefined {
  if (selection && text.slice(selection.start, selection.end).trim() !== '') return selection;
  return queryAt(text, cursor, spans);
}

/**
 * Whether the text seems to filter time itself: a `where`, `between` or comparison on a time column.
 * The server has the last word (`HuntResult.filtersTime`); this answers before the first run.
 */
export function filtersTime(text: string): boolean {
  const tokens = significant(tokenize(text));
  for (let index = 0; index < tokens.length; index += 1) {
    if (!/^(?:Timestamp|TimeGenerated)$/.test(tokens[index]!.text)) continue;
    const next = tokens[index + 1]?.text ?? '';
    const before = tokens[index - 1]?.text ?? '';
    if (/^(?:==|>|<|>=|<=|between|in)$/.test(next)) return true;
    if (/^(?:==|>|<|>=|<=)$/.test(before)) return true;
    if (next === '!' && tokens[index + 2]?.text === 'between') return true;
  }
  return false;
}
