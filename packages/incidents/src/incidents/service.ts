import type {
  ActivityEntry,
  AttackStory,
  BulkResult,
  Comment,
  IncidentAlert,
  IncidentAsset,
  IncidentChanges,
  IncidentDetail,
  IncidentEvidence,
  IncidentSummary,
  Page,
  QueueFacets,
  SimilarIncident,
} from '@parapet/schema';
import type { Queryable } from '@parapet/state';
import { inBulk } from '../bulk.ts';
import { commentsOf, insertComment, rewriteComment } from '../desk/comments.ts';
import { queueFacets } from '../desk/facets.ts';
import { similarIncidents } from '../desk/similar.ts';
import { countOpenTasks } from '../desk/tasks.ts';
import { mirrorIncidents } from '../mirror/outbox.ts';
import { INCIDENT_COLUMNS, type IncidentRow, toIncidentSummary } from '../rows.ts';
import type { AlertCache } from '../sink/alert-cache.ts';
import { writeActivity } from '../sink/journal.ts';
import { checkVersion, lockPlacement } from '../sink/lock.ts';
import { decimalId, notFound } from '../sql.ts';
import { attackStory } from '../story/story.ts';
import type { Actor, Context } from '../types.ts';
import { commentText, incidentChanges } from '../validate.ts';
import { changeIncident, lockIncident } from './change.ts';
import { countContents, listActivity, listAlerts, listAssets, listEvidence, readAlerts } from './contents.ts';
import { type IncidentListQuery, listIncidents } from './list.ts';

export interface PageQuery {
  readonly page?: number;
  readonly pageSize?: number;
}

/** Reading and changing incidents. Every change takes the placement lock, so that alerts never move underneath it. */
export class IncidentService {
  readonly #context: Context;
  readonly #cache: AlertCache;

  constructor(context: Context, cache: AlertCache) {
    this.#context = context;
    this.#cache = cache;
  }

  /** @throws ParapetError `invalid_request` 400 for an unknown filter value */
  list(query: IncidentListQuery, caller: { readonly username: string }): Promise<Page<IncidentSummary>> {
    return listIncidents(this.#context.db, query, caller, this.#context.now());
  }

  /** A merged incident answers with `redirectIncidentId`. @throws ParapetError 404 `not_found` */
  async get(id: string): Promise<IncidentDetail> {
    const row = await this.#row(id);
    const { db } = this.#context;
    return {
      ...toIncidentSummary(row),
      nameIsAutomatic: row.name_is_automatic,
      redirectIncidentId: row.redirect_incident_id,
      resolvingComment: row.resolving_comment,
      comments: await commentsOf(db, 'incident_id', row.id),
      counts: await countContents(db, row.id),
      priorityTerms: row.priority_terms,
      lastModifiedBy: row.last_modified_by,
      version: row.version,
      description: row.description,
      severityIsAutomatic: row.severity_is_automatic,
      openTasks: await countOpenTasks(db, row.id),
    };
  }

  /**
   * @param version what the caller saw; an incident that changed since is left alone
   * @throws ParapetError 400, 404 `not_found`, 409 `incident_redirected`, 412 `version_conflict`; nothing is changed then
   */
  async change(id: string, changes: IncidentChanges, actor: Actor, version?: string): Promise<IncidentDetail> {
    const checked = incidentChanges(changes);
    await this.#context.mayChange?.('incident', id, cascades(checked));
    await this.#context.db.transaction(async (tx) => {
      await lockPlacement(tx);
      if (version !== undefined) await checkVersion(tx, 'incident', id, version);
      await changeIncident(tx, this.#context, this.#cache, id, checked, actor);
    });
    this.#context.committed();
    return this.get(id);
  }

  /** @param comment written on each, with the change or alone */
  async changeMany(
    ids: readonly string[],
    changes: IncidentChanges,
    actor: Actor,
    comment?: string,
  ): Promise<BulkResult> {
    const text = comment === undefined ? undefined : commentText(comment);
    const checked = text !== undefined && Object.keys(changes).length === 0 ? {} : incidentChanges(changes);
    const allowed = (id: string) => this.#context.mayChange?.('incident', id, cascades(checked));
    return inBulk(
      this.#context,
      ids,
      async (tx, id) => {
        await changeIncident(tx, this.#context, this.#cache, id, checked, actor);
        if (text !== undefined) await this.#commentOne(tx, id, text, actor);
      },
      allowed,
    );
  }

  /** @throws ParapetError 400, 404 `not_found`, 409 `incident_redirected` */
  async comment(id: string, text: string, actor: Actor): Promise<Comment> {
    const checked = commentText(text);
    await this.#context.mayChange?.('incident', id, false);
    const comment = await this.#context.db.transaction(async (tx) => {
      await lockPlacement(tx);
      return this.#commentOne(tx, id, checked, actor);
    });
    this.#context.committed();
    return comment;
  }

  async #commentOne(tx: Queryable, id: string, text: string, actor: Actor): Promise<Comment> {
    const { now, audit } = this.#context;
    const incident = await lockIncident(tx, id);
    const at = now();
    const written = await insertComment(tx, { incidentId: incident.id, alertId: null }, text, actor, at);
    await tx.query('update incident set last_update = $2, last_modified_by = $3 where id = $1', [
      incident.id,
      at,
      actor.username,
    ]);
    await writeActivity(tx, [
      {
        incidentId: incident.id,
        time: at,
        actor: actor.username,
        origin: 'user',
        category: 'comment',
        text: 'Commented',
        after: { commentId: written.id },
      },
    ]);
    await mirrorIncidents(tx, [incident.id], at);
    await audit(
      {
        actor: actor.username,
        action: 'incident.comment',
        target: `incident/${incident.id}`,
        after: { commentId: written.id },
        remoteAddress: actor.remoteAddress,
      },
      tx,
    );
    return written;
  }

  /**
   * Edit one's own comment, or take it back with null, within an hour.
   * @throws ParapetError 400, 403 `comment_not_yours`, `comment_closed`, 404 `not_found`
   */
  async rewriteComment(id: string, comment: string, text: string | null, actor: Actor): Promise<Comment | undefined> {
    return rewriteComment(this.#context, { kind: 'incident', id: (await this.#row(id)).id }, comment, text, actor);
  }

  /** Others that share entities, detectors or techniques, the likest first. */
  async similar(id: string): Promise<readonly SimilarIncident[]> {
    return similarIncidents(this.#context.db, (await this.#row(id)).id);
  }

  /** What the filters can be set to. */
  facets(): Promise<QueueFacets> {
    return queueFacets(this.#context.db);
  }

  async alerts(id: string, query: PageQuery): Promise<Page<IncidentAlert>> {
    return listAlerts(this.#context.db, (await this.#row(id)).id, query);
  }

  async assets(id: string, query: PageQuery): Promise<Page<IncidentAsset>> {
    return listAssets(this.#context.db, (await this.#row(id)).id, query);
  }

  async evidence(id: string, query: PageQuery): Promise<Page<IncidentEvidence>> {
    return listEvidence(this.#context.db, (await this.#row(id)).id, query);
  }

  async activity(id: string, query: PageQuery): Promise<Page<ActivityEntry>> {
    return listActivity(this.#context.db, (await this.#row(id)).id, query);
  }

  async story(id: string): Promise<AttackStory> {
    return attackStory(await readAlerts(this.#context.db, (await this.#row(id)).id));
  }

  async #row(id: string): Promise<IncidentRow> {
    const number = decimalId(id);
    const [row] = number
      ? await this.#context.db.query<IncidentRow>(`select ${INCIDENT_COLUMNS} from incident i where i.id = $1`, [
          number,
        ])
      : [];
    if (!row) throw notFound('incident', id);
    return row;
  }
}

/** What changes the alerts of an incident too, or what it says about all of them. */
export const cascades = (changes: IncidentChanges): boolean => Object.keys(changes).some((field) => field !== 'tags');
