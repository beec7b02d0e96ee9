import {
  type DeviceDetail,
  type DeviceSummary,
  type EntityDetail,
  type EntityRelations,
  type EntityType,
  type Fact,
  type IdentitySummary,
  type InventorySummary,
  type Page,
  ParapetError,
  type ProcessTree,
  type TimelinePage,
} from '@parapet/schema';
import { eventsOf } from '../alerts/service.ts';
import { criticalitySet, marksOf } from '../marks/read.ts';
import type { RiskService } from '../risk/service.ts';
import { type EvidenceRow, toEvidence } from '../rows.ts';
import { notFound } from '../sql.ts';
import type { Context } from '../types.ts';
import { resourcesOf } from './cloud-device.ts';
import { DeviceDirectory, type DeviceRef, onDevice, onDeviceKql } from './device-id.ts';
import {
  countDevices,
  type DeviceContext,
  type DeviceListQuery,
  listDevices,
  summariseDevices,
  tableCounts,
  unknownDevice,
} from './devices.ts';
import { describe, entityDetail, relatedWork } from './entities.ts';
import { type IdentityContext, type IdentityListQuery, listIdentities, summariseIdentities } from './identities.ts';
import { kqlTime } from './kql.ts';
import type { Position } from './positions.ts';
import { processTree } from './process-tree.ts';
import { relationsOf } from './related.ts';
import { deviceRisks } from './risk.ts';
import { deviceSubject, entitySubject, type Subject } from './subject.ts';
import { FilledTables } from './tables.ts';
import { entityTimeline, occursIn, PlaceSearch, type TimelineQuery } from './timeline.ts';
import { ALERT_TABLE } from './timeline-alerts.ts';

const ACTIVITY_DAYS = 30;
/** Accounts with a score that the inventory takes note of. */
const MOST_AT_RISK = 50_000;

/** Pages about devices and other entities: telemetry and alerts together. */
export class TelemetryService {
  readonly #context: Context;
  readonly #risk: RiskService;
  readonly #devices: DeviceDirectory;
  readonly #filled: FilledTables;

  /** @param risk through the same eyes as `context` */
  constructor(context: Context, risk: RiskService) {
    this.#context = context;
    this.#risk = risk;
    this.#devices = new DeviceDirectory(context.store);
    this.#filled = new FilledTables(context.store);
  }

  /** @throws ParapetError 400 `invalid_request` for an unknown filter value */
  async devices(query: DeviceListQuery): Promise<Page<DeviceSummary>> {
    return listDevices(this.#context.store, await this.#deviceContext(), query);
  }

  async deviceSummary(): Promise<InventorySummary> {
    return summariseDevices(this.#context.store, await this.#deviceContext());
  }

  async #deviceContext(): Promise<DeviceContext> {
    const { db, now, deviceGroupNames } = this.#context;
    const [risks, marks, critical, groups] = await Promise.all([
      deviceRisks(db, now()),
      marksOf(db, 'device'),
      criticalitySet(db, 'device', now()),
      deviceGroupNames?.() ?? new Map<string, string>(),
    ]);
    return { now: now(), risks, marks, critical, groups };
  }

  /** @throws ParapetError 400 `invalid_request` for an unknown filter value */
  async identities(query: IdentityListQuery): Promise<Page<IdentitySummary>> {
    return listIdentities(this.#context.store, await this.#identityContext(), query);
  }

  async identitySummary(): Promise<InventorySummary> {
    return summariseIdentities(this.#context.store, await this.#identityContext());
  }

  async #identityContext(): Promise<IdentityContext> {
    const { db, now } = this.#context;
    const [risks, marks, critical, tables] = await Promise.all([
      this.#risk.list({ type: 'user', pageSize: MOST_AT_RISK }),
      marksOf(db, 'user'),
      criticalitySet(db, 'user', now()),
      this.#filled.get(),
    ]);
    return {
      risks: new Map(risks.items.map(({ key, level, openAlerts }) => [key, { key, riskLevel: level, openAlerts }])),
      marks,
      critical,
      tables,
    };
  }

  countDevices(): Promise<number> {
    return countDevices(this.#context.store);
  }

  /** The key of a device named by its id or name. @throws ParapetError 404 `not_found` */
  async deviceKey(id: string): Promise<string> {
    return (await this.#find(id)).key;
  }

  /** @param id device id or name, in any case. @throws ParapetError 404 `not_found` */
  async device(id: string): Promise<DeviceDetail> {
    const { db, store, now } = this.#context;
    const device = await this.#find(id);
    const cloudResources = await resourcesOf(store, await this.#filled.get(), device);
    const [context, work] = await Promise.all([
      this.#deviceContext(),
      relatedWork(db, [
        { type: 'device', key: device.key },
        ...cloudResources.map((key) => ({ type: 'cloudResource' as const, key: key.toLowerCase() })),
      ]),
    ]);
    const [listed] = (await listDevices(store, context, { pageSize: 1 }, device.key)).items;
    const risk = context.risks.get(device.key);
    const times = work.alerts.flatMap((alert) => [alert.firstActivity, alert.lastActivity]).sort();
    const marks = context.marks.get(device.key);
    const summary: DeviceSummary = listed ?? {
      id: device.key,
      name: device.names[0] ?? device.key,
      domain: '',
      osPlatform: '',
      ips: [],
      firstSeen: times[0] ?? now().toISOString(),
      lastSeen: times.at(-1) ?? now().toISOString(),
      riskLevel: risk?.riskLevel ?? 'none',
      openAlerts: risk?.openAlerts ?? 0,
      loggedOnUsers: [],
      health: 'inactive',
      criticality: context.critical.get(device.key) ?? 'none',
      tags: marks?.tags ?? [],
      excluded: marks?.excluded != null,
      group: context.groups.get(device.key) ?? '',
      osVersion: '',
      deviceType: '',
      cloudPlatform: '',
      onboarding: '',
      internetFacing: false,
    };
    const to = summary.lastSeen;
    const from = new Date(Date.parse(to.replace(/(\.\d{3})\d+/, '$1')) - ACTIVITY_DAYS * 86_400_000).toISOString();
    const counts = await tableCounts(store, onDevice(device), from, to);
    return {
      ...summary,
      facts: factsOf(summary, device),
      cloudResources,
      incidents: work.incidents,
      alerts: work.alerts,
      activity: counts.map(({ table, rows }) => ({
        table,
        rows,
        huntingQuery: `${table}\n| where ${onDeviceKql(device)} and Timestamp between (${kqlTime(from)} .. ${kqlTime(to)})\n| sort by Timestamp desc`,
      })),
    };
  }

  /** @throws ParapetError 404 `not_found` for a device nobody knows, 400 for unknown filter values */
  async timeline(type: EntityType, key: string, query: TimelineQuery): Promise<TimelinePage> {
    return entityTimeline(this.#context, await this.subject(type, key), query);
  }

  /**
   * Where rows about an entity are.
   * @throws ParapetError 404 `not_found` for a device nobody knows, 400 `invalid_request` for a key that cannot be one
   */
  async subject(type: EntityType, key: string): Promise<Subject> {
    if (type === 'device') {
      const device = await this.#find(key);
      const tables = await this.#filled.get();
      return deviceSubject(device, tables, await resourcesOf(this.#context.store, tables, device));
    }
    const entity = await describe(this.#context, this.#filled, type, key.trim().toLowerCase());
    return entitySubject(entity, await this.#filled.get());
  }

  /** What occurs together with an entity, and how common it is. @throws ParapetError 404 for an unknown device */
  async relations(type: EntityType, key: string): Promise<EntityRelations> {
    return relationsOf(this.#context, await this.subject(type, key), () => this.countDevices());
  }

  /** Whether a row, named by its place, is in the timeline of an entity. */
  async hasEvent(type: EntityType, key: string, place: Position): Promise<boolean> {
    if (place.table === ALERT_TABLE) {
      const rows = await this.#context.db.query('select 1 as found from alert a where a.id = $1', [place.tie]);
      return rows.length > 0;
    }
    const { places } = await this.subject(type, key);
    const own = places.filter(({ table }) => table === place.table);
    if (own.length === 0) return false;
    const search = new PlaceSearch(this.#context.store, own, {}, { from: place.time, to: place.time });
    return (await search.rows([place])).size > 0;
  }

  /** Whether the caller sees an entity anywhere: in an alert or in a row. */
  async occurs(type: EntityType, key: string): Promise<boolean> {
    const named = await this.#context.db.query(
      'select 1 as found from alert a join alert_evidence e on e.alert_id = a.id where e.type = $1 and e.key = $2 limit 1',
      [type, key],
    );
    if (named.length > 0) return true;
    try {
      const { places } = await this.subject(type, key);
      return await occursIn(this.#context.store, places);
    } catch (error) {
      if (error instanceof ParapetError && error.code === 'not_found') return false;
      throw error;
    }
  }

  entity(type: EntityType, key: string): Promise<EntityDetail> {
    return entityDetail(this.#context, this.#filled, type, key);
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
  add('Version', summary.osVersion, 'DeviceInfo');
  add('Type', summary.deviceType, 'DeviceInfo');
  add('Cloud', summary.cloudPlatform, 'DeviceInfo');
  add('Onboarding', summary.onboarding, 'DeviceInfo');
  if (summary.internetFacing) add('Reachable', 'From the internet', 'DeviceInfo');
  add('Group', summary.group, 'The first device group whose rules match');
  add('Health', summary.health === 'active' ? 'Active' : 'Inactive', 'Inactive after seven days without an event');
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
