/** Reading the text of a query just far enough to say which of its operators did something. */

export interface Stage {
  /** The text up to and with this operator. */
  readonly upTo: string;
  /** The operator's own text without the bar. */
  readonly text: string;
  /** From 0. */
  readonly line: number;
  /** First word: `summarize`, `project`, … */
  readonly operator: string;
}

/** The stages of the last statement of a query, split at bars outside of texts, comments and brackets. */
export function stagesOf(query: string): Stage[] {
  const cuts: number[] = [];
  let depth = 0;
  let statement = 0;
  for (let at = 0; at < query.length; at++) {
    const char = query[at] ?? '';
    if (query.startsWith('//', at)) {
      const end = query.indexOf('\n', at);
      at = end < 0 ? query.length : end;
    } else if (char === '"' || char === "'") at = endOfText(query, at);
    else if ('([{'.includes(char)) depth += 1;
    else if (')]}'.includes(char)) depth = Math.max(0, depth - 1);
    else if (char === ';' && depth === 0 && query.slice(at + 1).trim()) {
      statement = at + 1;
      cuts.length = 0;
    } else if (char === '|' && depth === 0) cuts.push(at);
  }
  const starts = [statement, ...cuts.map((cut) => cut + 1)];
  return starts.map((start, index) => {
    const end = cuts[index] ?? query.length;
    const text = query.slice(start, end).replace(/;\s*$/, '').trim();
    const lead = query.slice(start, end).search(/\S/);
    return {
      upTo: query.slice(0, end).replace(/;\s*$/, ''),
      text,
      line: query.slice(0, start + Math.max(0, lead)).split('\n').length - 1,
      operator: /^[\w-]+/.exec(text)?.[0] ?? '',
    };
  });
}

/** Place of the closing quote; `@` before the opening one means that a backslash is a backslash. */
function endOfText(query: string, start: number): number {
  const quote = query[start] ?? '"';
  const verbatim = query[start - 1] === '@';
  for (let at = start + 1; at < query.length; at++) {
    if (query[at] === '\\' && !verbatim) at += 1;
    else if (query[at] === quote) {
      if (verbatim && query[at + 1] === quote) at += 1;
      else return at;
    }
  }
  return query.length;
}
