/**
 * What real workspaces have and the published reference leaves out. The data file stays as it was extracted; these
 * columns are added to it when it is loaded.
 */
import type { HuntingColumn, HuntingTable } from './hunting.ts';

/** By table. A column is here when Microsoft's own published queries or documentation of the source name it. */
const COLUMNS: Readonly<Record<string, readonly HuntingColumn[]>> = {
  // The first name of the column; the provisioning API calls `action` deprecated in favour of `provisioningAction`.
  AADProvisioningLogs: [{ name: 'Action', type: 'string', aliasOf: 'ProvisioningAction', unverified: true }],
  // The documentation's own queries for this table group by it.
  AppRequests: [{ name: 'PerformanceBucket', type: 'string', unverified: true }],
  // The agent's id, as in Update, SecurityEvent and the other tables the same agent fills.
  Heartbeat: [{ name: 'SourceComputerId', type: 'string', unverified: true }],
  // The field `s-computername` of the log format.
  W3CIISLog: [{ name: 'sComputerName', type: 'string', unverified: true }],
};

/** A table with the columns of the supplement at its end; names that it has already stay as they are. */
export function supplemented(table: HuntingTable): HuntingTable {
  const more = (COLUMNS[table.name] ?? []).filter((c) => !table.columns.some((own) => own.name === c.name));
  return more.length ? { ...table, columns: [...table.columns, ...more] } : table;
}

/**
 * True for a custom log table whose columns are named by the collector: each property a sender adds becomes a column with
 * a suffix for its type (`_s`, `_d`, `_b`, `_t`, `_g`), so the reference can only list those seen so far.
 */
export function growsWithItsSender(table: HuntingTable): boolean {
  return table.name.endsWith('_CL') && table.columns.filter((c) => /[a-z0-9]_[sdbtg]$/i.test(c.name)).length >= 5;
}
