import { type Comment, ParapetError } from '@parapet/schema';
import type { Queryable } from '@parapet/state';
import { mirrorIncidents } from '../mirror/outbox.ts';
import { writeActivity } from '../sink/journal.ts';
import { lockPlacement } from '../sink/lock.ts';
import { decimalId, iso, notFound } from '../sql.ts';
import type { Actor, Context } from '../types.ts';
import { commentText } from '../validate.ts';
import { mentionsOf } from './mentions.ts';

/** How long a comment may be edited or taken back by its author (spec A 2.2). */
export const COMMENT_OPEN_MS = 3_600_000;

interface CommentRow {
  readonly id: string;
  readonly text: string;
  readonly author: string;
  readonly created_at: Date;
  readonly edited_at: Date | null;
  readonly origin: string | null;
}

/** What a comment is written on. */
export interface CommentTarget {
  readonly kind: 'incident' | 'alert';
  readonly id: string;
}

const column = ({ kind }: CommentTarget): 'incident_id' | 'alert_id' =>
  kind === 'incident' ? 'incident_id' : 'alert_id';

const toComment = (row: CommentRow): Comment => ({
  id: row.id,
  text: row.text,
  author: row.origin === null ? row.author : `${row.author} (in incident ${row.origin})`,
  createdAt: iso(row.created_at),
  editedAt: row.edited_at ? iso(row.edited_at) : null,
});

const COLUMNS = `c.id::text as id, c.text, c.author, c.created_at, c.edited_at, c.origin_incident_id::text as origin`;

/** Oldest first; copies that a merge made name the incident they come from. */
export async function commentsOf(db: Queryable, of: 'incident_id' | 'alert_id', id: string): Promise<Comment[]> {
  const rows = await db.query<CommentRow>(
    `select ${COLUMNS} from incident_comment c where c.${of} = $1 order by c.created_at, c.id`,
    [id],
  );
  return rows.map(toComment);
}

export async function insertComment(
  tx: Queryable,
  target: { readonly incidentId: string | null; readonly alertId: string | null },
  text: string,
  actor: Actor,
  at: Date,
): Promise<Comment> {
  const [row] = await tx.query<{ id: string }>(
    `insert into incident_comment (incident_id, alert_id, text, author, created_at, mentions)
     values ($1, $2, $3, $4, $5, $6) returning id::text as id`,
    [target.incidentId, target.alertId, text, actor.username, at, mentionsOf(text)],
  );
  return { id: row?.id ?? '', text, author: actor.username, createdAt: iso(at), editedAt: null };
}

/**
 * Edit a comment, or take it back with `text` null. Only its author may, for an hour, where it was written.
 * @throws ParapetError 400, 403 `comment_not_yours`, `comment_closed`, 404 `not_found`
 */
export async function rewriteComment(
  context: Context,
  target: CommentTarget,
  commentId: string,
  text: string | null,
  actor: Actor,
): Promise<Comment | undefined> {
  const checked = text === null ? null : commentText(text);
  await context.mayChange?.(target.kind, target.id, false);
  const result = await context.db.transaction(async (tx) => {
    await lockPlacement(tx);
    const number = decimalId(commentId);
    const [row] = number
      ? await tx.query<CommentRow & { readonly incident: string }>(
          `select ${COLUMNS}, coalesce(c.incident_id, a.incident_id)::text as incident
           from incident_comment c left join alert a on a.id = c.alert_id
           where c.id = $1 and c.${column(target)} = $2 for update of c`,
          [number, target.id],
        )
      : [];
    if (!row) throw notFound('comment', commentId);
    if (row.author !== actor.username || row.origin !== null)
      throw new ParapetError(
        'comment_not_yours',
        403,
        'Only its author may change a comment, where it was written.',
        'Write a comment of your own.',
      );
    const at = context.now();
    if (at.getTime() - row.created_at.getTime() > COMMENT_OPEN_MS)
      throw new ParapetError(
        'comment_closed',
        403,
        'A comment may be changed for an hour after it was written.',
        'Write another one that says what has changed.',
      );
    if (checked === row.text) return toComment(row);
    if (checked === null) await tx.query('delete from incident_comment where id = $1', [row.id]);
    else
      await tx.query('update incident_comment set text = $2, edited_at = $3, mentions = $4 where id = $1', [
        row.id,
        checked,
        at,
        mentionsOf(checked),
      ]);
    if (target.kind === 'alert') await tx.query('update alert set last_update = $2 where id = $1', [target.id, at]);
    await tx.query('update incident set last_update = $2, last_modified_by = $3 where id = $1', [
      row.incident,
      at,
      actor.username,
    ]);
    const note = { commentId: row.id, ...(target.kind === 'alert' ? { alertId: target.id } : {}) };
    await writeActivity(tx, [
      {
        incidentId: row.incident,
        time: at,
        actor: actor.username,
        origin: 'user',
        category: 'comment',
        text: checked === null ? 'Took a comment back' : 'Edited a comment',
        before: { ...note, text: row.text },
        after: checked === null ? null : { ...note, text: checked },
      },
    ]);
    await mirrorIncidents(tx, [row.incident], at);
    await context.audit(
      {
        actor: actor.username,
        action: checked === null ? `${target.kind}.comment.delete` : `${target.kind}.comment.edit`,
        target: `${target.kind}/${target.id}`,
        before: { commentId: row.id, text: row.text },
        after: checked === null ? null : { text: checked },
        remoteAddress: actor.remoteAddress,
      },
      tx,
    );
    return checked === null ? undefined : { ...toComment(row), text: checked, editedAt: iso(at) };
  });
  context.committed();
  return result;
}
