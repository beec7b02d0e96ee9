import {
  type EntityFields,
  type EntityRelations,
  type EntityType,
  makeEntity,
  type RelatedEntity,
} from '@parapet/schema';
import type { Queryable } from '@parapet/state';
import type { TelemetryStore } from '@parapet/store';
import { DEVICE_KEY_SQL } from './device-id.ts';
import { num, select, str } from './rows.ts';
import type { Subject, SubjectPlace } from './subject.ts';

const LISTED = 40;
const MOST_ALERTS = 5000;
const EACH = 10;

interface Dependencies {
  readonly db: Queryable;
  readonly store: TelemetryStore;
}

/** What occurs together with an entity, in alerts and in rows, and how common the entity is. */
export async function relationsOf(
  { db, store }: Dependencies,
  subject: Subject,
  countDevices: () => Promise<number>,
): Promise<EntityRelations> {
  const withDevice = subject.places.filter(({ columns }) => columns.has('DeviceId') && columns.has('DeviceName'));
  const withUser = subject.places.filter(({ columns }) => columns.has('AccountName') && columns.has('AccountDomain'));
  const own = subject.type === 'device';
  const [named, devices, users, addresses, ofDevices] = await Promise.all([
    inAlerts(db, subject),
    own
      ? undefined
      : grouped(store, withDevice, DEVICE_KEY_SQL, 'any(toString(DeviceName))', "DeviceId != '' OR DeviceName != ''"),
    subject.type === 'user' ? undefined : grouped(store, withUser, USER_KEY, `any(${USER_LABEL})`, IS_PERSON),
    subject.type === 'user' || own
      ? grouped(
          store,
          subject.places.filter(
            ({ columns }) => columns.has('IPAddress') || (columns.has('RemoteIP') && columns.has('LogonType')),
          ),
          (place) => (place.columns.has('IPAddress') ? 'toString(IPAddress)' : 'toString(RemoteIP)'),
          "''",
          '1',
        )
      : undefined,
    own ? 0 : countDevices(),
  ]);
  const related = new Map(named.map((each) => [`${each.entity.type}:${each.entity.key}`, each]));
  const add = (type: EntityType, fields: EntityFields, rows: number): void => {
    const entity = makeEntity(type, fields);
    if (!entity) return;
    const name = `${type}:${entity.key}`;
    related.set(name, { entity: related.get(name)?.entity ?? entity, alerts: related.get(name)?.alerts ?? 0, rows });
  };
  for (const { key, label, rows } of devices?.top ?? [])
    add('device', { deviceId: key, deviceName: label || key }, rows);
  for (const { label, rows } of users?.top ?? []) {
    const [domain, name] = label.includes('\\') ? label.split('\\', 2) : ['', label];
    add('user', { accountName: name ?? '', ...(domain ? { accountDomain: domain } : {}) }, rows);
  }
  for (const { key, rows } of addresses?.top ?? []) add('ip', { ip: key }, rows);
  return {
    prevalence: own ? null : { devices: devices?.total ?? 0, ofDevices, users: users?.total ?? 0 },
    related: [...related.values()].sort((a, b) => b.alerts - a.alerts || b.rows - a.rows).slice(0, LISTED),
  };
}

const USER_LABEL = "if(AccountDomain = '', AccountName, concat(toString(AccountDomain), '\\\\', AccountName))";
const USER_KEY = `lowerUTF8(${USER_LABEL})`;
/** Machines' own accounts and the system's are not people. */
const IS_PERSON =
  "AccountName != '' AND NOT endsWith(AccountName, '$') AND lowerUTF8(toString(AccountDomain)) NOT IN ('nt authority', 'window manager', 'font driver host')";

interface Grouped {
  readonly total: number;
  readonly top: readonly { readonly key: string; readonly label: string; readonly rows: number }[];
}

/** The most frequent values over all places, and how many different ones there are. */
async function grouped(
  store: TelemetryStore,
  places: readonly SubjectPlace[],
  key: string | ((place: SubjectPlace) => string),
  label: string,
  where: string,
): Promise<Grouped | undefined> {
  if (places.length === 0) return undefined;
  const parts = places.map(
    (
      place,
    ) => `SELECT ${typeof key === 'string' ? key : key(place)} AS k, ${label} AS l, count() AS n FROM hunting.${place.table}
      WHERE (${place.match.sql}) AND (${where}) GROUP BY k`,
  );
  const rows = await select(
    store,
    `SELECT k, any(l) AS label, sum(n) AS rows, count() OVER () AS total FROM (${parts.join(' UNION ALL ')}) WHERE k != ''
     GROUP BY k ORDER BY rows DESC, k LIMIT ${EACH}`,
    { params: Object.assign({}, ...places.map(({ match }) => match.params)) },
  );
  return {
    total: num(rows[0] ?? {}, 'total') ?? 0,
    top: rows.map((row) => ({ key: str(row, 'k'), label: str(row, 'label'), rows: num(row, 'rows') ?? 0 })),
  };
}

async function inAlerts(db: Queryable, { names }: Subject): Promise<RelatedEntity[]> {
  const rows = await db.query<{ type: EntityType; key: string; label: string; fields: EntityFields; n: number }>(
    `select o.type, o.key, max(o.label) as label, (array_agg(o.fields))[1] as fields, count(distinct o.alert_id) as n
     from (select distinct e.alert_id from alert_evidence e where (e.type, e.key) in (select * from unnest($1::text[], $2::text[])) limit ${MOST_ALERTS}) a
     join alert_evidence o on o.alert_id = a.alert_id
     where (o.type, o.key) not in (select * from unnest($1::text[], $2::text[])) group by o.type, o.key order by n desc, o.type, o.key limit ${LISTED}`,
    [names.map(({ type }) => type), names.map(({ key }) => key)],
  );
  return rows.map((row) => ({
    entity: { type: row.type, key: row.key, label: row.label, fields: row.fields },
    alerts: row.n,
    rows: 0,
  }));
}
