/** The table that explains a priority score. */
export interface PriorityRow {
  readonly label: string;
  /** "+40", "−15". */
  readonly text: string;
}

/**
 * @param terms the points of each term; their sum, kept within 0 to 100, is the score
 * @returns rows from the largest contribution down, the plain sum, and whether the limits changed it
 */
export function explainPriority(
  terms: readonly { readonly label: string; readonly points: number }[],
  score: number,
): { readonly rows: readonly PriorityRow[]; readonly sum: number; readonly clamped: boolean } {
  const sum = terms.reduce((total, term) => total + term.points, 0);
  const rows = [...terms]
    .filter((term) => term.points !== 0)
    .sort((a, b) => b.points - a.points)
    .map((term) => ({ label: term.label, text: term.points < 0 ? `−${-term.points}` : `+${term.points}` }));
  return { rows, sum, clamped: sum !== score };
}
