import type { TelemetryStore } from '@parapet/store';
import { DEVICE_KEY_SQL, type DeviceRef, onDevice } from './device-id.ts';
import { select, str, string } from './rows.ts';
import type { TimedTable } from './tables.ts';

/** Columns of the inventory that name the cloud's record of a machine. */
const COLUMNS = ['AzureResourceId', 'AwsResourceName', 'GcpFullResourceName', 'AzureVmId'] as const;
const MOST = 20;

/** Cloud records that are the same machine as a device, as its inventory spells them. */
export async function resourcesOf(
  store: TelemetryStore,
  tables: readonly TimedTable[],
  device: DeviceRef,
): Promise<string[]> {
  if (!tables.some(({ name }) => name === 'DeviceInfo')) return [];
  const on = onDevice(device);
  const rows = await select(
    store,
    `SELECT DISTINCT arrayJoin(arrayFilter(x -> x != '', [${COLUMNS.map((column) => `toString(${column})`).join(', ')}])) AS resource
     FROM hunting.DeviceInfo WHERE ${on.sql} ORDER BY resource LIMIT ${MOST}`,
    { params: on.params },
  );
  return rows.map((row) => str(row, 'resource'));
}

/** The device that a cloud record is, if an inventory says so: by the whole id, or by its last part (an instance id). */
export async function deviceOfResource(
  store: TelemetryStore,
  tables: readonly TimedTable[],
  resource: string,
): Promise<{ readonly id: string; readonly name: string } | undefined> {
  if (!tables.some(({ name }) => name === 'DeviceInfo')) return undefined;
  const last = resource.split('/').at(-1) ?? resource;
  const tests = COLUMNS.map(
    (column) =>
      `lowerUTF8(toString(${column})) = {whole:String} OR {last:String} LIKE 'i-%' AND endsWith(lowerUTF8(toString(${column})), concat('/', {last:String}))`,
  );
  const [row] = await select(
    store,
    `SELECT ${DEVICE_KEY_SQL} AS id, toString(DeviceName) AS name FROM hunting.DeviceInfo
     WHERE ${tests.join(' OR ')} ORDER BY Timestamp DESC LIMIT 1`,
    { params: { whole: string(resource.toLowerCase()), last: string(last.toLowerCase()) } },
  );
  return row ? { id: str(row, 'id'), name: str(row, 'name') || str(row, 'id') } : undefined;
}
