import type {
  DeviceDetail,
  DeviceSummary,
  EntityDetail,
  EntityType,
  Fact,
  Page,
  ProcessTree,
  TimelinePage,
} from '@parapet/schema';
import { eventsOf } from '../alerts/service.ts';
import { type EvidenceRow, toEvidence } from '../rows.ts';
import { notFound } from '../sql.ts';
import type { Context } from '../types.ts';
import { DeviceDirectory, type DeviceRef, onDevice, onDeviceKql } from './device-id.ts';
import { countDevices, type DeviceListQuery, deviceFacts, listDevices, tableCounts, unknownDevice } from './devices.ts';
import { entityDetail, relatedWork } from './entities.ts';
import { kqlTime } from './kql.ts';
import { processTree } from './process-tree.ts';
import { deviceRisks } from './risk.ts';
import { deviceTimeline, type TimelineQuery } from './timeline.ts';

const ACTIVITY_DAYS = 30;

/** Pages about devices and other entities: telemetry and alerts together. */
export class TelemetryService {
  readonly #context: Context;
  readonly #devices: DeviceDirectory;

  constructor(context: Context) {
    this.#context = context;
    this.#devices = new DeviceDirectory(context.store);
  }

  /** @throws ParapetError 400 `invalid_request` for an unknown filter value */
  async devices(query: DeviceListQuery): Promise<Page<DeviceSummary>> {
    return listDevices(this.#context.store, await deviceRisks(this.#context.db, this.#context.now()), query);
  }

  countDevices(): Promise<number> {
    return countDevices(this.#context.store);
  }

  /** @param id device id or name, in any case. @throws ParapetError 404 `not_found` */
  async device(id: string): Promise<DeviceDetail> {
    const { db, store, now } = this.#context;
    const device = await this.#find(id);
    const [facts, risks, work, page] = await Promise.all([
      deviceFacts(store, [device.key]),
      deviceRisks(db, now(), [device.key]),
      relatedWork(db, 'device', device.key),
      listDevices(store, new Map(), { pageSize: 1 }, device.key),
    ]);
    const [listed] = page.items;
    const own = facts.get(device.key);
    const risk = risks.get(device.key);
    const times = work.alerts.flatMap((alert) => [alert.firstActivity, alert.lastActivity]).sort();
    const summary: DeviceSummary = {
      id: device.key,
      name: listed?.name ?? device.names[0] ?? device.key,
      domain: listed?.domain ?? '',
      osPlatform: listed?.osPlatform ?? '',
      ips: own?.ips ?? [],
      firstSeen: listed?.firstSeen ?? times[0] ?? now().toISOString(),
      lastSeen: listed?.lastSeen ?? times.at(-1) ?? now().toISOString(),
      riskLevel: risk?.riskLevel ?? 'none',
      openAlerts: risk?.openAlerts ?? 0,
      loggedOnUsers: own?.users ?? [],
    };
    const to = summary.lastSeen;
    const from = new Date(Date.parse(to.replace(/(\.\d{3})\d+/, '$1')) - ACTIVITY_DAYS * 86_400_000).toISOString();
    const counts = await tableCounts(store, onDevice(device), from, to);
    return {
      ...summary,
      facts: factsOf(summary, device),
      incidents: work.incidents,
      alerts: work.alerts,
      activity: counts.map(({ table, rows }) => ({
        table,
        rows,
        huntingQuery: `${table}\n| where ${onDeviceKql(device)} and Timestamp between (${kqlTime(from)} .. ${kqlTime(to)})\n| sort by Timestamp desc`,
      })),
    };
  }

  /** @throws ParapetError 404 `not_found`, 400 for unknown filter values */
  async timeline(id: string, query: TimelineQuery): Promise<TimelinePage> {
    return deviceTimeline(this.#context, await this.#find(id), query);
  }

  entity(type: EntityType, key: string): Promise<EntityDetail> {
    return entityDetail(this.#context, type, key);
  }

  /** @throws ParapetError 404 `not_found` */
  async processTree(alertId: string): Promise<ProcessTree> {
    const { db, store } = this.#context;
    const [alert] = await db.query<{ first_activity: Date }>('select first_activity from alert where id = $1', [
      alertId,
    ]);
    if (!alert) throw notFound('alert', alertId);
    const evidence = await db.query<EvidenceRow>(
      'select type, key, label, fields, roles from alert_evidence where alert_id = $1 order by position',
      [alertId],
    );
    return processTree(
      { db, store, devices: this.#devices },
      {
        id: alertId,
        evidence: evidence.map(toEvidence),
        events: await eventsOf(db, alertId),
        at: alert.first_activity,
      },
    );
  }

  /** A device that only alerts know has a page too. */
  async #find(id: string): Promise<DeviceRef> {
    const found = await this.#devices.find(id);
    if (found) return found;
    const [row] = await this.#context.db.query<{ key: string; label: string; fields: { deviceId?: string } }>(
      `select key, label, fields from alert_evidence where type = 'device' and (key = $1 or lower(label) = $1) limit 1`,
      [id.toLowerCase()],
    );
    if (!row) throw unknownDevice(id);
    return { key: row.key, ids: row.fields.deviceId ? [row.fields.deviceId] : [], names: [row.label] };
  }
}

function factsOf(summary: DeviceSummary, device: DeviceRef): Fact[] {
  const facts: Fact[] = [{ label: 'Device id', value: device.ids.join(', ') || summary.id, source: 'Device tables' }];
  const add = (label: string, value: string, source: string): void => {
    if (value) facts.push({ label, value, source });
  };
  add('Name', device.names.join(', ') || summary.name, 'Device tables');
  add('Domain', summary.domain, 'The name of the device');
  add('Operating system', summary.osPlatform, 'DeviceInfo, else the shape of the paths in DeviceProcessEvents');
  add('Addresses', summary.ips.join(', '), 'DeviceNetworkEvents.LocalIP, the most used');
  add('People', summary.loggedOnUsers.join(', '), 'Interactive and remote logons in DeviceLogonEvents, the last five');
  add('First seen', summary.firstSeen, 'Oldest event or alert');
  add('Last seen', summary.lastSeen, 'Newest event or alert');
  add(
    'Risk',
    summary.riskLevel,
    `Computed from ${summary.openAlerts} open alert${summary.openAlerts === 1 ? '' : 's'} of the last 180 days`,
  );
  return facts;
}
