/** Text of KQL for links. Everything that comes from telemetry or from a caller passes through `kqlString`. */

/** A KQL string literal. */
export function kqlString(text: string): string {
  let escaped = '';
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (char === '\\' || char === '"') escaped += `\\${char}`;
    else if (char === '\n') escaped += '\\n';
    else if (char === '\r') escaped += '\\r';
    else if (char === '\t') escaped += '\\t';
    else if (code < 0x20 || code === 0x2028 || code === 0x2029) escaped += `\\u${code.toString(16).padStart(4, '0')}`;
    else escaped += char;
  }
  return `"${escaped}"`;
}

/** `datetime(…)` of an ISO instant; ticks are kept. */
export function kqlTime(iso: string): string {
  return `datetime(${iso.replace(/[^0-9TZ:.+-]/g, '')})`;
}

/** Portal address that opens a query. */
export function huntHref(query: string): string {
  return `/hunting?query=${Buffer.from(query, 'utf8').toString('base64url')}&run=1`;
}

export interface RowIdentity {
  readonly time: string;
  readonly timeColumn?: string;
  readonly itemId?: string;
  readonly deviceId?: string;
  readonly deviceName?: string;
  readonly reportId?: number | string | null;
  readonly actionType?: string;
}

/** KQL that returns one row. `_ItemId` names the raw event it was made from and settles it where it is known. */
export function rowQuery(table: string, row: RowIdentity): string {
  const parts = [`${row.timeColumn ?? 'Timestamp'} == ${kqlTime(row.time)}`];
  if (row.deviceId) parts.push(`DeviceId == ${kqlString(row.deviceId)}`);
  else if (row.deviceName) parts.push(`DeviceName == ${kqlString(row.deviceName)}`);
  if (row.reportId !== undefined && row.reportId !== null && /^-?\d+$/.test(String(row.reportId)))
    parts.push(`ReportId == ${row.reportId}`);
  if (row.actionType) parts.push(`ActionType == ${kqlString(row.actionType)}`);
  if (row.itemId) parts.push(`_ItemId == ${kqlString(row.itemId)}`);
  return `${table}\n| where ${parts.join('\n    and ')}`;
}
