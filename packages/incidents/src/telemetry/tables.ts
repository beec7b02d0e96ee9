import type { KqlTable } from '@parapet/kql';
import { loadHuntingSchema, type TimelineGroup } from '@parapet/schema';
import type { TelemetryStore } from '@parapet/store';
import { EVENT_TABLES, type EventTable } from './device-id.ts';
import { GROUP_OF } from './event-text.ts';
import { select, str } from './rows.ts';

/** Tables that repeat what is elsewhere, or are about the product: no timeline shows their rows. */
const REPEATS = new Set([
  'AlertInfo',
  'AlertEvidence',
  'SecurityAlert',
  'SecurityIncident',
  'SecurityCaseEvent',
  'AggregatedSecurityAlert',
  'BehaviorEntities',
  'SentinelBehaviorEntities',
  'DeviceBehaviorEntities',
  'HuntingBookmark',
  'LAQueryLogs',
  'Usage',
  'Operation',
]);
const OF_PRODUCT = /^(Parapet|Watchlist|ConfidentialWatchlist|ThreatIntel|Sentinel(Audit|Health)|LA|DCR)/;

const OF_CATEGORY: Readonly<Record<string, TimelineGroup>> = {
  'Apps and identities': 'directory',
  'Email and collaboration': 'email',
  'Cloud infrastructure': 'cloud',
  'Data security': 'cloud',
  'Identity and SaaS sign-in': 'signIn',
  'Vulnerability management': 'inventory',
};
const OF_TABLE: Readonly<Record<string, TimelineGroup>> = {
  DeviceInfo: 'inventory',
  DeviceNetworkInfo: 'inventory',
  DeviceFileCertificateInfo: 'inventory',
  IdentityInfo: 'inventory',
  IdentityAccountInfo: 'inventory',
  OAuthAppInfo: 'inventory',
  AIAgentsInfo: 'inventory',
  AgentsInfo: 'inventory',
  CrowdStrikeHosts: 'inventory',
  IntuneDevices: 'inventory',
  IdentityLogonEvents: 'signIn',
  AADSignInEventsBeta: 'signIn',
  AADSpnSignInEventsBeta: 'signIn',
  EntraIdSignInEvents: 'signIn',
  EntraIdSpnSignInEvents: 'signIn',
  CloudAppEvents: 'cloud',
  OfficeActivity: 'cloud',
  AuditLogs: 'directory',
};

/** Which kind of event a table's rows are. Tables of a sender's own form are `log`: often the same event stands in another table too. */
export function groupOf(table: string): TimelineGroup {
  if ((EVENT_TABLES as readonly string[]).includes(table)) return GROUP_OF[table as EventTable];
  const own = Object.hasOwn(OF_TABLE, table) ? OF_TABLE[table] : undefined;
  if (own) return own;
  const category = loadHuntingSchema().byName.get(table)?.category ?? '';
  return (
    (Object.hasOwn(OF_CATEGORY, category) ? OF_CATEGORY[category] : undefined) ??
    (category === 'Devices' ? 'other' : 'log')
  );
}

export interface TimedTable extends KqlTable {
  readonly timeColumn: string;
}

const REMEMBER_MS = 2_000;

/** Tables with rows, asked at most every few seconds: of hundreds only a few dozen are ever filled. */
export class FilledTables {
  readonly #store: TelemetryStore;
  #known: { readonly at: number; readonly tables: Promise<readonly TimedTable[]> } | undefined;

  constructor(store: TelemetryStore) {
    this.#store = store;
  }

  /** Tables that have a time and at least one row, without those that repeat others. */
  get(): Promise<readonly TimedTable[]> {
    if (this.#known && Date.now() - this.#known.at < REMEMBER_MS) return this.#known.tables;
    const tables = this.#look();
    this.#known = { at: Date.now(), tables };
    tables.catch(() => {
      this.#known = undefined;
    });
    return tables;
  }

  async #look(): Promise<readonly TimedTable[]> {
    const rows = await select(
      this.#store,
      "SELECT table AS name FROM system.parts WHERE database LIKE 'hunting%' AND active AND rows > 0 GROUP BY table",
    );
    const filled = new Set(rows.map((row) => str(row, 'name')));
    return this.#store.schema.tables.filter(
      (table): table is TimedTable =>
        table.timeColumn !== null && filled.has(table.name) && !REPEATS.has(table.name) && !OF_PRODUCT.test(table.name),
    );
  }
}
