import { createHash } from 'node:crypto';
import { type EntityFields, type Evidence, type EvidenceRole, loadHuntingSchema, makeEntity } from '@parapet/schema';
import type { CheckedRule } from '../rules/load.ts';
import { EMPTY_FACTS, isNamelessAccount, overridden } from '../rules/overrides.ts';
import type { EntityMapping } from '../rules/types.ts';
import type { AlertDraft, DraftEvent } from '../types.ts';
import { eventQuery } from './kql-text.ts';
import type { Row } from './rule-query.ts';

/** A draft with what de-duplication needs to know about it. */
export interface BuiltDraft {
  readonly draft: AlertDraft;
  /** Identity of every row of the draft, hashed. */
  readonly eventHashes: readonly string[];
  /** Hash of the values the rows were grouped by. */
  readonly groupHash: string;
}

const MAX_EVENTS = 100;
const MAX_EVIDENCE = 200;
const MAX_ELEMENTS = 50;
/** Spec B 4.5 and 5.2. */
export const MAX_ALERTS_PER_RUN = 150;
const MAX_NRT_ALERTS = 30;
const MAX_TITLE = 256;
const MAX_DETAIL_VALUES = 50;
const MAX_DETAIL_BYTES = 4_096;
const PRODUCT = 'Parapet';

export const sha256 = (...parts: string[]): string => createHash('sha256').update(parts.join('\u0000')).digest('hex');

const textOf = (value: unknown): string => {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(textOf).filter(Boolean).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};

/** Row time as ISO text; rows without one were refused when the rule was loaded. */
const timeOf = (rule: CheckedRule, row: Row): string => textOf(row[rule.timeColumn]);

/** What makes the event behind a row that event: table, time, device and report id; the whole row when it has no report id. */
export function eventHash(rule: CheckedRule, row: Row): string {
  const report = textOf(row.ReportId);
  const identity = report && report !== '0' ? report : JSON.stringify(row);
  return sha256(rule.eventTable, timeOf(rule, row), textOf(row.DeviceId), identity);
}

/** Replace `{{Column}}` by the row's value, as plain text of bounded length. */
function render(template: string, row: Row): string {
  return template.replace(/\{\{\s*([A-Za-z_]\w*)\s*\}\}/g, (_, column: string) => {
    const value = textOf(row[column]).replace(/\s+/g, ' ').trim();
    return value.length > 120 ? `${value.slice(0, 119)}…` : value || 'unknown';
  });
}

/** Rows that become one alert. */
interface Group {
  readonly hash: string;
  readonly rows: Row[];
}

/**
 * Turn the rows of one run into drafts (spec B 4.5): rows whose grouping columns and rendered title are equal become one alert.
 * The result does not depend on the order of the rows.
 * @param splitGapMs a group is split where nothing happened for longer (scheduled rules: their look-back)
 */
export function buildDrafts(
  rule: CheckedRule,
  rows: readonly Row[],
  splitGapMs = Number.POSITIVE_INFINITY,
): BuiltDraft[] {
  const groups = new Map<string, Group>();
  const details = Object.values(rule.customDetails);
  for (const row of rows) {
    const hash =
      rule.eventGrouping === 'all'
        ? sha256(rule.id, 'all')
        : rule.eventGrouping === 'row'
          ? sha256(rule.id, 'row', eventHash(rule, row))
          : sha256(
              rule.id,
              JSON.stringify([
                // Without columns to group by, the same entities make the same alert (spec B 4.5).
                ...(rule.groupBy.length > 0
                  ? rule.groupBy.map((column) => row[column] ?? null)
                  : evidenceOf(rule.entities, [row]).map(({ type, key }) => `${type}|${key}`)),
                ...details.map((column) => row[column] ?? null),
              ]),
              titleOf(rule, row),
            );
    const group = groups.get(hash);
    if (group) group.rows.push(row);
    else groups.set(hash, { hash, rows: [row] });
  }
  const split: Group[] = [];
  for (const group of groups.values()) split.push(...splitByGap(rule, group, splitGapMs));
  split.sort((a, b) => compare(activity(rule, a.rows).first, activity(rule, b.rows).first) || compare(a.hash, b.hash));
  const most = rule.kind === 'nearRealTime' && rule.eventGrouping === 'row' ? MAX_NRT_ALERTS : MAX_ALERTS_PER_RUN;
  if (split.length <= most) return split.map((group) => build(rule, group));
  // One alert a row: the last one holds all of them (spec B 5.2).
  const rest = rule.eventGrouping === 'row' ? split : split.slice(most - 1);
  return [
    ...split.slice(0, most - 1).map((group) => build(rule, group)),
    overflow(rule, rest, split.length - most + 1, most),
  ];
}

/** The title of the alert a row becomes. */
function titleOf(rule: CheckedRule, row: Row): string {
  const replaced = rule.overrides.title ? textOf(row[rule.overrides.title]).slice(0, MAX_TITLE).trim() : '';
  return replaced || render(rule.title, row);
}

/** Details of an alert: the distinct values of each column, within the limits of spec B 5.3 and 4.4. */
function detailsOf(rule: CheckedRule, rows: readonly Row[]): Readonly<Record<string, readonly string[]>> {
  const found: Record<string, readonly string[]> = {};
  let room = MAX_DETAIL_BYTES;
  for (const [name, column] of Object.entries(rule.customDetails)) {
    const values = new Set<string>();
    for (const row of rows) {
      const raw = row[column];
      for (const value of Array.isArray(raw) ? raw : [raw]) {
        const text = textOf(value).slice(0, 500);
        if (text === '' || values.has(text) || values.size >= MAX_DETAIL_VALUES) continue;
        const size = Buffer.byteLength(text);
        if (size > room) continue;
        room -= size;
        values.add(text);
      }
    }
    if (values.size > 0) found[name] = [...values];
  }
  return found;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function sortRows(rule: CheckedRule, rows: readonly Row[]): Row[] {
  return rows
    .map((row) => ({ row, time: timeOf(rule, row), hash: eventHash(rule, row) }))
    .sort((a, b) => compare(a.time, b.time) || compare(a.hash, b.hash))
    .map(({ row }) => row);
}

/** `FirstActivity` and `LastActivity` of aggregated rows, else the time of the rows. */
function activity(rule: CheckedRule, rows: readonly Row[]): { readonly first: string; readonly last: string } {
  let first = '';
  let last = '';
  for (const row of rows) {
    const time = timeOf(rule, row);
    const from = textOf(row.FirstActivity) || time;
    const to = textOf(row.LastActivity) || time;
    if (!first || from < first) first = from;
    if (!last || to > last) last = to;
  }
  return { first, last };
}

function splitByGap(rule: CheckedRule, group: Group, gapMs: number): Group[] {
  const rows = sortRows(rule, group.rows);
  const parts: Group[] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const row of rows) {
    const { first, last } = activity(rule, [row]);
    const current = parts.at(-1);
    if (current && Date.parse(first) - end <= gapMs) current.rows.push(row);
    else parts.push({ hash: group.hash, rows: [row] });
    end = Math.max(end, Date.parse(last));
  }
  return parts;
}

function build(rule: CheckedRule, { hash, rows }: Group): BuiltDraft {
  const first = rows[0] ?? {};
  const hashes = rows.map((row) => eventHash(rule, row));
  const counted = rows.reduce((sum, row) => sum + (Number(row.EventCount) || 1), 0);
  const span = activity(rule, rows);
  const customDetails = detailsOf(rule, rows);
  const replaced = Object.keys(rule.overrides).length > 0 ? overridden(rule.overrides, first, textOf) : EMPTY_FACTS;
  return {
    groupHash: hash,
    eventHashes: hashes,
    draft: {
      dedupeKey: sha256(rule.id, ...[...new Set(hashes)].sort()),
      ruleId: rule.id,
      title: titleOf(rule, first),
      description: render(rule.description, first),
      severity: rule.severity,
      category: rule.category,
      techniques: rule.techniques,
      recommendedActions: rule.recommendedActions,
      serviceSource: rule.serviceSource,
      detectionSource: rule.detectionSource,
      productName: PRODUCT,
      evidence: evidenceOf(rule.entities, rows),
      processAncestors: [],
      events: rows.slice(0, MAX_EVENTS).map((row) => eventOf(rule, row)),
      eventCount: counted,
      firstActivity: span.first,
      lastActivity: span.last,
      ruleQuery: rule.query,
      ...(rule.opensIncident === 'severity' ? {} : { opensIncident: rule.opensIncident }),
      ...(rule.correlate ? {} : { correlates: false }),
      ...(Object.keys(customDetails).length > 0 ? { customDetails } : {}),
      ...replaced,
    },
  };
}

/** One alert for what is beyond the cap of a run: nothing is dropped silently. */
function overflow(rule: CheckedRule, groups: readonly Group[], further: number, most: number): BuiltDraft {
  const built = build(rule, {
    hash: sha256(rule.id, 'overflow'),
    rows: sortRows(
      rule,
      groups.flatMap((group) => group.rows),
    ),
  });
  const title = rule.title.replace(/\{\{\s*\w+\s*\}\}/g, '…');
  return {
    ...built,
    draft: {
      ...built.draft,
      title: `${title} (${further} further alerts in one)`,
      description: `${built.draft.description} One run found more than ${most} alerts; this one stands for the rest.`,
      overflow: true,
    },
  };
}

function eventOf(rule: CheckedRule, row: Row): DraftEvent {
  const time = timeOf(rule, row);
  const deviceId = textOf(row.DeviceId);
  const reportId = textOf(row.ReportId);
  const columns = loadHuntingSchema().byName.get(rule.eventTable)?.columns ?? [];
  const type = (name: string) => columns.find((column) => column.name === name)?.type;
  return {
    table: rule.eventTable,
    time,
    reportId,
    deviceId,
    row: Object.fromEntries(
      Object.entries(row).filter(([, value]) => value !== null && value !== '' && value !== undefined),
    ),
    huntingQuery: eventQuery(rule.eventTable, rule.timeColumn, {
      time,
      deviceId: type('DeviceId') ? deviceId : '',
      reportId: type('ReportId') ? reportId : '',
      numericReportId: type('ReportId') === 'long',
    }),
  };
}

/** Entities of all rows: equal ones once, with the union of their roles and the first value of each field. */
function evidenceOf(mappings: readonly EntityMapping[], rows: readonly Row[]): Evidence[] {
  const found = new Map<string, Evidence>();
  for (const row of rows)
    for (const mapping of mappings)
      for (const fields of fieldsOf(mapping, row)) {
        const entity = makeEntity(mapping.type, fields);
        if (!entity || isPlaceholder(mapping, fields)) continue;
        const key = `${entity.type}|${entity.key}`;
        const known = found.get(key);
        if (!known && found.size >= MAX_EVIDENCE) continue;
        found.set(key, known ? merge(known, mapping.roles, entity.fields) : { ...entity, roles: mapping.roles });
      }
  return [...found.values()];
}

/** Windows writes a dash where it knows nothing. */
function isPlaceholder(mapping: EntityMapping, fields: EntityFields): boolean {
  if (mapping.type === 'user')
    return (
      fields.accountName === '-' ||
      (!fields.accountName && !fields.accountUpn && !fields.accountSid) ||
      isNamelessAccount(fields)
    );
  return mapping.type === 'ip' && (fields.ip === '-' || fields.ip === '');
}

function merge(known: Evidence, roles: readonly EvidenceRole[], fields: EntityFields): Evidence {
  return { ...known, roles: [...new Set([...known.roles, ...roles])], fields: { ...fields, ...known.fields } };
}

/** Where the security log has an account, this column beside it has the account's logon session. */
const SESSION_OF: Readonly<Record<string, string>> = {
  SubjectUserName: 'SubjectLogonId',
  TargetUserName: 'TargetLogonId',
};

/** Entity fields of a row; a column that holds a list gives one set of fields per element. */
function* fieldsOf(mapping: EntityMapping, row: Row): Generator<EntityFields> {
  const lists = Object.values(mapping.fields).filter((column) => Array.isArray(row[column]));
  const length = lists.length > 0 ? Math.max(...lists.map((column) => (row[column] as unknown[]).length)) : 1;
  for (let index = 0; index < Math.min(length, MAX_ELEMENTS); index++) {
    const fields: Record<string, string | number> = { ...mapping.constants };
    for (const [field, column] of Object.entries(mapping.fields)) {
      const raw = row[column];
      const text = textOf(Array.isArray(raw) ? raw[index] : raw);
      if (text === '') continue;
      if (field === 'processId') {
        if (Number.isSafeInteger(Number(text))) fields[field] = Number(text);
      } else fields[field] = text;
    }
    const session = mapping.type === 'user' && SESSION_OF[mapping.fields.accountName ?? ''];
    if (session && fields.logonId === undefined && textOf(row[session])) fields.logonId = textOf(row[session]);
    yield fields as EntityFields;
  }
}
