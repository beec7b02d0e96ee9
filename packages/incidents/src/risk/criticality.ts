/** How much depends on an entity: set by people, shown by what a machine does, told by the directory. */
import type { Criticality, EntityCriticality } from '@parapet/schema';
import type { Queryable } from '@parapet/state';
import type { TelemetryStore } from '@parapet/store';
import { select, str, strings } from '../telemetry/rows.ts';
import { type EntitySignals, nameOf } from './signals.ts';

type Named = Pick<EntitySignals, 'type' | 'key' | 'label' | 'fields'>;

export const NOT_CRITICAL: EntityCriticality = { level: 'none', reason: '', source: 'none' };

/** Security events that only a machine in that role writes: the Kerberos key distribution centre, the certification authority. */
const ROLE_EVENTS = {
  'Issues Kerberos tickets: a domain controller.': [4768, 4769, 4771],
  'Issues certificates: a certification authority.': [4886, 4887],
} as const;
const ROLE_DAYS = 30;
/** IdentityInfo.CriticalityLevel, as the exposure tables count: 0 is the most critical. */
const DIRECTORY_LEVELS: readonly Criticality[] = ['veryHigh', 'high', 'medium', 'low'];

interface ManualRow {
  readonly type: string;
  readonly key: string;
  readonly level: Criticality;
  readonly reason: string;
  readonly set_by: string;
  readonly set_at: Date;
  readonly expires_at: Date | null;
}

/**
 * @param store through the caller's eyes for answers to people
 * @returns by {@link nameOf}; entities that nobody calls critical are left out
 */
export async function criticalitiesOf(
  { db, store }: { readonly db: Queryable; readonly store: TelemetryStore },
  entities: readonly Named[],
  now: Date,
): Promise<Map<string, EntityCriticality>> {
  const found = new Map<string, EntityCriticality>();
  const devices = entities.filter(({ type }) => type === 'device');
  const accounts = entities.filter(({ type }) => type === 'user' || type === 'mailbox');
  if (store.schema.tables.length > 0) {
    if (devices.length > 0) await roles(store, devices, found);
    if (accounts.length > 0) await directory(store, accounts, found);
  }
  const manual = await db.query<ManualRow>(
    `select c.* from entity_criticality c join jsonb_to_recordset($1::jsonb) as w(type text, key text)
     on w.type = c.type and w.key = c.key where c.expires_at is null or c.expires_at > $2`,
    [JSON.stringify(entities.map(({ type, key }) => ({ type, key }))), now],
  );
  for (const row of manual)
    found.set(nameOf(row), {
      level: row.level,
      reason: row.reason,
      source: 'manual',
      setBy: row.set_by,
      setAt: row.set_at.toISOString(),
      expiresAt: row.expires_at?.toISOString() ?? null,
    });
  return found;
}

const lower = (text: string | undefined): string => (text ?? '').trim().toLowerCase();
const short = (name: string): string => name.split('.')[0] ?? name;

async function roles(
  store: TelemetryStore,
  devices: readonly Named[],
  found: Map<string, EntityCriticality>,
): Promise<void> {
  const namesOf = ({ key, label, fields }: Named): string[] =>
    [...new Set([key, lower(label), lower(fields.deviceName)])].filter(Boolean);
  const events = Object.values(ROLE_EVENTS).flat();
  const rows = await select(
    store,
    `SELECT lowerUTF8(toString(Computer)) AS name, ${Object.values(ROLE_EVENTS)
      .map((ids, n) => `countIf(EventID IN (${ids.join(', ')})) AS role${n}`)
      .join(', ')}
     FROM hunting.SecurityEvent
     WHERE EventID IN (${events.join(', ')}) AND _TimeReceived > now() - toIntervalDay(${ROLE_DAYS})
       AND (has({names:Array(String)}, lowerUTF8(toString(Computer))) OR has({names:Array(String)}, splitByChar('.', lowerUTF8(toString(Computer)))[1]))
     GROUP BY name`,
    {
      params: {
        names: strings([...new Set(devices.flatMap((device) => namesOf(device).flatMap((n) => [n, short(n)])))]),
      },
    },
  );
  for (const row of rows) {
    const name = str(row, 'name');
    const reason = Object.keys(ROLE_EVENTS).find((_, n) => Number(row[`role${n}`] ?? 0) > 0);
    if (!reason) continue;
    // A bare name and a full one are the same machine; two full names of different domains are not.
    for (const device of devices)
      if (
        namesOf(device).some(
          (own) => own === name || ((!own.includes('.') || !name.includes('.')) && short(own) === short(name)),
        )
      )
        found.set(nameOf(device), { level: 'veryHigh', reason, source: 'role' });
  }
}

async function directory(
  store: TelemetryStore,
  accounts: readonly Named[],
  found: Map<string, EntityCriticality>,
): Promise<void> {
  const namesOf = ({ key, fields }: Named): string[] =>
    [
      ...new Set([
        key,
        lower(fields.accountUpn),
        lower(fields.accountSid),
        lower(fields.accountObjectId),
        lower(fields.mailboxAddress),
      ]),
    ].filter(Boolean);
  const columns = {
    upn: 'lowerUTF8(toString(AccountUpn))',
    sid: 'lowerUTF8(toString(OnPremSid))',
    object: 'lowerUTF8(toString(AccountObjectId))',
    named: `concat(splitByChar('.', lowerUTF8(toString(AccountDomain)))[1], '\\\\', lowerUTF8(toString(AccountName)))`,
  };
  const names = strings([...new Set(accounts.flatMap(namesOf))]);
  const rows = await select(
    store,
    `SELECT ${Object.entries(columns)
      .map(([name, sql]) => `argMax(${sql}, Timestamp) AS ${name}Key`)
      .join(', ')}, argMax(toString(CriticalityLevel), Timestamp) AS levelText,
       argMax(concat(toString(AssignedRoles), ' ', toString(PrivilegedEntraPimRoles), ' ', toString(GroupMembership)), Timestamp) AS rights
     FROM hunting.IdentityInfo WHERE ${Object.values(columns)
       .map((sql) => `has({names:Array(String)}, ${sql})`)
       .join(' OR ')}
     GROUP BY ${columns.upn}, ${columns.sid}, ${columns.object}, ${columns.named}`,
    { params: { names } },
  );
  for (const row of rows) {
    const keys = ['upnKey', 'sidKey', 'objectKey', 'namedKey'].map((name) => str(row, name)).filter(Boolean);
    const text = str(row, 'levelText');
    const told = /^\d$/.test(text) ? DIRECTORY_LEVELS[Number(text)] : undefined;
    // The widest roles by their published names; groups also by the end of their identifier, which is the same in every language.
    const powerful = /global administrator|domain admins|enterprise admins|S-1-5-21-[\d-]+-51[29]\b/i.exec(
      str(row, 'rights'),
    )?.[0];
    const level: EntityCriticality | undefined = told
      ? { level: told, reason: 'The directory says so (IdentityInfo.CriticalityLevel).', source: 'directory' }
      : powerful
        ? {
            level: 'veryHigh',
            reason: `The directory lists ${powerful} among its roles and groups.`,
            source: 'directory',
          }
        : undefined;
    if (!level) continue;
    for (const account of accounts)
      if (namesOf(account).some((name) => keys.includes(name))) found.set(nameOf(account), level);
  }
}
