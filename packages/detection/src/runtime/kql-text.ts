/** Writing values into KQL text. Everything a row says is hostile until it is quoted here. */

/** A KQL string literal: double quotes, with backslash, quote and control characters escaped. */
export function kqlString(value: string): string {
  const escaped = value.replace(/[\\"\p{Cc}\u2028\u2029]/gu, (character) => {
    switch (character) {
      case '\\':
        return '\\\\';
      case '"':
        return '\\"';
      case '\n':
        return '\\n';
      case '\r':
        return '\\r';
      case '\t':
        return '\\t';
      default:
        return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
    }
  });
  return `"${escaped}"`;
}

/** A KQL datetime literal; the text must be ISO 8601. */
export function kqlDatetime(iso: string): string {
  if (!/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(iso)) throw new Error(`not an ISO time: ${iso}`);
  return `datetime(${iso})`;
}

/** Column order of an event's identity (spec B 1.3: an event is unique only by device, time and report id). */
export function eventQuery(
  table: string,
  timeColumn: string,
  identity: {
    readonly time: string;
    readonly deviceId: string;
    readonly reportId: string;
    readonly numericReportId: boolean;
  },
): string {
  const conditions = [`${timeColumn} == ${kqlDatetime(identity.time)}`];
  if (identity.deviceId) conditions.push(`DeviceId == ${kqlString(identity.deviceId)}`);
  if (identity.reportId)
    conditions.push(
      `ReportId == ${identity.numericReportId && /^-?\d{1,19}$/.test(identity.reportId) ? identity.reportId : kqlString(identity.reportId)}`,
    );
  return `${table}\n| where ${conditions.join(' and ')}`;
}
