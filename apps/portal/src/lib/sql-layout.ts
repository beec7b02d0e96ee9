/** Pieces that must stay as they are: quoted names, texts, bound parameters. */
const PIECE = /`(?:[^`\\]|\\.|``)*`|'(?:[^'\\]|\\.|'')*'|\{\w+:[^{}]*\}|[A-Za-z_]\w*|\s+|[\s\S]/g;

const CLAUSES: ReadonlySet<string> = new Set(['FROM', 'WHERE', 'HAVING', 'LIMIT', 'UNION', 'SETTINGS', 'PREWHERE']);
/** Words after which a `BY` or `JOIN` belongs to the same clause. */
const OPENING: ReadonlySet<string> = new Set([
  'GROUP',
  'ORDER',
  'INNER',
  'LEFT',
  'RIGHT',
  'FULL',
  'CROSS',
  'ANY',
  'SEMI',
  'ANTI',
]);

/**
 * A statement over several lines, one clause on each, subqueries indented. Only blanks are changed, so the text still
 * runs as it is.
 */
export function layoutSql(sql: string): string {
  const pieces = sql.match(PIECE) ?? [];
  /** For each open bracket: whether it holds a subquery. */
  const open: boolean[] = [];
  let out = '';
  const depth = () => open.filter(Boolean).length;
  const line = () => {
    out = `${out.trimEnd()}\n${'  '.repeat(depth())}`;
  };
  const wordAfter = (index: number): string => {
    for (let at = index + 1; at < pieces.length; at += 1) if (pieces[at]!.trim() !== '') return pieces[at]!;
    return '';
  };
  let before = '';
  for (const [index, piece] of pieces.entries()) {
    if (piece.trim() === '') {
      if (!out.endsWith(' ') && !out.endsWith('\n')) out += ' ';
      continue;
    }
    const inner = open.length === 0 || open.at(-1) === true;
    const next = wordAfter(index);
    if (piece === '(') {
      const subquery = /^(?:SELECT|WITH)$/.test(next);
      out += piece;
      open.push(subquery);
      if (subquery) line();
    } else if (piece === ')') {
      const subquery = open.pop();
      if (subquery) line();
      out += piece;
    } else if (inner && /^(?:SELECT|WITH)$/.test(piece) && before !== '' && before !== '(') {
      line();
      out += piece;
    } else if (
      inner &&
      (CLAUSES.has(piece) ||
        (OPENING.has(piece) && !OPENING.has(before) && /^(?:BY|JOIN|OUTER|INNER|ANY|SEMI|ANTI|ALL)$/.test(next)) ||
        (piece === 'JOIN' && !OPENING.has(before) && before !== 'OUTER' && before !== 'ALL'))
    ) {
      line();
      out += piece;
    } else out += piece;
    before = piece;
  }
  return out.trim();
}
