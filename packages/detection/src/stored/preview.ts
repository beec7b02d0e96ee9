import { type HuntingSchema, loadHuntingSchema, ParapetError } from '@parapet/schema';
import type { Hunting, HuntOptions, TelemetryStore } from '@parapet/store';
import { activeExclusions, effectiveQuery } from '../rules/conditions.ts';
import type { CheckedRule } from '../rules/load.ts';
import { completeRow } from '../rules/test-rule.ts';
import type { Exclusion } from '../rules/types.ts';
import { meetsThreshold } from '../runtime/clock.ts';
import { buildDrafts } from '../runtime/drafts.ts';
import { kqlDatetime, kqlString } from '../runtime/kql-text.ts';
import type { Row } from '../runtime/rule-query.ts';
import type { AlertDraft } from '../types.ts';

const MAX_EVENTS = 1_000;
const MAX_ROWS = 10_000;
const SHOWN_ALERTS = 50;
const SHOWN_ROWS = 50;
const DAY = 86_400_000;
const SIMULATED_RUNS = 50;
const LIMITS = { timeoutMs: 60_000 };

/** What who asks for a preview may see: a rule is tried on their rows alone. */
export type CallersSight = Pick<HuntOptions, 'scope' | 'restrictions' | 'late'>;

/** One alert that would be raised. */
export interface PreviewAlert {
  readonly title: string;
  readonly severity: string;
  readonly firstActivity: string;
  readonly lastActivity: string;
  readonly events: number;
  readonly entities: readonly { readonly type: string; readonly label: string; readonly roles: readonly string[] }[];
  readonly details: Readonly<Record<string, readonly string[]>>;
}

export interface Preview {
  readonly rows: number;
  readonly truncated: boolean;
  readonly alertCount: number;
  readonly alerts: readonly PreviewAlert[];
  readonly columns: readonly string[];
  readonly sample: readonly Row[];
  /** What the query took. */
  readonly cost: { readonly rowsRead: number; readonly bytesRead: number; readonly engineMs: number };
}

export interface HistoryPreview extends Preview {
  readonly from: string;
  readonly to: string;
  /** Rows of each day, oldest first. */
  readonly byDay: readonly { readonly day: string; readonly rows: number; readonly alerts: number }[];
  /** What the rule would take in a day, from what this took. */
  readonly perDay: {
    readonly runs: number | null;
    readonly rowsRead: number;
    readonly engineMs: number;
    readonly alerts: number;
  };
  /** The last runs that would have been, for a rule on the clock. */
  readonly simulation: readonly { readonly at: string; readonly rows: number; readonly alerts: boolean }[];
  readonly threshold: number | null;
}

const sizeOf = (rule: CheckedRule): number | undefined => (rule.rowWise ? undefined : rule.lookbackMs || undefined);

const alertOf = (draft: AlertDraft): PreviewAlert => ({
  title: draft.title,
  severity: draft.severity,
  firstActivity: draft.firstActivity,
  lastActivity: draft.lastActivity,
  events: draft.eventCount,
  entities: draft.evidence.slice(0, 20).map(({ type, label, roles }) => ({ type, label, roles })),
  details: draft.customDetails ?? {},
});

interface Ran {
  readonly columns: readonly { readonly name: string }[];
  readonly rows: readonly (readonly unknown[])[];
  readonly truncated: boolean;
  readonly stats: { readonly elapsedMs: number; readonly rowsRead: number; readonly bytesRead: number };
}

function rowsOf(ran: Ran): Row[] {
  const names = ran.columns.map(({ name }) => name);
  return ran.rows.map((cells) => Object.fromEntries(names.map((name, index) => [name, cells[index]])));
}

function previewOf(rule: CheckedRule, ran: Ran): { readonly preview: Preview; readonly drafts: AlertDraft[] } {
  const rows = rowsOf(ran);
  const drafts = meetsThreshold(rule.threshold, rows.length)
    ? buildDrafts(rule, rows, sizeOf(rule)).map(({ draft }) => draft)
    : [];
  return {
    drafts,
    preview: {
      rows: rows.length,
      truncated: ran.truncated,
      alertCount: drafts.length,
      alerts: drafts.slice(0, SHOWN_ALERTS).map(alertOf),
      columns: ran.columns.map(({ name }) => name),
      sample: rows.slice(0, SHOWN_ROWS),
      cost: {
        rowsRead: ran.stats.rowsRead,
        bytesRead: ran.stats.bytesRead,
        engineMs: Math.round(ran.stats.elapsedMs * 10) / 10,
      },
    },
  };
}

/** A value as a literal of a `datatable`. */
function literal(value: unknown, type: string): string {
  if (value === null || value === undefined)
    return type === 'string' ? '""' : type === 'dynamic' ? 'dynamic(null)' : `${type}(null)`;
  switch (type) {
    case 'datetime': {
      const time = new Date(String(value));
      return Number.isNaN(time.getTime()) ? 'datetime(null)' : kqlDatetime(time.toISOString());
    }
    case 'int':
    case 'long':
      return /^-?\d{1,19}$/.test(String(value)) ? `${type}(${value})` : `${type}(null)`;
    case 'real':
    case 'decimal':
      return Number.isFinite(Number(value)) ? `${type}(${Number(value)})` : `${type}(null)`;
    case 'bool':
      return value === true || value === 'true' || value === 1 ? 'true' : 'false';
    case 'timespan':
      return `totimespan(${kqlString(String(value))})`;
    case 'dynamic':
      return `parse_json(${kqlString(typeof value === 'string' ? value : JSON.stringify(value))})`;
    default:
      return kqlString(typeof value === 'string' ? value : JSON.stringify(value));
  }
}

/** Tables written out in the text of a query, in place of those of the same name. */
function written(tables: Readonly<Record<string, readonly Row[]>>, schema: HuntingSchema): string {
  const parts: string[] = [];
  for (const [name, given] of Object.entries(tables)) {
    // A table that the rule reads and nobody gave events for is empty.
    const rows = given.length > 0 ? given : [completeRow(name, {}, 0, 0)];
    const table = schema.byName.get(name);
    if (!table) throw new ParapetError('invalid_request', 400, `There is no table ${name}.`);
    const columns = table.columns;
    const known = new Set(columns.map((column) => column.name));
    for (const row of rows)
      for (const column of Object.keys(row))
        if (!known.has(column)) throw new ParapetError('invalid_request', 400, `${name} has no column ${column}.`);
    const used = columns.filter((column) => rows.some((row) => column.name in row));
    const declared = used.map(({ name: column, type }) => `['${column}']:${type === 'dynamic' ? 'string' : type}`);
    const cells = rows.map((row) =>
      used.map(({ name: column, type }) =>
        type === 'dynamic'
          ? kqlString(
              row[column] === undefined
                ? ''
                : typeof row[column] === 'string'
                  ? String(row[column])
                  : JSON.stringify(row[column]),
            )
          : type === 'string' || type === 'guid'
            ? kqlString(row[column] === undefined || row[column] === null ? '' : String(row[column]))
            : literal(row[column], type),
      ),
    );
    const dynamics = used.filter(({ type }) => type === 'dynamic');
    const missing = columns.filter((column) => !used.includes(column));
    const extend = [
      ...dynamics.map(({ name: column }) => `['${column}'] = todynamic(['${column}'])`),
      ...missing.map(({ name: column, type }) => `['${column}'] = ${empty(type)}`),
    ];
    parts.push(
      `let ${name} = datatable(${declared.join(', ')})[${cells.map((row) => row.join(', ')).join(',\n')}]${extend.length > 0 ? ` | extend ${extend.join(', ')}` : ''}${given.length > 0 ? '' : ' | where 1 == 2'};`,
    );
  }
  return parts.join('\n');
}

const empty = (type: string): string =>
  type === 'string' || type === 'guid' ? '""' : type === 'dynamic' ? 'dynamic(null)' : `${type}(null)`;

/**
 * Run a rule over events that are written down, stored nowhere.
 * @throws ParapetError `invalid_request`, or as the query does
 */
export async function previewEvents(
  rule: CheckedRule,
  exclusions: readonly Exclusion[],
  tables: Readonly<Record<string, readonly Row[]>>,
  hunting: Hunting,
  now: Date,
): Promise<Preview> {
  const count = Object.values(tables).reduce((sum, rows) => sum + rows.length, 0);
  if (count === 0 || count > MAX_EVENTS)
    throw new ParapetError('invalid_request', 400, `Between 1 and ${MAX_EVENTS} events can be tried at once.`);
  const from = now.getTime() - 60_000;
  const complete: Record<string, readonly Row[]> = {};
  for (const name of new Set([...rule.tables, ...Object.keys(tables)]))
    complete[name] = (tables[name] ?? []).map((row, index) => completeRow(name, row, from, index));
  const text = effectiveQuery(rule, activeExclusions([...rule.exclusions, ...exclusions], now));
  const ran = await hunting.run(`${written(complete, loadHuntingSchema())}\n${text}`, {
    now,
    maxRows: MAX_ROWS,
    limits: LIMITS,
  });
  return previewOf(rule, ran).preview;
}

/**
 * Run a rule over stored rows of the last days without raising anything.
 * @throws ParapetError as the query does
 */
export async function previewHistory(
  rule: CheckedRule,
  exclusions: readonly Exclusion[],
  days: number,
  parts: {
    readonly hunting: Hunting;
    readonly store: TelemetryStore;
    readonly now: Date;
    readonly signal?: AbortSignal;
  } & CallersSight,
): Promise<HistoryPreview> {
  const { hunting, now } = parts;
  const to = now.getTime();
  const from = to - days * DAY;
  const text = effectiveQuery(rule, activeExclusions([...rule.exclusions, ...exclusions], now));
  const options = {
    now,
    maxRows: MAX_ROWS,
    limits: LIMITS,
    lane: 'background' as const,
    ...(parts.scope ? { scope: parts.scope } : {}),
    ...(parts.restrictions ? { restrictions: parts.restrictions } : {}),
    ...(parts.late ? { late: parts.late } : {}),
    ...(parts.signal ? { signal: parts.signal } : {}),
  };
  const ran = await hunting.run(text, { ...options, timeRange: { from: new Date(from), to: now } });
  const { preview, drafts } = previewOf(rule, ran);
  const byDay = new Map<string, { rows: number; alerts: number }>();
  for (let at = from; at <= to; at += DAY) byDay.set(new Date(at).toISOString().slice(0, 10), { rows: 0, alerts: 0 });
  const bump = (time: unknown, part: 'rows' | 'alerts') => {
    const day = byDay.get(String(time).slice(0, 10));
    if (day) day[part] += 1;
  };
  for (const row of rowsOf(ran)) bump(row[rule.timeColumn], 'rows');
  for (const draft of drafts) bump(draft.firstActivity, 'alerts');

  const simulation: { at: string; rows: number; alerts: boolean }[] = [];
  if (rule.trigger === 'clock') {
    // Row-wise results can be counted into windows; an aggregate must be asked for each of them.
    const runs = Math.min(SIMULATED_RUNS, Math.max(1, Math.floor((days * DAY) / rule.frequencyMs)));
    const counts = rule.rowWise ? await countedBy(rule, text, ran, options, from, to, hunting) : undefined;
    for (let index = runs - 1; index >= 0; index--) {
      const end = to - index * rule.frequencyMs;
      const start = end - rule.lookbackMs;
      const rows = counts
        ? counts.reduce((sum, [time, count]) => (time > start && time <= end ? sum + count : sum), 0)
        : (
            await hunting.run(text, {
              ...options,
              now: new Date(end),
              timeRange: { from: new Date(start), to: new Date(end) },
            })
          ).rows.length;
      simulation.push({ at: new Date(end).toISOString(), rows, alerts: meetsThreshold(rule.threshold, rows) });
    }
  }
  const runsPerDay = rule.frequencyMs > 0 ? DAY / rule.frequencyMs : null;
  // Each row is read once by a rule on arriving rows, and once for every window that it falls into otherwise.
  const factor = rule.trigger === 'clock' ? Math.max(1, rule.lookbackMs / rule.frequencyMs) : 1;
  return {
    ...preview,
    from: new Date(from).toISOString(),
    to: now.toISOString(),
    byDay: [...byDay].map(([day, counts]) => ({ day, ...counts })),
    perDay: {
      runs: runsPerDay === null ? null : Math.round(runsPerDay * 10) / 10,
      rowsRead: Math.round((preview.cost.rowsRead / days) * factor),
      engineMs: Math.round((preview.cost.engineMs / days) * factor * 10) / 10,
      alerts: Math.round((preview.alertCount / days) * 10) / 10,
    },
    simulation,
    threshold: rule.threshold?.count ?? null,
  };
}

/** Rows of a row-wise rule by time: each of them, or those of a stretch together when there are more than a run reads. */
async function countedBy(
  rule: CheckedRule,
  text: string,
  ran: Ran,
  options: HuntOptions,
  from: number,
  to: number,
  hunting: Hunting,
): Promise<readonly (readonly [time: number, count: number])[]> {
  if (!ran.truncated) return rowsOf(ran).map((row) => [Date.parse(String(row[rule.timeColumn])), 1]);
  const minutes = Math.max(1, Math.round(rule.frequencyMs / 60_000 / 4));
  const counted = await hunting.run(
    `${text}\n| summarize PreviewCount = count() by PreviewTime = bin(${rule.timeColumn}, ${minutes}m)`,
    { ...options, timeRange: { from: new Date(from), to: new Date(to) } },
  );
  return rowsOf(counted).map((row) => [Date.parse(String(row.PreviewTime)), Number(row.PreviewCount)]);
}
