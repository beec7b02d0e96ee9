import { type IncidentTask, ParapetError, type TaskChanges } from '@parapet/schema';
import type { Queryable } from '@parapet/state';
import { lockIncident } from '../incidents/change.ts';
import { mirrorIncidents } from '../mirror/outbox.ts';
import { writeActivity } from '../sink/journal.ts';
import { lockPlacement } from '../sink/lock.ts';
import { decimalId, instant, iso, notFound } from '../sql.ts';
import type { Actor, Context } from '../types.ts';
import { MAX_COMMENT, member } from '../validate.ts';

const MAX_TASKS = 200;
const MAX_TITLE = 300;
const STATES = ['open', 'done'] as const;

interface TaskRow {
  readonly id: string;
  readonly incident_id: string;
  readonly title: string;
  readonly text: string;
  readonly owner: string | null;
  readonly due_at: Date | null;
  readonly state: IncidentTask['state'];
  readonly created_by: string;
  readonly created_at: Date;
  readonly done_by: string | null;
  readonly done_at: Date | null;
}

const COLUMNS = `t.id::text as id, t.incident_id::text as incident_id, t.title, t.text, t.owner, t.due_at, t.state,
  t.created_by, t.created_at, t.done_by, t.done_at`;
/** A task belongs to its incident, or to the one that incident was merged into. */
const OF_INCIDENT = `(t.incident_id = $1 or t.incident_id in (select i.id from incident i where i.redirect_incident_id = $1))`;

export async function countOpenTasks(db: Queryable, incidentId: string): Promise<number> {
  const [row] = await db.query<{ n: number }>(
    `select count(*) as n from incident_task t where ${OF_INCIDENT} and t.state = 'open'`,
    [incidentId],
  );
  return row?.n ?? 0;
}

const toTask = (row: TaskRow): IncidentTask => ({
  id: row.id,
  title: row.title,
  text: row.text,
  owner: row.owner,
  dueAt: row.due_at ? iso(row.due_at) : null,
  state: row.state,
  createdBy: row.created_by,
  createdAt: iso(row.created_at),
  doneBy: row.done_by,
  doneAt: row.done_at ? iso(row.done_at) : null,
});

const refuse = (message: string, hint?: string): ParapetError =>
  new ParapetError('invalid_request', 400, message, hint);

interface Checked {
  readonly title?: string;
  readonly text?: string;
  readonly owner?: string | null;
  readonly due_at?: Date | null;
  readonly state?: IncidentTask['state'];
}

/** @throws ParapetError `invalid_request` 400 */
function checkedTask(changes: TaskChanges): Checked {
  const title = changes.title?.trim();
  if (title === '') throw refuse('The title of the task is empty.');
  if (title !== undefined && title.length > MAX_TITLE) throw refuse(`title is longer than ${MAX_TITLE} characters.`);
  if (changes.text !== undefined && changes.text.length > MAX_COMMENT)
    throw refuse(`text is longer than ${MAX_COMMENT} characters.`);
  const owner = changes.owner?.trim() || (changes.owner === undefined ? undefined : null);
  if (owner && owner.length > 200) throw refuse('owner is longer than 200 characters.');
  return {
    ...(title === undefined ? {} : { title }),
    ...(changes.text === undefined ? {} : { text: changes.text }),
    ...(owner === undefined ? {} : { owner }),
    ...(changes.dueAt === undefined ? {} : { due_at: changes.dueAt === null ? null : instant('dueAt', changes.dueAt) }),
    ...(changes.state === undefined ? {} : { state: member('state', changes.state, STATES) }),
  };
}

/** What is left to do in an incident (spec A 2.2). */
export class TaskService {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  /** Open ones first, by when they are due, then the done ones, newest first. */
  async list(incidentId: string): Promise<IncidentTask[]> {
    const rows = await this.#context.db.query<TaskRow>(
      `select ${COLUMNS} from incident_task t where ${OF_INCIDENT}
       order by (t.state = 'done'), case when t.state = 'open' then t.due_at end nulls last, t.done_at desc nulls last, t.id`,
      [decimalId(incidentId) ?? '0'],
    );
    return rows.map(toTask);
  }

  /** @throws ParapetError 400, 404 `not_found`, 409 `incident_redirected`, `too_many_tasks` */
  async add(incidentId: string, changes: TaskChanges, actor: Actor): Promise<IncidentTask> {
    const task = checkedTask(changes);
    if (task.title === undefined) throw refuse('The task has no title.', 'Say what is to be done.');
    return this.#write(incidentId, actor, async (tx, incident, at) => {
      const [count] = await tx.query<{ n: number }>(`select count(*) as n from incident_task t where ${OF_INCIDENT}`, [
        incident,
      ]);
      if ((count?.n ?? 0) >= MAX_TASKS)
        throw new ParapetError(
          'too_many_tasks',
          409,
          `An incident has at most ${MAX_TASKS} tasks.`,
          'Remove some first.',
        );
      const [row] = await tx.query<TaskRow>(
        `insert into incident_task as t (incident_id, title, text, owner, due_at, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7) returning ${COLUMNS}`,
        [incident, task.title, task.text ?? '', task.owner ?? null, task.due_at ?? null, actor.username, at],
      );
      if (!row) throw new Error('The new task has no row');
      return { task: toTask(row), said: `Task added: ${row.title}`, before: null };
    });
  }

  /** @throws ParapetError 400, 404 `not_found`, 409 `incident_redirected` */
  async change(incidentId: string, taskId: string, changes: TaskChanges, actor: Actor): Promise<IncidentTask> {
    const next = checkedTask(changes);
    if (Object.keys(next).length === 0) throw refuse('There is nothing to change.', 'Name at least one field.');
    return this.#write(incidentId, actor, async (tx, incident, at) => {
      const before = await one(tx, incident, taskId);
      const state = next.state ?? before.state;
      const done = state === 'done';
      const [row] = await tx.query<TaskRow>(
        `update incident_task t set title = $2, text = $3, owner = $4, due_at = $5, state = $6,
                done_by = case when $6 = 'open' then null else coalesce(done_by, $7) end,
                done_at = case when $6 = 'open' then null else coalesce(done_at, $8::timestamptz) end
         where t.id = $1 returning ${COLUMNS}`,
        [
          before.id,
          next.title ?? before.title,
          next.text ?? before.text,
          next.owner === undefined ? before.owner : next.owner,
          next.due_at === undefined ? before.due_at : next.due_at,
          state,
          actor.username,
          at,
        ],
      );
      if (!row) throw notFound('task', taskId);
      const verb = state === before.state ? 'changed' : done ? 'done' : 'reopened';
      return { task: toTask(row), said: `Task ${verb}: ${row.title}`, before: toTask(before) };
    });
  }

  /** @throws ParapetError 404 `not_found`, 409 `incident_redirected` */
  async remove(incidentId: string, taskId: string, actor: Actor): Promise<void> {
    await this.#write(incidentId, actor, async (tx, incident) => {
      const before = await one(tx, incident, taskId);
      await tx.query('delete from incident_task where id = $1', [before.id]);
      return { task: null, said: `Task removed: ${before.title}`, before: toTask(before) };
    });
  }

  async #write<T extends IncidentTask | null>(
    incidentId: string,
    actor: Actor,
    work: (
      tx: Queryable,
      incident: string,
      at: Date,
    ) => Promise<{ readonly task: T; readonly said: string; readonly before: IncidentTask | null }>,
  ): Promise<T> {
    const { db, now, audit, committed, mayChange } = this.#context;
    await mayChange?.('incident', incidentId, false);
    const result = await db.transaction(async (tx) => {
      await lockPlacement(tx);
      const incident = await lockIncident(tx, incidentId);
      const at = now();
      const { task, said, before } = await work(tx, incident.id, at);
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
          category: 'task',
          text: said,
          before,
          after: task,
        },
      ]);
      await mirrorIncidents(tx, [incident.id], at);
      await audit(
        {
          actor: actor.username,
          action: 'incident.task',
          target: `incident/${incident.id}`,
          before,
          after: task,
          remoteAddress: actor.remoteAddress,
        },
        tx,
      );
      return task;
    });
    committed();
    return result;
  }
}

async function one(tx: Queryable, incidentId: string, taskId: string): Promise<TaskRow> {
  const number = decimalId(taskId);
  const [row] = number
    ? await tx.query<TaskRow>(
        `select ${COLUMNS} from incident_task t where ${OF_INCIDENT} and t.id = $2 for update of t`,
        [incidentId, number],
      )
    : [];
  if (!row) throw notFound('task', taskId);
  return row;
}
