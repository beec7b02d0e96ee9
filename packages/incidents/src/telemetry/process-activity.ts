import type { ProcessNode } from '@parapet/schema';
import type { TelemetryStore } from '@parapet/store';
import { type DeviceRef, onDevice, onDeviceKql } from './device-id.ts';
import { kqlString, kqlTime } from './kql.ts';
import { millis, type ProcessStart } from './process-rows.ts';
import { num, select, str, strings, toTime } from './rows.ts';

const ACTIVITY_TABLES = [
  'DeviceNetworkEvents',
  'DeviceFileEvents',
  'DeviceRegistryEvents',
  'DeviceImageLoadEvents',
  'DeviceEvents',
] as const;
const MOST_GROUPS = 5_000;

export type Activity = ProcessNode['activity'][number];

/**
 * What processes did, counted per table and action. Rows that name the process by number only count when all of them lie in
 * the time that the process held the number.
 * @returns activity by process, and how many groups of rows could not be told apart
 */
export async function activityOf(
  store: TelemetryStore,
  device: DeviceRef,
  processes: readonly ProcessStart[],
): Promise<{ readonly byProcess: ReadonlyMap<ProcessStart, Activity[]>; readonly ambiguous: number }> {
  const byProcess = new Map<ProcessStart, Activity[]>();
  if (processes.length === 0) return { byProcess, ambiguous: 0 };
  const on = onDevice(device);
  const since = Math.min(...processes.map(({ start }) => start));
  const rows = await select(
    store,
    `${ACTIVITY_TABLES.map(
      (table) =>
        `SELECT '${table}' AS source, toString(InitiatingProcessUniqueId) AS uniqueId, toInt64(ifNull(InitiatingProcessId, -1)) AS pid,
                lowerUTF8(toString(InitiatingProcessFileName)) AS image, toString(ActionType) AS action, count() AS n,
                min(Timestamp) AS first, max(Timestamp) AS last
         FROM hunting.${table}
         WHERE ${on.sql} AND Timestamp >= {since:DateTime64(7, 'UTC')} - toIntervalSecond(2)
           AND (InitiatingProcessUniqueId IN ({uniqueIds:Array(String)})
             OR InitiatingProcessUniqueId = '' AND InitiatingProcessId IN ({pids:Array(Int64)}))
         GROUP BY source, uniqueId, pid, image, action`,
    ).join(' UNION ALL ')} LIMIT ${MOST_GROUPS}`,
    {
      params: {
        ...on.params,
        since: toTime(new Date(since).toISOString()),
        uniqueIds: strings(processes.flatMap((each) => [...each.uniqueIds])),
        pids: { type: 'Array(Int64)', value: processes.flatMap(({ pid }) => pid ?? []) },
      },
    },
  );
  let ambiguous = 0;
  const counts = new Map<ProcessStart, Map<string, { byId: number; byNumber: number }>>();
  for (const row of rows) {
    const unique = str(row, 'uniqueId');
    const pid = num(row, 'pid');
    let owner: ProcessStart | undefined;
    if (unique) owner = processes.find((each) => each.uniqueIds.has(unique));
    else {
      const [first, last] = [millis(row.first), millis(row.last)];
      const holders = processes.filter(
        (each) => each.pid === pid && (str(row, 'image') === '' || str(row, 'image') === each.fileName.toLowerCase()),
      );
      owner = holders.find((each) => first >= each.start - 2_000 && last < each.end);
      if (!owner && holders.some((each) => last >= each.start && first < each.end)) ambiguous += 1;
    }
    if (!owner) continue;
    const own = counts.get(owner) ?? new Map<string, { byId: number; byNumber: number }>();
    counts.set(owner, own);
    const key = `${str(row, 'source')}\n${str(row, 'action')}`;
    const count = own.get(key) ?? { byId: 0, byNumber: 0 };
    if (unique) count.byId += num(row, 'n') ?? 0;
    else count.byNumber += num(row, 'n') ?? 0;
    own.set(key, count);
  }
  for (const [process, groups] of counts)
    byProcess.set(
      process,
      [...groups]
        .map(([key, { byId, byNumber }]): Activity => {
          const [table = '', actionType = ''] = key.split('\n');
          return {
            table,
            actionType,
            count: byId + byNumber,
            huntingQuery: `${table}\n| where ${onDeviceKql(device)} and ActionType == ${kqlString(actionType)}\n| where ${who(process, byId > 0, byNumber > 0)}`,
          };
        })
        .sort(
          (a, b) =>
            ACTIVITY_TABLES.indexOf(a.table as never) - ACTIVITY_TABLES.indexOf(b.table as never) || b.count - a.count,
        ),
    );
  return { byProcess, ambiguous };
}

function who(process: ProcessStart, byId: boolean, byNumber: boolean): string {
  const parts: string[] = [];
  if (byId) parts.push(`InitiatingProcessUniqueId in (${[...process.uniqueIds].map(kqlString).join(', ')})`);
  if (byNumber) {
    const from = kqlTime(new Date(process.start - 2_000).toISOString());
    const until = Number.isFinite(process.end)
      ? ` and Timestamp < ${kqlTime(new Date(process.end).toISOString())}`
      : '';
    parts.push(
      `(isempty(InitiatingProcessUniqueId) and InitiatingProcessId == ${process.pid} and InitiatingProcessFileName in~ (${kqlString(process.fileName)}, "") and Timestamp >= ${from}${until})`,
    );
  }
  return parts.join(' or ');
}
