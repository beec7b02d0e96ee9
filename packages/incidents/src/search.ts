import { type EntityType, SEVERITIES, type SearchHit, type SearchResult } from '@parapet/schema';
import { contains } from './sql.ts';
import { DEVICE_KEY_SQL, DEVICE_TABLES } from './telemetry/device-id.ts';
import { huntHref } from './telemetry/kql.ts';
import { type Row, select, str, string } from './telemetry/rows.ts';
import type { Context } from './types.ts';

const PER_GROUP = 6;
/** Someone is typing: a slow part is left out rather than waited for. */
const LIMITS = { timeoutMs: 1_500, maxMemoryBytes: 512 * 2 ** 20, maxResultBytes: 2 ** 20 };
const GROUPS = ['incidents', 'alerts', 'devices', 'users', 'files', 'ips', 'tables'] as const;
type Group = (typeof GROUPS)[number];

/** Suggestions of the top bar. */
export class SearchService {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  /**
   * Things whose name, id, hash or address contains the text, in groups; empty groups are left out.
   * @param query at least two characters
   */
  async search(query: string): Promise<SearchResult> {
    const text = refang(query.trim());
    if (text.length < 2) return { groups: [] };
    const parts: Record<Group, Promise<SearchHit[]>> = {
      incidents: this.#incidents(text),
      alerts: this.#alerts(text),
      devices: this.#telemetry('devices', text),
      users: this.#telemetry('users', text),
      files: this.#telemetry('files', text),
      ips: this.#telemetry('ips', text),
      tables: Promise.resolve(this.#tables(text)),
    };
    const groups = await Promise.all(GROUPS.map(async (group) => ({ group, items: await parts[group] })));
    return { groups: groups.filter(({ items }) => items.length > 0) };
  }

  async #incidents(text: string): Promise<SearchHit[]> {
    const rows = await this.#context.db.query<{ id: string; name: string; severity: number; status: string }>(
      `select i.id::text as id, i.name, i.severity, i.status from incident i
       where i.status <> 'redirected' and (i.id::text = $2 or lower(i.name) like $1)
       order by (i.id::text = $2) desc, i.status = 'resolved', i.last_update desc limit ${PER_GROUP}`,
      [contains(text.toLowerCase()), text.replace(/^#/, '')],
    );
    return rows.map((row) => ({
      label: row.name,
      detail: `Incident ${row.id}, ${SEVERITIES[row.severity]}, ${row.status}`,
      href: `/incidents/${row.id}`,
    }));
  }

  async #alerts(text: string): Promise<SearchHit[]> {
    const rows = await this.#context.db.query<{ id: string; title: string; severity: number; status: string }>(
      `select id, title, severity, status from alert where lower(title) like $1 or id = $2
       order by (id = $2) desc, status = 'resolved', last_activity desc, id limit ${PER_GROUP}`,
      [contains(text.toLowerCase()), text.toLowerCase()],
    );
    return rows.map((row) => ({
      label: row.title,
      detail: `Alert, ${SEVERITIES[row.severity]}, ${row.status}`,
      href: `/alerts/${encodeURIComponent(row.id)}`,
    }));
  }

  async #telemetry(group: 'devices' | 'users' | 'files' | 'ips', text: string): Promise<SearchHit[]> {
    const sql = queryFor(group, text);
    if (!sql) return [];
    let rows: Row[];
    try {
      rows = await select(this.#context.store, sql, { params: { text: string(text) }, limits: LIMITS });
    } catch (error) {
      this.#context.log.warn({ err: error, group }, 'a part of a search was left out');
      return [];
    }
    return rows.map((row) => {
      const type: EntityType = ({ devices: 'device', users: 'user', files: 'file', ips: 'ip' } as const)[group];
      const key = str(row, 'key');
      return {
        label: str(row, 'label') || key,
        detail: str(row, 'detail'),
        href:
          type === 'device' ? `/devices/${encodeURIComponent(key)}` : `/entities/${type}/${encodeURIComponent(key)}`,
        type,
      };
    });
  }

  #tables(text: string): SearchHit[] {
    const wanted = text.toLowerCase();
    return this.#context.store.schema.tables
      .filter(({ name }) => name.toLowerCase().includes(wanted))
      .sort(
        (a, b) =>
          Number(b.name.toLowerCase().startsWith(wanted)) - Number(a.name.toLowerCase().startsWith(wanted)) ||
          a.name.localeCompare(b.name),
      )
      .slice(0, PER_GROUP)
      .map(({ name, description }) => ({
        label: name,
        detail: description ?? 'Hunting table',
        href: huntHref(`${name}\n| take 100`),
      }));
  }
}

/** `hxxp://evil[.]example` as it was before someone made it harmless. */
function refang(text: string): string {
  return text.replace(/\[(\.|:)\]/g, '$1').replace(/^hxxp/i, 'http');
}

const HASH = /^[0-9a-f]{32}$|^[0-9a-f]{40}$|^[0-9a-f]{64}$/i;
const ADDRESS = /^[0-9a-f.:]{2,45}$/i;

function queryFor(group: 'devices' | 'users' | 'files' | 'ips', text: string): string | undefined {
  const has = (column: string): string => `positionCaseInsensitiveUTF8(toString(${column}), {text:String}) > 0`;
  const best = 'startsWith(lowerUTF8(label), lowerUTF8({text:String})) DESC';
  switch (group) {
    case 'devices':
      return `SELECT key, any(name) AS label, concat('Device, ', toString(sum(n)), ' rows') AS detail FROM (${DEVICE_TABLES.map(
        (table) =>
          `SELECT ${DEVICE_KEY_SQL} AS key, any(toString(DeviceName)) AS name, count() AS n FROM hunting.${table}
           WHERE ${has('DeviceName')} OR lowerUTF8(toString(DeviceId)) = lowerUTF8({text:String}) GROUP BY key`,
      ).join(' UNION ALL ')}) GROUP BY key ORDER BY ${best}, sum(n) DESC, key LIMIT ${PER_GROUP}`;
    case 'users': {
      const from = (table: string, prefix: string): string => {
        const [name, domain, sid] = [`${prefix}AccountName`, `${prefix}AccountDomain`, `${prefix}AccountSid`];
        const shortDomain = `splitByChar('.', toString(${domain}))[1]`;
        return `SELECT lowerUTF8(if(${domain} = '', ${name}, concat(${shortDomain}, '\\\\', ${name}))) AS key,
                  any(if(${domain} = '', ${name}, concat(toString(${domain}), '\\\\', ${name}))) AS name, count() AS n
                FROM hunting.${table}
                WHERE ${name} != '' AND (${has(`concat(toString(${domain}), '\\\\', ${name})`)} OR ${sid} = {text:String})
                GROUP BY key`;
      };
      return `SELECT key, any(name) AS label, concat('User, ', toString(sum(n)), ' rows') AS detail
        FROM (${from('DeviceLogonEvents', '')} UNION ALL ${from('DeviceProcessEvents', '')} UNION ALL ${from('IdentityLogonEvents', '')})
        GROUP BY key ORDER BY ${best}, sum(n) DESC, key LIMIT ${PER_GROUP}`;
    }
    case 'files': {
      const hash = HASH.test(text)
        ? ({ 32: 'MD5', 40: 'SHA1', 64: 'SHA256' } as const)[text.length as 32 | 40 | 64]
        : undefined;
      const from = (table: string): string => {
        const condition = hash ? `${hash} = lowerUTF8({text:String})` : `FileName != '' AND ${has('FileName')}`;
        const key = `lowerUTF8(multiIf(SHA256 != '', SHA256, SHA1 != '', SHA1, MD5 != '', MD5, toString(FileName)))`;
        return `SELECT ${hash ? 'lowerUTF8({text:String})' : key} AS key, any(toString(FileName)) AS name, count() AS n
                FROM hunting.${table} WHERE ${condition} GROUP BY key`;
      };
      return `SELECT key, any(name) AS label,
          concat('File, ', toString(sum(n)), ' rows', if(match(key, '^[0-9a-f]{32,64}$'), concat(', ', substring(key, 1, 12), '…'), '')) AS detail
        FROM (${['DeviceProcessEvents', 'DeviceFileEvents', 'DeviceImageLoadEvents'].map(from).join(' UNION ALL ')})
        GROUP BY key ORDER BY ${best}, sum(n) DESC, key LIMIT ${PER_GROUP}`;
    }
    case 'ips': {
      if (!ADDRESS.test(text) || !/[.:]|^\d+$/.test(text)) return undefined;
      const from = (table: string, column: string): string =>
        `SELECT lowerUTF8(${column}) AS key, count() AS n FROM hunting.${table}
         WHERE startsWith(${column}, lowerUTF8({text:String})) GROUP BY key`;
      return `SELECT key, key AS label, concat('IP address, ', toString(sum(n)), ' rows') AS detail
        FROM (${[
          from('DeviceNetworkEvents', 'RemoteIP'),
          from('DeviceNetworkEvents', 'LocalIP'),
          from('DeviceLogonEvents', 'RemoteIP'),
          from('AWSCloudTrail', 'SourceIpAddress'),
          from('IdentityLogonEvents', 'IPAddress'),
        ].join(
          ' UNION ALL ',
        )}) GROUP BY key ORDER BY key = lowerUTF8({text:String}) DESC, sum(n) DESC, key LIMIT ${PER_GROUP}`;
    }
  }
}
