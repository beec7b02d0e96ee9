/** Rows that their sender says are of a hunting table. */
export interface TableRows {
  /** Null when what was named is no table. */
  readonly table: string | null;
  /** ISO time for rows that bring none. */
  readonly receivedAt: string;
}

/**
 * What a row of a table gets, so that the connector for rows of tables puts it there: the name, as rows of a workspace
 * carry it, and a time. Members it has already are not added.
 */
export function tableMembers(
  row: Readonly<Record<string, unknown>>,
  { table, receivedAt }: TableRows,
): Record<string, string | null> {
  if (table === null) return {};
  const timed = row.TimeGenerated !== undefined || row.Timestamp !== undefined;
  return { Type: JSON.stringify(table), TimeGenerated: timed ? null : JSON.stringify(receivedAt) };
}
