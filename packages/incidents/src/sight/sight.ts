/** What one caller sees: alerts, incidents and telemetry through views, and hunting with the same limits in its plans. */
import type { Rights } from '@parapet/access';
import type { DataScope, RowRestriction, SqlParam } from '@parapet/kql';
import { type DeviceGroup, loadHuntingSchema, type Permission } from '@parapet/schema';
import type { StateDb } from '@parapet/state';
import type { TelemetryStore } from '@parapet/store';
import { DeviceGroups, devicesOf } from './device-groups.ts';
import { type Reached, reachedBy, reachesAll } from './reach.ts';
import { stateView } from './state-view.ts';
import { ALERT_IDS, INCIDENT_IDS, scopeOf, type TableLimits, tableLimits, telemetryView } from './telemetry-view.ts';

/** Options of a hunting run that limit it to what a caller sees. */
export interface HuntSight {
  readonly scope?: DataScope;
  readonly restrictions?: Readonly<Record<string, RowRestriction>>;
  /** Values that are looked up once it is known which tables are read; all of them without the names. */
  readonly late?: (tables?: readonly string[]) => Promise<Record<string, SqlParam>>;
}

export interface Sight {
  /** True when nothing of alerts and incidents is hidden. */
  readonly allAlerts: boolean;
  readonly db: StateDb;
  readonly store: TelemetryStore;
  /** True when every row of these tables is seen: what is counted over them tells nothing new. */
  seesWhole(tables: readonly string[]): boolean;
  /** What may be changed with Alerts.Manage, as it may be seen. */
  readonly managed: StateDb;
  /** Whether what is said of an entity may be changed: a device in reach, or anything for who manages a whole source. */
  manages(type: string, key: string): boolean;
  /** @param more what a file of data scopes hides besides */
  hunt(more?: DataScope): HuntSight;
}

export interface SightOptions {
  readonly db: StateDb;
  readonly store: TelemetryStore;
  readonly deviceGroups?: () => readonly DeviceGroup[];
  /** Tables each connector fills, asked for as they are now. */
  readonly connectors?: () => ReadonlyMap<string, readonly string[]>;
}

/** Alerts that a query over the alert tables reaches for someone who does not see all of them; the newest. */
const MOST_ALERTS = 50_000;
const REMEMBER_MS = 5_000;

/** Makes and remembers sights. Rights are new objects after every change of roles or scopes, so a sight never outlives them. */
export class Sights {
  readonly #options: SightOptions;
  readonly #groups: DeviceGroups;
  readonly #known = new WeakMap<Rights, { readonly at: number; readonly sight: Promise<Sight> }>();

  constructor(options: SightOptions) {
    this.#options = options;
    this.#groups = new DeviceGroups(options.store, options.db, options.deviceGroups ?? (() => []));
  }

  /** Devices by group. */
  get groups(): DeviceGroups {
    return this.#groups;
  }

  of(rights: Rights): Promise<Sight> {
    const known = this.#known.get(rights);
    if (known && Date.now() - known.at < REMEMBER_MS) return known.sight;
    const sight = this.#make(rights);
    this.#known.set(rights, { at: Date.now(), sight });
    sight.catch(() => this.#known.delete(rights));
    return sight;
  }

  async #make(rights: Rights): Promise<Sight> {
    const { db, store, connectors = () => new Map() } = this.#options;
    const limited = (['SecData.Read', 'Alerts.Manage', 'VM.Read'] as const).some((permission) => {
      const within = rights.within(permission, 'endpoint');
      return within !== undefined && within !== 'whole';
    });
    const members = limited ? await this.#groups.members() : new Map();
    const reachOf =
      (held: Rights) =>
      (permission: Permission): Reached =>
        reachedBy(held, permission, (groups) => devicesOf(members, groups));
    const reached = reachOf(rights);
    const data = reached('SecData.Read');
    const manage = reached('Alerts.Manage');
    const schema = loadHuntingSchema();
    let limits: { readonly of: TelemetryStore['schema']; readonly limits: TableLimits } | undefined;
    // Tables may be added while the server runs.
    const limitsNow = (): TableLimits => {
      if (!limits || limits.of !== store.schema)
        limits = {
          of: store.schema,
          limits: tableLimits(
            store.schema.tables,
            {
              reached,
              connectors: connectors(),
              categoryOf: (table) => schema.byName.get(table)?.category,
            },
            rights.unfiltered === rights ? undefined : reachOf(rights.unfiltered),
          ),
        };
      return limits.limits;
    };
    const allAlerts = reachesAll(data);
    const seen = allAlerts ? db : stateView(db, data);
    const late: HuntSight['late'] = async (tables) => {
      const reads = (name: RegExp): boolean => tables === undefined || tables.some((table) => name.test(table));
      const ids = async (sql: string): Promise<SqlParam> => ({
        type: 'Array(String)',
        value: (await seen.query<{ id: string }>(sql)).map(({ id }) => id),
      });
      return {
        ...(reads(/^(AlertInfo|AlertEvidence|SecurityAlert)$/)
          ? { [ALERT_IDS]: await ids(`select a.id from alert a order by a.last_activity desc limit ${MOST_ALERTS}`) }
          : {}),
        // A row of SecurityIncident sums up all alerts of its incident: shared ones are left out.
        ...(reads(/^SecurityIncident$/)
          ? {
              [INCIDENT_IDS]: await ids(
                `select i.id::text as id from incident i where i.outside_alerts = 0 order by i.last_update desc limit ${MOST_ALERTS}`,
              ),
            }
          : {}),
      };
    };
    return {
      allAlerts,
      db: seen,
      manages: (type, key) =>
        type === 'device'
          ? manage.whole.has('endpoint') || (manage.parts.get('endpoint')?.devices?.keys.includes(key) ?? false)
          : manage.whole.size > 0,
      managed: reachesAll(manage) && allAlerts ? db : stateView(db, both(data, manage)),
      store: nothing(limitsNow()) ? store : telemetryView(store, limitsNow()),
      seesWhole(tables) {
        const { hidden, rows } = limitsNow();
        return tables.every((table) => !hidden.includes(table) && !Object.hasOwn(rows, table));
      },
      hunt(more) {
        const now = limitsNow();
        const scope = scopeOf(now, more);
        const rows = Object.keys(now.rows).length > 0;
        return {
          ...(scope ? { scope } : {}),
          ...(rows ? { restrictions: now.rows } : {}),
          ...(rows && !allAlerts ? { late } : {}),
        };
      },
    };
  }
}

const nothing = ({ hidden, rows }: TableLimits): boolean => hidden.length === 0 && Object.keys(rows).length === 0;

/** What both reach. Where both are limited the second's limits count: who changes something has seen it through the first. */
function both(a: Reached, b: Reached): Reached {
  const whole = new Set([...a.whole].filter((source) => b.whole.has(source)));
  const parts = new Map(
    [...a.parts, ...b.parts].filter(
      ([source]) => (a.whole.has(source) || a.parts.has(source)) && (b.whole.has(source) || b.parts.has(source)),
    ),
  );
  return { whole, parts };
}
