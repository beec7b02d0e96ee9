import {
  type EntityMarks,
  type EntityMarksDetail,
  type EntityNote,
  type EntityType,
  ParapetError,
  type TimelineFlag,
} from '@parapet/schema';
import { decimalId, iso, notFound } from '../sql.ts';
import { readPosition, writePosition } from '../telemetry/positions.ts';
import type { TelemetryService } from '../telemetry/service.ts';
import type { Actor, Context } from '../types.ts';
import { type MarkRow, NO_MARKS, toMarks } from './read.ts';
import { cleanTags, MAX_NOTE, type MarkChange, noteText, reasonOf } from './validate.ts';

interface NoteRow {
  readonly id: string;
  readonly text: string;
  readonly author: string;
  readonly created_at: Date;
  readonly edited_at: Date | null;
}
const NOTE = 'id::text as id, text, author, created_at, edited_at';
const toNote = (row: NoteRow): EntityNote => ({
  id: row.id,
  text: row.text,
  author: row.author,
  createdAt: iso(row.created_at),
  editedAt: row.edited_at ? iso(row.edited_at) : null,
});

export interface EntityName {
  readonly type: EntityType;
  readonly key: string;
}

/** Whether a caller sees and may change what is said about an entity. */
export interface MarkRights {
  /** Nothing is hidden and everything may be changed. */
  readonly all: boolean;
  mayChange(name: EntityName): boolean;
}

/** Tags, criticality, exclusion, notes and flags: what people say about entities and their events. */
export class MarkService {
  readonly #context: Context;
  readonly #telemetry: TelemetryService;
  readonly #rights: MarkRights;

  constructor(context: Context, telemetry: TelemetryService, rights: MarkRights) {
    this.#context = context;
    this.#telemetry = telemetry;
    this.#rights = rights;
  }

  /** What is said of an entity; nothing for one that the caller does not see. */
  async get(name: EntityName): Promise<EntityMarksDetail> {
    if (!(await this.#seen(name))) return { marks: NO_MARKS, notes: [] };
    const { db } = this.#context;
    const [[row], notes] = await Promise.all([
      db.query<MarkRow>('select * from entity_mark where type = $1 and key = $2', [name.type, name.key]),
      db.query<NoteRow>(`select ${NOTE} from entity_note where type = $1 and key = $2 order by id desc limit 500`, [
        name.type,
        name.key,
      ]),
    ]);
    return { marks: row ? toMarks(row) : NO_MARKS, notes: notes.map(toNote) };
  }

  /** @throws ParapetError 400 `invalid_request`, 403 `permission_missing`, 404 `not_found` */
  async change(name: EntityName, change: MarkChange, actor: Actor): Promise<EntityMarks> {
    await this.#mayChange(name);
    const { db, now, audit } = this.#context;
    return db.transaction(async (tx) => {
      await tx.query('select pg_advisory_xact_lock(hashtext($1))', [`entity_mark ${name.type} ${name.key}`]);
      const [row] = await tx.query<MarkRow>('select * from entity_mark where type = $1 and key = $2', [
        name.type,
        name.key,
      ]);
      const before = row ? toMarks(row) : NO_MARKS;
      const removed = new Set((change.removeTags ?? []).map((tag) => tag.trim().toLowerCase()));
      const tags = cleanTags([
        ...(change.tags ?? before.tags).filter((tag) => !removed.has(tag.toLowerCase())),
        ...(change.addTags ?? []),
      ]);
      const excluded =
        change.excluded === undefined
          ? before.excluded
          : change.excluded && {
              reason: reasonOf(change.excluded.reason),
              note: (change.excluded.note ?? '').trim().slice(0, MAX_NOTE),
              by: actor.username,
              at: iso(now()),
            };
      const [saved] = await tx.query<MarkRow>(
        `insert into entity_mark (type, key, tags, excluded_reason, excluded_note, excluded_by, excluded_at, changed_by, changed_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (type, key) do update set tags = excluded.tags,
           excluded_reason = excluded.excluded_reason, excluded_note = excluded.excluded_note, excluded_by = excluded.excluded_by,
           excluded_at = excluded.excluded_at, changed_by = excluded.changed_by, changed_at = excluded.changed_at
         returning *`,
        [
          name.type,
          name.key,
          tags,
          excluded?.reason ?? null,
          excluded?.note ?? '',
          excluded?.by ?? null,
          excluded ? new Date(excluded.at) : null,
          actor.username,
          now(),
        ],
      );
      const after = saved ? toMarks(saved) : before;
      const of = ({ tags, excluded }: EntityMarks) => ({ tags, excluded });
      await audit(
        {
          actor: actor.username,
          action: 'entity.marks.change',
          target: target(name),
          before: of(before),
          after: of(after),
          remoteAddress: actor.remoteAddress,
        },
        tx,
      );
      return after;
    });
  }

  /** Change many; each has its own outcome. */
  async changeMany(
    names: readonly EntityName[],
    change: MarkChange,
    actor: Actor,
  ): Promise<{ results: { type: EntityType; key: string; ok: boolean; error?: string }[] }> {
    const results = [];
    for (const name of names) {
      try {
        await this.change(name, change, actor);
        results.push({ ...name, ok: true });
      } catch (error) {
        if (!(error instanceof ParapetError)) throw error;
        results.push({ ...name, ok: false, error: error.message });
      }
    }
    return { results };
  }

  /** @throws ParapetError 400, 403, 404 */
  async addNote(name: EntityName, text: string, actor: Actor): Promise<EntityNote> {
    await this.#mayChange(name);
    const { db, now, audit } = this.#context;
    const clean = noteText(text);
    return db.transaction(async (tx) => {
      const [row] = await tx.query<NoteRow>(
        `insert into entity_note (type, key, text, author, created_at) values ($1, $2, $3, $4, $5) returning ${NOTE}`,
        [name.type, name.key, clean, actor.username, now()],
      );
      if (!row) throw new Error('a note was not kept');
      await audit(
        {
          actor: actor.username,
          action: 'entity.note.add',
          target: target(name),
          after: { id: row.id, text: clean },
          remoteAddress: actor.remoteAddress,
        },
        tx,
      );
      return toNote(row);
    });
  }

  /**
   * Change or remove a note; only its author does.
   * @param text undefined removes it
   * @throws ParapetError 400, 403 `not_yours`, 404
   */
  async changeNote(
    name: EntityName,
    id: string,
    text: string | undefined,
    actor: Actor,
  ): Promise<EntityNote | undefined> {
    await this.#mayChange(name);
    const { db, now, audit } = this.#context;
    const clean = text === undefined ? undefined : noteText(text);
    return db.transaction(async (tx) => {
      const [before] = decimalId(id)
        ? await tx.query<NoteRow>(
            `select ${NOTE} from entity_note where id = $1::bigint and type = $2 and key = $3 for update`,
            [id, name.type, name.key],
          )
        : [];
      if (!before) throw notFound('note', id);
      if (before.author !== actor.username)
        throw new ParapetError('not_yours', 403, `${before.author} wrote this note.`, 'Add a note of your own.');
      const [row] =
        clean === undefined
          ? await tx.query<NoteRow>('delete from entity_note where id = $1::bigint returning id', [id]).then(() => [])
          : await tx.query<NoteRow>(
              `update entity_note set text = $2, edited_at = $3 where id = $1::bigint returning ${NOTE}`,
              [id, clean, now()],
            );
      await audit(
        {
          actor: actor.username,
          action: clean === undefined ? 'entity.note.remove' : 'entity.note.change',
          target: target(name),
          before: { id, text: before.text },
          ...(clean === undefined ? {} : { after: { id, text: clean } }),
          remoteAddress: actor.remoteAddress,
        },
        tx,
      );
      return row ? toNote(row) : undefined;
    });
  }

  /**
   * Flag a row of an entity's timeline, change the flag's note, or take it away.
   * @param position what the timeline gave the row
   * @param note undefined takes the flag away
   * @returns the flag as it is now
   * @throws ParapetError 400, 403, 404 when no such row is there
   */
  async flag(name: EntityName, position: string, note: string | undefined, actor: Actor): Promise<TimelineFlag | null> {
    await this.#mayChange(name);
    const { db, now, audit } = this.#context;
    const place = readPosition(position);
    if (note !== undefined && !(await this.#telemetry.hasEvent(name.type, name.key, place)))
      throw new ParapetError(
        'not_found',
        404,
        'This event is not in the timeline any more.',
        'It may have expired; load the timeline again.',
      );
    return db.transaction(async (tx) => {
      const which = [place.time, place.table, place.tie];
      const [before] = await tx.query<{ note: string; flagged_by: string }>(
        'select note, flagged_by from timeline_flag where time = $1 and table_name = $2 and tie = $3',
        which,
      );
      const clean = note?.trim().slice(0, 1000);
      const [row] =
        clean === undefined
          ? await tx
              .query<{ flagged_by: string; flagged_at: Date; note: string }>(
                'delete from timeline_flag where time = $1 and table_name = $2 and tie = $3',
                which,
              )
              .then(() => [])
          : await tx.query<{ flagged_by: string; flagged_at: Date; note: string }>(
              `insert into timeline_flag (time, table_name, tie, flagged_by, flagged_at, note) values ($1, $2, $3, $4, $5, $6)
               on conflict (time, table_name, tie) do update set note = excluded.note, flagged_by = excluded.flagged_by, flagged_at = excluded.flagged_at
               returning flagged_by, flagged_at, note`,
              [...which, actor.username, now(), clean],
            );
      await audit(
        {
          actor: actor.username,
          action: row ? 'timeline.flag' : 'timeline.unflag',
          target: target(name),
          ...(before ? { before: { note: before.note, by: before.flagged_by } } : {}),
          after: {
            time: place.time,
            table: place.table,
            position: writePosition(place),
            ...(row ? { note: row.note } : {}),
          },
          remoteAddress: actor.remoteAddress,
        },
        tx,
      );
      return row ? { by: row.flagged_by, at: iso(row.flagged_at), note: row.note } : null;
    });
  }

  async #seen(name: EntityName): Promise<boolean> {
    return this.#rights.all || (await this.#telemetry.occurs(name.type, name.key));
  }

  /** What the caller does not see answers like what does not exist. */
  async #mayChange(name: EntityName): Promise<void> {
    if (this.#rights.all) return;
    if (!(await this.#seen(name))) throw notFound(name.type, name.key);
    if (!this.#rights.mayChange(name))
      throw new ParapetError(
        'permission_missing',
        403,
        `You see this ${name.type} and do not hold Alerts.Manage for it.`,
        'Ask an administrator for it.',
        { permission: 'Alerts.Manage' },
      );
  }
}

const target = ({ type, key }: EntityName): string => `${type}:${key}`;
