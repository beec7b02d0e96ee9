import { type EntityType, type SearchTerm, type SearchType, seenDays } from '@parapet/schema';
import { DEVICE_KEY_SQL, DEVICE_TABLES } from '../telemetry/device-id.ts';
import type { DeviceRisk } from '../telemetry/risk.ts';
import { type Askable, looksLikeAddress, Params } from './words.ts';

/** One table that names things of a kind, and how. */
interface Source {
  readonly table: string;
  /** Condition for rows that name one at all. */
  readonly where: string;
  readonly key: string;
  readonly name: string;
  /** Text that stands for the domain of the thing; absent where it is the end of the name. */
  readonly domain?: string;
  /** Other columns that a whole word may equal. */
  readonly ids?: readonly string[];
  /** Expression over the rows of one thing. */
  readonly os?: string;
  /** Default `Timestamp`. */
  readonly time?: string;
}

export type TelemetryType = Extract<SearchType, 'device' | 'user' | 'file' | 'ip' | 'url' | 'mailbox'>;

const words: Readonly<Record<TelemetryType, string>> = {
  device: 'Device',
  user: 'User',
  file: 'File',
  ip: 'IP address',
  url: 'URL',
  mailbox: 'Mailbox',
};

export const TELEMETRY: Readonly<Record<TelemetryType, Askable & { readonly entity: EntityType }>> = {
  device: { type: 'device', entity: 'device', fields: ['name', 'os', 'risk', 'domain', 'seen', 'ip'] },
  user: { type: 'user', entity: 'user', fields: ['name', 'domain', 'seen'] },
  file: { type: 'file', entity: 'file', fields: ['name', 'seen'] },
  ip: { type: 'ip', entity: 'ip', fields: ['name', 'ip', 'seen'] },
  url: { type: 'url', entity: 'url', fields: ['name', 'domain', 'seen'] },
  mailbox: { type: 'mailbox', entity: 'mailbox', fields: ['name', 'domain', 'seen'] },
};

function deviceSource(table: string): Source {
  const path = {
    DeviceProcessEvents: 'FolderPath',
    DeviceNetworkEvents: 'InitiatingProcessFolderPath',
    DeviceEvents: 'InitiatingProcessFolderPath',
  }[table];
  return {
    table,
    where: "(DeviceId != '' OR DeviceName != '')",
    key: DEVICE_KEY_SQL,
    name: 'DeviceName',
    ids: ['DeviceId'],
    // Where no inventory says it, the shape of paths tells the family of the system.
    os:
      table === 'DeviceInfo'
        ? 'argMax(toString(OSPlatform), Timestamp)'
        : path
          ? `multiIf(countIf(substring(${path}, 2, 1) = ':') > 0, 'Windows', countIf(startsWith(${path}, '/')) > 0, 'Linux or macOS', '')`
          : "''",
  };
}

function userSource(table: string): Source {
  const shortDomain = "splitByChar('.', toString(AccountDomain))[1]";
  return {
    table,
    where: "AccountName != ''",
    key: `lowerUTF8(if(AccountDomain = '', AccountName, concat(${shortDomain}, '\\\\', AccountName)))`,
    name: "if(AccountDomain = '', AccountName, concat(toString(AccountDomain), '\\\\', AccountName))",
    domain: 'AccountDomain',
    ids: ['AccountSid'],
  };
}

const fileSource = (table: string): Source => ({
  table,
  where: "(FileName != '' OR SHA256 != '' OR SHA1 != '' OR MD5 != '')",
  key: "lowerUTF8(multiIf(SHA256 != '', SHA256, SHA1 != '', SHA1, MD5 != '', MD5, toString(FileName)))",
  name: 'FileName',
  ids: ['SHA256', 'SHA1', 'MD5'],
});

const columnSource = (table: string, column: string, time = 'Timestamp'): Source => ({
  table,
  where: `${column} != ''`,
  key: `lowerUTF8(${column})`,
  name: column,
  time,
});

const SOURCES: Readonly<Record<TelemetryType, readonly Source[]>> = {
  device: DEVICE_TABLES.map(deviceSource),
  user: ['DeviceLogonEvents', 'DeviceProcessEvents', 'IdentityLogonEvents'].map(userSource),
  file: ['DeviceProcessEvents', 'DeviceFileEvents', 'DeviceImageLoadEvents'].map(fileSource),
  ip: [
    columnSource('DeviceNetworkEvents', 'RemoteIP'),
    columnSource('DeviceNetworkEvents', 'LocalIP'),
    columnSource('DeviceLogonEvents', 'RemoteIP'),
    columnSource('AWSCloudTrail', 'SourceIpAddress', 'TimeGenerated'),
    columnSource('IdentityLogonEvents', 'IPAddress'),
  ],
  url: [
    columnSource('DeviceNetworkEvents', 'RemoteUrl'),
    columnSource('EmailUrlInfo', 'Url'),
    columnSource('UrlClickEvents', 'Url'),
  ],
  mailbox: [columnSource('EmailEvents', 'RecipientEmailAddress')],
};

const HASH = /^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$/i;

/** What the rows of one table must say for one term; undefined when the term is about all rows of the thing. */
function rowCondition(type: TelemetryType, source: Source, term: SearchTerm, params: Params): string | undefined {
  switch (term.field) {
    case 'seen':
    case 'os':
    case 'risk':
      return undefined;
    case 'domain':
      if (source.domain) return params.text(source.domain, term);
      return type === 'url'
        ? params.text(`domain(${source.name})`, term)
        : params.text(
            source.name,
            term.wildcard ? term : { value: `*${type === 'device' ? '.' : '@'}${term.value}`, wildcard: true },
          );
    case 'ip':
      return type === 'ip'
        ? params.address(source.name, term)
        : `${source.key} IN (SELECT DISTINCT ${DEVICE_KEY_SQL} FROM hunting.DeviceNetworkEvents WHERE ${params.address('LocalIP', term)})`;
    default: {
      if (type === 'ip') return looksLikeAddress(term.value) ? params.address(source.name, term) : 'false';
      if (type === 'file' && HASH.test(term.value)) {
        const column = { 32: 'MD5', 40: 'SHA1', 64: 'SHA256' }[term.value.length as 32 | 40 | 64];
        return `${column} = ${params.bind('String', term.value.toLowerCase())}`;
      }
      const text = params.text(source.name, term);
      const ids = term.field || term.wildcard || type === 'file' ? [] : (source.ids ?? []);
      if (ids.length === 0) return text;
      const value = params.bind('String', term.value.toLowerCase());
      return `(${[text, ...ids.map((id) => `lowerUTF8(toString(${id})) = ${value}`)].join(' OR ')})`;
    }
  }
}

/** What all rows of a thing together must say. */
function wholeCondition(term: SearchTerm, params: Params, risks: ReadonlyMap<string, DeviceRisk>): string | undefined {
  switch (term.field) {
    case 'seen': {
      const seen = seenDays(term.value);
      if (!seen) return undefined;
      return `max(last) ${seen.within ? '>=' : '<'} now64(7, 'UTC') - toIntervalMinute(${Math.round(seen.days * 1440)})`;
    }
    case 'os':
      return `(${params.text('max(os)', term)})`;
    case 'risk': {
      const none = term.value === 'none';
      const keys = [...risks.values()].filter((each) => none || each.riskLevel === term.value).map(({ key }) => key);
      return `${none ? 'NOT ' : ''}has(${params.bind('Array(String)', keys)}, key)`;
    }
    default:
      return undefined;
  }
}

const negated = (term: SearchTerm, condition: string): string => (term.negate ? `NOT ${condition}` : condition);

/**
 * Things of one kind that telemetry names and the search asks for, best matches first, with `total` before the limit.
 * Columns: `key`, `label`, `detail`, `total`.
 * @param alternatives of `alternativesFor`, at least one
 */
export function telemetryQuery(
  type: TelemetryType,
  alternatives: readonly (readonly SearchTerm[])[],
  limit: number,
  risks: ReadonlyMap<string, DeviceRisk>,
): { readonly sql: string; readonly params: Params['values'] } {
  const params = new Params();
  const ofOs = alternatives.some((terms) => terms.some(({ field }) => field === 'os'));
  const from = SOURCES[type].map((source) => {
    const conditions = alternatives.map((terms) =>
      terms
        .flatMap((term) => {
          const condition = rowCondition(type, source, term, params);
          return condition === undefined ? [] : [negated(term, condition)];
        })
        .join(' AND '),
    );
    const flags = conditions.map((each, index) => `max(${each || 'true'}) AS a${index}`).join(', ');
    const any = conditions.some((each) => each === '')
      ? ''
      : ` AND (${conditions.map((each) => `(${each})`).join(' OR ')})`;
    // Inner names differ from outer ones: the engine would take an alias for the column of the same name.
    return `SELECT ${source.key} AS sourceKey, argMax(toString(${source.name}), ${source.time ?? 'Timestamp'}) AS sourceName, count() AS sourceRows,
        max(${source.time ?? 'Timestamp'}) AS sourceLast, ${ofOs ? (source.os ?? "''") : "''"} AS sourceOs, ${flags}
      FROM hunting.${source.table} WHERE ${source.where}${any} GROUP BY sourceKey`;
  });
  const having = alternatives.map((terms, index) =>
    [
      `max(a${index})`,
      ...terms.flatMap((term) => {
        const condition = wholeCondition(term, params, risks);
        return condition === undefined ? [] : [negated(term, condition)];
      }),
    ].join(' AND '),
  );
  const first = alternatives.flat().find((term) => !term.negate && (!term.field || term.field === 'name'));
  const best = first
    ? `startsWith(lowerUTF8(label), lowerUTF8(${params.bind('String', first.value.replace(/[*?].*$/, ''))})) DESC, `
    : '';
  const hash =
    type === 'file' ? ", if(match(key, '^[0-9a-f]{32,64}$'), concat(', ', substring(key, 1, 12), '…'), '')" : '';
  return {
    sql: `SELECT key, label, detail, count() OVER () AS total FROM (
        SELECT key, argMax(name, last) AS label, sum(n) AS seenRows,
          concat('${words[type]}, ', toString(seenRows), if(seenRows = 1, ' row', ' rows')${hash}) AS detail
        FROM (SELECT sourceKey AS key, sourceName AS name, sourceRows AS n, sourceLast AS last, sourceOs AS os${alternatives
          .map((_, index) => `, a${index}`)
          .join('')} FROM (${from.join(' UNION ALL ')}))
        GROUP BY key HAVING ${having.map((each) => `(${each})`).join(' OR ')})
      ORDER BY ${best}seenRows DESC, key LIMIT ${limit}`,
    params: params.values,
  };
}
