/** Several queries in one text: which part is one query (spec B 2.2). */
import { items, type KDiagnostic } from '../kusto-api.ts';
import { kusto } from './library.ts';

/** One query of a text, in UTF-16 offsets. */
export interface QueryPart {
  readonly start: number;
  readonly length: number;
}

/** True when a text is grammatically a list of statements; names and types are not looked at. */
export function parses(text: string): boolean {
  return !syntaxProblems(text).length;
}

/** The grammar's findings of a text. */
export function syntaxProblems(text: string): KDiagnostic[] {
  return items(kusto().KustoCode.Parse(text).GetDiagnostics()).filter((d) => d.Severity === 'Error');
}

const COMMENT = /^[ \t]*(\/\/[^\n]*)?$/gm;

/** Nothing but blanks, comments and stray separators. */
const says = (text: string): boolean => text.replace(COMMENT, '').replace(/[\s;]/g, '') !== '';

/** A block that can only continue the one before it. */
const continues = (text: string): boolean => /^[|)\],]|^(and|or)\b/i.test(text.replace(COMMENT, '').trimStart());

/** Statements that give no result by themselves, so that a query must follow. */
const prepares = (text: string): boolean => {
  const body = text.replace(/\/\/[^\n]*/g, '').trim();
  return body.endsWith(';') && /^(let|set|declare|alias|restrict)\b/i.test(lastStatement(body));
};

function lastStatement(body: string): string {
  const parts = body.split(/;\s*/).filter((p) => p.trim());
  return (parts[parts.length - 1] ?? '').trim();
}

/**
 * The queries of a text. A text that parses as one list of statements is one query, whatever blank lines it holds;
 * otherwise blank lines separate queries, and blocks that only parse together stay together.
 */
export function splitQueries(text: string): QueryPart[] {
  if (parses(text)) return says(text) ? [trimmed(text, 0, text.length)] : [];
  const blocks = blocksOf(text);
  const out: QueryPart[] = [];
  for (let i = 0; i < blocks.length; ) {
    let end = i;
    let found = -1;
    // A query of more than forty blocks that parses only as a whole was caught above.
    for (let j = i; j < Math.min(blocks.length, i + 40); j++) {
      const part = text.slice(blocks[i]!.start, blocks[j]!.start + blocks[j]!.length);
      if (!says(part)) continue;
      const next = blocks[j + 1];
      if (next && continues(text.slice(next.start, next.start + next.length))) continue;
      if (prepares(part) && next) continue;
      if (parses(part)) {
        found = j;
        break;
      }
    }
    if (found >= 0) end = found;
    else {
      while (end + 1 < blocks.length) {
        const next = blocks[end + 1]!;
        if (!continues(text.slice(next.start, next.start + next.length))) break;
        end++;
      }
    }
    const last = blocks[end]!;
    const part = trimmed(text, blocks[i]!.start, last.start + last.length);
    if (says(text.slice(part.start, part.start + part.length))) out.push(part);
    i = end + 1;
  }
  return out;
}

/** The part of a text that a cursor stands in: the one it is inside of, or else the one before it. */
export function queryAt(text: string, offset: number): QueryPart | undefined {
  const parts = splitQueries(text);
  return (
    parts.find((p) => offset >= p.start && offset <= p.start + p.length) ??
    [...parts].reverse().find((p) => p.start <= offset) ??
    parts[0]
  );
}

function blocksOf(text: string): QueryPart[] {
  const out: QueryPart[] = [];
  const gap = /\n[ \t\r]*\n\s*/g;
  let from = 0;
  for (let m = gap.exec(text); m; m = gap.exec(text)) {
    if (m.index > from) out.push({ start: from, length: m.index - from });
    from = m.index + m[0].length;
  }
  if (from < text.length) out.push({ start: from, length: text.length - from });
  return out.filter((b) => text.slice(b.start, b.start + b.length).trim());
}

function trimmed(text: string, start: number, end: number): QueryPart {
  const body = text.slice(start, end);
  const lead = body.length - body.trimStart().length;
  return { start: start + lead, length: body.trim().length };
}
