import { createHash } from 'node:crypto';
import type { AlertDraft, DraftEvent } from '@parapet/detection';
import {
  type EntityFields,
  type Evidence,
  type EvidenceRole,
  LINK_MAX_ALERTS,
  type LinkEntity,
  type LinkRowsRequest,
  type LinkRowsResult,
  loadHuntingSchema,
  makeEntity,
  ParapetError,
} from '@parapet/schema';
import { alertId } from '../sink/identity.ts';
import type { Sink } from '../sink/sink.ts';
import { rowQuery } from '../telemetry/kql.ts';
import type { Actor, Context } from '../types.ts';

type Row = Readonly<Record<string, unknown>>;

/** Rows kept with one alert. */
const MOST_EVENTS = 100;
const MOST_EVIDENCE = 200;
/** Where rows say when they happened, in this order. */
const TIME_COLUMNS = ['Timestamp', 'TimeGenerated', 'FirstActivity', 'StartTime'];
const ROLES: Readonly<Record<LinkEntity['part'], readonly EvidenceRole[]>> = {
  impacted: ['attacked'],
  related: ['unknown'],
};

const textOf = (value: unknown): string =>
  value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);

/** Rows of a hunt as alerts that a person raises (spec B 2.7): one for each different combination of impacted entities. */
export class RowLinker {
  readonly #context: Context;
  readonly #sink: Sink;

  constructor(context: Context, sink: Sink) {
    this.#context = context;
    this.#sink = sink;
  }

  /**
   * Rows that were linked before by the same request are not linked twice.
   * @throws ParapetError `no_impacted_entity` or `too_many_alerts` 400, 404 `not_found`, 409 `incident_redirected`
   */
  async link(request: LinkRowsRequest, actor: Actor): Promise<LinkRowsResult> {
    const { incidentId } = request;
    if (incidentId) await this.#context.mayChange?.('incident', incidentId, false);
    const drafts = draftsOf(request, this.#context.now());
    const placed = await this.#sink.place(drafts, { incidentId, by: actor.username });
    await this.#context.audit({
      actor: actor.username,
      action: 'hunting.link',
      target: `incident/${placed}`,
      before: null,
      after: { alertIds: drafts.map(alertId), rows: request.rows.length, newIncident: !incidentId },
      remoteAddress: actor.remoteAddress,
    });
    return { incidentId: placed, alertIds: drafts.map(alertId) };
  }
}

function draftsOf(request: LinkRowsRequest, now: Date): AlertDraft[] {
  const impacted = request.entities.filter(({ part }) => part === 'impacted');
  const groups = new Map<string, { rows: Row[]; evidence: Map<string, Evidence> }>();
  let without = 0;
  for (const row of request.rows) {
    const hit = impacted.flatMap((each) => entityOf(each, row) ?? []);
    if (hit.length === 0) {
      without += 1;
      continue;
    }
    const key = hit
      .map((each) => `${each.type}|${each.key}`)
      .sort()
      .join('\n');
    const group = groups.get(key) ?? { rows: [], evidence: new Map<string, Evidence>() };
    groups.set(key, group);
    group.rows.push(row);
    for (const each of request.entities) {
      const entity = entityOf(each, row);
      const id = entity && `${entity.type}|${entity.key}`;
      if (entity && id && !group.evidence.has(id) && group.evidence.size < MOST_EVIDENCE)
        group.evidence.set(id, entity);
    }
  }
  if (groups.size === 0 || without > 0)
    throw new ParapetError(
      'no_impacted_entity',
      400,
      without === request.rows.length
        ? 'No chosen row names an impacted entity in the columns given.'
        : `${without} of ${request.rows.length} chosen rows name no impacted entity in the columns given.`,
      'Map a column that is filled in every row, such as DeviceId or AccountName, or choose other rows.',
      { rows: without },
    );
  if (groups.size > LINK_MAX_ALERTS)
    throw new ParapetError(
      'too_many_alerts',
      400,
      `The rows name ${groups.size} different combinations of impacted entities; at most ${LINK_MAX_ALERTS} alerts are made at once.`,
      'Choose fewer rows, or map fewer impacted entities.',
      { alerts: groups.size },
    );
  return [...groups].map(([key, { rows, evidence }]) => draft(request, key, rows, [...evidence.values()], now));
}

function draft(
  request: LinkRowsRequest,
  key: string,
  rows: readonly Row[],
  evidence: readonly Evidence[],
  now: Date,
): AlertDraft {
  const times = rows.flatMap((row) => timeOf(row) ?? []).sort();
  const hash = createHash('sha256');
  for (const part of ['by hand', request.incidentId ?? '', request.title, request.query, key, JSON.stringify(rows)])
    hash.update(part).update('\u0000');
  return {
    dedupeKey: hash.digest('hex'),
    ruleId: 'manual',
    title: request.title,
    description: request.description ?? '',
    severity: request.severity,
    category: request.category,
    techniques: [],
    recommendedActions: request.recommendedActions ?? '',
    serviceSource: 'microsoft365Defender',
    detectionSource: 'manual',
    productName: 'Parapet',
    evidence,
    processAncestors: [],
    events: rows.slice(0, MOST_EVENTS).map((row) => eventOf(request, row, now)),
    eventCount: rows.length,
    firstActivity: times[0] ?? now.toISOString(),
    lastActivity: times.at(-1) ?? now.toISOString(),
    ruleQuery: request.query,
  };
}

function timeOf(row: Row): string | undefined {
  for (const column of TIME_COLUMNS) {
    const time = new Date(textOf(row[column]));
    if (textOf(row[column]) && !Number.isNaN(time.getTime())) return time.toISOString();
  }
  return undefined;
}

/** A row with what finds it again, where it is a row of a table rather than something counted. */
function eventOf({ table, query }: LinkRowsRequest, row: Row, now: Date): DraftEvent {
  const known = loadHuntingSchema().byName.get(table);
  const time = timeOf(row) ?? now.toISOString();
  const has = (column: string): boolean => known?.columns.some(({ name }) => name === column) ?? false;
  const whole = known?.timeColumn && textOf(row[known.timeColumn]);
  return {
    table,
    time,
    reportId: textOf(row.ReportId),
    deviceId: textOf(row.DeviceId),
    row: Object.fromEntries(
      Object.entries(row).filter(([, value]) => value !== null && value !== '' && value !== undefined),
    ),
    huntingQuery:
      known?.timeColumn && whole && !Number.isNaN(Date.parse(whole))
        ? rowQuery(table, {
            time: whole,
            timeColumn: known.timeColumn,
            ...(has('DeviceId') && textOf(row.DeviceId) ? { deviceId: textOf(row.DeviceId) } : {}),
            ...(has('ReportId') ? { reportId: textOf(row.ReportId) } : {}),
          })
        : query,
  };
}

function entityOf({ type, part, fields }: LinkEntity, row: Row): Evidence | undefined {
  const found: Record<string, string | number> = {};
  for (const [field, column] of Object.entries(fields)) {
    const text = textOf(row[column]).trim().slice(0, 4_000);
    if (text === '' || text === '-') continue;
    if (field !== 'processId') found[field] = text;
    else if (Number.isSafeInteger(Number(text))) found[field] = Number(text);
  }
  const entity = makeEntity(type, found as EntityFields);
  return entity && { ...entity, roles: ROLES[part] };
}
