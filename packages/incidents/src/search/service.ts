import {
  type ParsedSearch,
  parseSearch,
  SEARCH_TYPES,
  SEVERITIES,
  type SearchHit,
  type SearchResult,
  type SearchTerm,
  type SearchType,
  seenDays,
} from '@parapet/schema';
import { severityRank } from '../rows.ts';
import { decimalId, Where } from '../sql.ts';
import { huntHref } from '../telemetry/kql.ts';
import { type DeviceRisk, deviceRisks } from '../telemetry/risk.ts';
import { num, type Row, select, str } from '../telemetry/rows.ts';
import type { Context } from '../types.ts';
import { TELEMETRY, type TelemetryType, telemetryQuery } from './telemetry.ts';
import { type Askable, alternativesFor, likePattern } from './words.ts';

/** Suggestions of one kind while somebody types. */
const PER_GROUP = 6;
/** Someone is typing: a slow part is left out rather than waited for. The page of results waits longer. */
const TYPING = { timeoutMs: 1_500, maxMemoryBytes: 512 * 2 ** 20, maxResultBytes: 2 ** 20 };
const PAGE = { timeoutMs: 15_000, maxMemoryBytes: 2 ** 30, maxResultBytes: 8 * 2 ** 20 };

type Group = SearchResult['groups'][number]['group'];

interface Found {
  readonly total: number;
  readonly items: readonly SearchHit[];
  /** It took too long, or the engine refused. */
  readonly failed?: boolean;
}

const GROUP_OF: Readonly<Record<SearchType, Group>> = {
  incident: 'incidents',
  alert: 'alerts',
  device: 'devices',
  user: 'users',
  file: 'files',
  ip: 'ips',
  url: 'urls',
  mailbox: 'mailboxes',
  table: 'tables',
};

const INCIDENT: Askable = { type: 'incident', fields: ['name', 'severity', 'status', 'tag', 'seen'] };
const ALERT: Askable = { type: 'alert', fields: ['name', 'severity', 'status', 'seen'] };
const TABLE: Askable = { type: 'table', fields: ['name'] };
const NOTHING: Found = { total: 0, items: [] };

/** Search of the top bar and its page of results. Everything in it is limited to what the caller sees. */
export class SearchService {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  /**
   * Things the text asks for, in groups with their totals; empty groups are left out.
   * @param query in the language of `parseSearch`, at least two characters
   * @param limit hits of a group; with more than the few suggestions slow parts get more time
   */
  async search(query: string, limit = PER_GROUP): Promise<SearchResult> {
    const parsed = parseSearch(query);
    if (parsed.alternatives.length === 0 || parsed.problems.some(({ fatal }) => fatal)) return { groups: [] };
    const typed = limit <= PER_GROUP;
    const risks = parsed.alternatives.flat().some(({ field }) => field === 'risk')
      ? await deviceRisks(this.#context.db, this.#context.now())
      : new Map<string, DeviceRisk>();
    const find = (type: SearchType): Promise<Found> => {
      if (type === 'incident') return this.#incidents(parsed, limit);
      if (type === 'alert') return this.#alerts(parsed, limit);
      if (type === 'table') return Promise.resolve(this.#tables(parsed, limit));
      return this.#telemetry(type, parsed, limit, typed, risks);
    };
    const found = await Promise.all(
      SEARCH_TYPES.map(async (type) => ({ group: GROUP_OF[type], ...(await find(type)) })),
    );
    const late = found.filter(({ failed }) => failed).map(({ group }) => group);
    return {
      groups: found.filter(({ items }) => items.length > 0).map(({ group, total, items }) => ({ group, total, items })),
      ...(late.length > 0 ? { incomplete: late } : {}),
    };
  }

  async #incidents(parsed: ParsedSearch, limit: number): Promise<Found> {
    const alternatives = alternativesFor(parsed, INCIDENT);
    if (alternatives.length === 0) return NOTHING;
    const where = new Where();
    where.raw("i.status <> 'redirected'");
    where.raw(
      either(alternatives, (term) => {
        const value = (text: unknown): string => where.place(text);
        switch (term.field) {
          case 'severity':
            return `i.severity = ${value(severityRank(term.value as 'high'))}`;
          case 'status':
            return `lower(i.status) = ${value(term.value === 'new' ? 'active' : term.value)}`;
          case 'tag':
            return `exists (select 1 from unnest(i.tags) tag where lower(tag) like ${value(likePattern(term))})`;
          case 'seen':
            return seenSql('i.last_activity', term, value, this.#context.now());
          default: {
            const id = decimalId(term.value.replace(/^#/, ''));
            const name = `lower(i.name) like ${value(likePattern(term))}`;
            return id ? `(${name} or i.id = ${value(id)}::bigint)` : name;
          }
        }
      }),
    );
    const exact = where.place(exactId(parsed));
    const rows = await this.#context.db.query<{
      id: string;
      name: string;
      severity: number;
      status: string;
      total: number;
    }>(
      `select i.id::text as id, i.name, i.severity, i.status, count(*) over ()::int as total from incident i ${where}
       order by (i.id::text = ${exact}) desc, i.status = 'resolved', i.last_update desc limit ${limit}`,
      where.params,
    );
    return {
      total: rows[0]?.total ?? 0,
      items: rows.map((row) => ({
        label: row.name,
        detail: `Incident ${row.id}, ${SEVERITIES[row.severity]}, ${row.status}`,
        href: `/incidents/${row.id}`,
      })),
    };
  }

  async #alerts(parsed: ParsedSearch, limit: number): Promise<Found> {
    const alternatives = alternativesFor(parsed, ALERT);
    if (alternatives.length === 0) return NOTHING;
    const where = new Where();
    where.raw(
      either(alternatives, (term) => {
        const value = (text: unknown): string => where.place(text);
        switch (term.field) {
          case 'severity':
            return `a.severity = ${value(severityRank(term.value as 'high'))}`;
          case 'status':
            return `lower(a.status) = ${value(term.value === 'active' ? 'new' : term.value)}`;
          case 'seen':
            return seenSql('a.last_activity', term, value, this.#context.now());
          default:
            return `(lower(a.title) like ${value(likePattern(term))} or a.id = ${value(term.value.toLowerCase())})`;
        }
      }),
    );
    const exact = where.place(exactId(parsed));
    const rows = await this.#context.db.query<{
      id: string;
      title: string;
      severity: number;
      status: string;
      total: number;
    }>(
      `select a.id, a.title, a.severity, a.status, count(*) over ()::int as total from alert a ${where}
       order by (a.id = ${exact}) desc, a.status = 'resolved', a.last_activity desc, a.id limit ${limit}`,
      where.params,
    );
    return {
      total: rows[0]?.total ?? 0,
      items: rows.map((row) => ({
        label: row.title,
        detail: `Alert, ${SEVERITIES[row.severity]}, ${row.status}`,
        href: `/alerts/${encodeURIComponent(row.id)}`,
      })),
    };
  }

  async #telemetry(
    type: TelemetryType,
    parsed: ParsedSearch,
    limit: number,
    typed: boolean,
    risks: ReadonlyMap<string, DeviceRisk>,
  ): Promise<Found> {
    const alternatives = alternativesFor(parsed, TELEMETRY[type]);
    if (alternatives.length === 0) return NOTHING;
    const { sql, params } = telemetryQuery(type, alternatives, limit, risks);
    let rows: Row[];
    try {
      rows = await select(this.#context.store, sql, { params, limits: typed ? TYPING : PAGE });
    } catch (error) {
      this.#context.log.warn({ err: error, type }, 'a part of a search was left out');
      return { ...NOTHING, failed: true };
    }
    const { entity } = TELEMETRY[type];
    return {
      total: num(rows[0] ?? {}, 'total') ?? 0,
      items: rows.map((row) => {
        const key = str(row, 'key');
        return {
          label: str(row, 'label') || key,
          detail: str(row, 'detail'),
          href:
            entity === 'device'
              ? `/devices/${encodeURIComponent(key)}`
              : `/entities/${entity}/${encodeURIComponent(key)}`,
          type: entity,
        };
      }),
    };
  }

  #tables(parsed: ParsedSearch, limit: number): Found {
    const alternatives = alternativesFor(parsed, TABLE);
    const patterns = alternatives.map((terms) =>
      terms.map((term) => ({
        negate: term.negate,
        test: term.wildcard
          ? wildcard(term.value)
          : { test: (name: string) => name.includes(term.value.toLowerCase()) },
      })),
    );
    const first =
      alternatives
        .flat()
        .find(({ negate }) => !negate)
        ?.value.toLowerCase() ?? '';
    const found = this.#context.store.schema.tables
      .filter(({ name }) =>
        patterns.some((terms) => terms.every(({ negate, test }) => test.test(name.toLowerCase()) !== negate)),
      )
      .sort(
        (a, b) =>
          Number(b.name.toLowerCase().startsWith(first)) - Number(a.name.toLowerCase().startsWith(first)) ||
          a.name.localeCompare(b.name),
      );
    return {
      total: found.length,
      items: found.slice(0, limit).map(({ name, description }) => ({
        label: name,
        detail: description ?? 'Hunting table',
        href: huntHref(`${name}\n| take 100`),
      })),
    };
  }
}

/** Alternatives as one condition in brackets. */
function either(alternatives: readonly (readonly SearchTerm[])[], condition: (term: SearchTerm) => string): string {
  const parts = alternatives.map(
    (terms) => terms.map((term) => `${term.negate ? 'not ' : ''}(${condition(term)})`).join(' and ') || 'true',
  );
  return `(${parts.map((part) => `(${part})`).join(' or ')})`;
}

function seenSql(column: string, term: SearchTerm, place: (value: unknown) => string, now: Date): string {
  const seen = seenDays(term.value);
  if (!seen) return 'true';
  const edge = place(new Date(now.getTime() - seen.days * 86_400_000).toISOString());
  return `${column} ${seen.within ? '>=' : '<'} ${edge}::timestamptz`;
}

/** The one word of a search that is nothing else, for ids. */
function exactId({ alternatives }: ParsedSearch): string {
  const [only, ...others] = alternatives.flat();
  return only && others.length === 0 && !only.negate ? only.value.replace(/^#/, '').toLowerCase() : '';
}

function wildcard(pattern: string): RegExp {
  const text = pattern.toLowerCase().replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${text.replaceAll('*', '.*').replaceAll('?', '.')}$`);
}
