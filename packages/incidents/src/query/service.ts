import { type IncidentGrouping, ParapetError } from '@parapet/schema';
import { type ImportedIncident, type ImportResult, importIncident } from '../incidents/import.ts';
import { ManualGrouping, type ManualReason } from '../incidents/manual.ts';
import { groupingOf } from '../incidents/unmerge.ts';
import type { AlertCache } from '../sink/alert-cache.ts';
import { notFound } from '../sql.ts';
import type { Actor, Context } from '../types.ts';
import {
  type AlertRecord,
  alertsOfIncidents,
  findAlerts,
  findIncidents,
  type IncidentRecord,
  type RecordPage,
  type RecordQuery,
} from './records.ts';

const ONE = { order: [], limit: 1 } as const;

/** Alerts and incidents as whole records, for programs: pages by place instead of number, conditions as data. */
export class RecordService {
  readonly #context: Context;
  readonly #cache: AlertCache;
  readonly #grouping: ManualGrouping;
  readonly #whole: boolean;

  /** @param whole whether nothing is hidden from who asks, so that totals of all rows are theirs */
  constructor(context: Context, cache: AlertCache, whole = true) {
    this.#context = context;
    this.#cache = cache;
    this.#whole = whole;
    this.#grouping = new ManualGrouping(context, cache);
  }

  alerts(query: RecordQuery): Promise<RecordPage<AlertRecord>> {
    return findAlerts(this.#context.db, { tallies: this.#whole, ...query });
  }

  incidents(query: RecordQuery): Promise<RecordPage<IncidentRecord>> {
    return findIncidents(this.#context.db, { tallies: this.#whole, ...query });
  }

  /** By incident, in order of activity. */
  alertsOf(incidentIds: readonly string[]): Promise<ReadonlyMap<string, readonly AlertRecord[]>> {
    return alertsOfIncidents(this.#context.db, incidentIds);
  }

  /** @throws ParapetError 404 `not_found` */
  async alert(id: string): Promise<AlertRecord> {
    const [record] = (await this.alerts({ ...ONE, ids: [id] })).items;
    if (!record) throw notFound('alert', id);
    return record;
  }

  /** @throws ParapetError 404 `not_found` */
  async incident(id: string): Promise<IncidentRecord> {
    const [record] = (await this.incidents({ ...ONE, ids: [id] })).items;
    if (!record) throw notFound('incident', id);
    return record;
  }

  /** See {@link ManualGrouping.merge}. */
  async merge(ids: readonly string[], reason: ManualReason, actor: Actor): Promise<string> {
    for (const id of new Set(ids)) await this.#context.mayChange?.('incident', id, true);
    return this.#grouping.merge(ids, reason, actor);
  }

  /** See {@link ManualGrouping.move}. */
  async move(alertIds: readonly string[], incidentId: string, reason: ManualReason, actor: Actor): Promise<string> {
    for (const id of new Set(alertIds)) await this.#context.mayChange?.('alert', id, false);
    if (incidentId !== '') await this.#context.mayChange?.('incident', incidentId, false);
    return this.#grouping.move(alertIds, incidentId, reason, actor);
  }

  /** See {@link ManualGrouping.split}. */
  async split(id: string, alertIds: readonly string[], reason: ManualReason, actor: Actor): Promise<string> {
    await this.incident(id);
    for (const alert of new Set(alertIds)) await this.#context.mayChange?.('alert', alert, false);
    await this.#context.mayChange?.('incident', id, false);
    return this.#grouping.split(id, alertIds, reason, actor);
  }

  /** See {@link ManualGrouping.undo}. */
  async undoMerge(id: string, mergeId: string, comment: string, actor: Actor): Promise<string> {
    await this.incident(id);
    await this.#context.mayChange?.('incident', id, true);
    return this.#grouping.undo(id, mergeId, comment, actor);
  }

  /** See {@link ManualGrouping.forget}. */
  async forgetSeparation(id: string, separationId: string, actor: Actor): Promise<void> {
    await this.incident(id);
    await this.#context.mayChange?.('incident', id, true);
    await this.#grouping.forget(id, separationId, actor);
  }

  /** See {@link groupingOf}. @throws ParapetError 404 `not_found` */
  async grouping(id: string): Promise<IncidentGrouping> {
    return groupingOf(this.#context.db, (await this.incident(id)).id);
  }

  /** See {@link importIncident}. */
  async import(incident: ImportedIncident, actor: Actor, dryRun: boolean): Promise<ImportResult> {
    // What is imported may lie anywhere; who sees a part could not read it back.
    if (this.#context.mayChange)
      throw new ParapetError(
        'permission_missing',
        403,
        'An import needs Alerts.Manage on all data, without scopes.',
        'Ask an administrator for it.',
        { permission: 'Alerts.Manage' },
      );
    return importIncident(this.#context, this.#cache, incident, actor, dryRun);
  }
}
