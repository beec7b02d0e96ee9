import { ParapetError, type SavedView, type SavedViewChanges } from '@parapet/schema';
import type { Queryable } from '@parapet/state';
import { decimalId, iso, notFound } from '../sql.ts';
import type { Actor, Context } from '../types.ts';

const MAX_OWN = 100;
const MAX_NAME = 100;
const MAX_SEARCH = 8_000;

interface ViewRow {
  readonly id: string;
  readonly area: string;
  readonly name: string;
  readonly search: string;
  readonly owner: string;
  readonly shared: boolean;
  readonly updated_at: Date;
}

const COLUMNS = 'id::text as id, area, name, search, owner, shared, updated_at';
const toView = (row: ViewRow): SavedView => ({
  id: row.id,
  area: row.area,
  name: row.name,
  search: row.search,
  owner: row.owner,
  shared: row.shared,
  updatedAt: iso(row.updated_at),
});

/** Named sets of filters of a queue, one's own and those that colleagues share. */
export class ViewService {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  /** @param area the queue: `incidents`, `alerts` */
  async list(area: string, username: string): Promise<SavedView[]> {
    const rows = await this.#context.db.query<ViewRow>(
      `select ${COLUMNS} from saved_view where area = $1 and (owner = $2 or shared) order by shared, lower(name), saved_view.id`,
      [area, username],
    );
    return rows.map(toView);
  }

  /** @throws ParapetError 400 `invalid_request`, 409 `view_exists`, `too_many_views` */
  async add(area: string, changes: SavedViewChanges, actor: Actor): Promise<SavedView> {
    const { name, search } = checked(changes);
    if (name === undefined || search === undefined)
      throw new ParapetError('invalid_request', 400, 'A view has a name and a search.');
    return this.#write(actor, 'view.create', async (tx, at) => {
      const [count] = await tx.query<{ n: number }>('select count(*) as n from saved_view where owner = $1', [
        actor.username,
      ]);
      if ((count?.n ?? 0) >= MAX_OWN)
        throw new ParapetError(
          'too_many_views',
          409,
          `At most ${MAX_OWN} views are kept for one person.`,
          'Remove one first.',
        );
      await free(tx, area, actor.username, name, '0');
      const [row] = await tx.query<ViewRow>(
        `insert into saved_view (area, name, search, owner, shared, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $6) returning ${COLUMNS}`,
        [area, name, search, actor.username, changes.shared ?? false, at],
      );
      if (!row) throw new Error('The new view has no row');
      return toView(row);
    });
  }

  /** Only its owner may. @throws ParapetError 400, 404 `not_found`, 409 `view_exists` */
  async change(id: string, changes: SavedViewChanges, actor: Actor): Promise<SavedView> {
    const next = checked(changes);
    return this.#write(actor, 'view.update', async (tx, at) => {
      const before = await own(tx, id, actor);
      if (next.name !== undefined) await free(tx, before.area, actor.username, next.name, before.id);
      const [row] = await tx.query<ViewRow>(
        `update saved_view set name = $2, search = $3, shared = $4, updated_at = $5 where id = $1 returning ${COLUMNS}`,
        [before.id, next.name ?? before.name, next.search ?? before.search, changes.shared ?? before.shared, at],
      );
      if (!row) throw notFound('view', id);
      return toView(row);
    });
  }

  /** @throws ParapetError 404 `not_found` */
  async remove(id: string, actor: Actor): Promise<void> {
    await this.#write(actor, 'view.delete', async (tx) => {
      const before = await own(tx, id, actor);
      await tx.query('delete from saved_view where id = $1', [before.id]);
      return toView(before);
    });
  }

  async #write(
    actor: Actor,
    action: string,
    work: (tx: Queryable, at: Date) => Promise<SavedView>,
  ): Promise<SavedView> {
    return this.#context.db.transaction(async (tx) => {
      const view = await work(tx, this.#context.now());
      await this.#context.audit(
        { actor: actor.username, action, target: `view/${view.id}`, after: view, remoteAddress: actor.remoteAddress },
        tx,
      );
      return view;
    });
  }
}

async function own(tx: Queryable, id: string, actor: Actor): Promise<ViewRow> {
  const number = decimalId(id);
  const [row] = number
    ? await tx.query<ViewRow>(`select ${COLUMNS} from saved_view where id = $1 and owner = $2 for update`, [
        number,
        actor.username,
      ])
    : [];
  if (!row) throw notFound('view', id);
  return row;
}

async function free(tx: Queryable, area: string, owner: string, name: string, except: string): Promise<void> {
  const taken = await tx.query(
    'select 1 as one from saved_view where area = $1 and owner = $2 and lower(name) = lower($3) and id <> $4',
    [area, owner, name, except],
  );
  if (taken.length > 0)
    throw new ParapetError(
      'view_exists',
      409,
      `You have a view named ${JSON.stringify(name)} already.`,
      'Choose another name.',
    );
}

function checked(changes: SavedViewChanges): { readonly name?: string; readonly search?: string } {
  const name = changes.name?.trim();
  const refuse = (message: string): ParapetError => new ParapetError('invalid_request', 400, message);
  if (name === '') throw refuse('The name of the view is empty.');
  if (name !== undefined && name.length > MAX_NAME) throw refuse(`The name is longer than ${MAX_NAME} characters.`);
  if (changes.search !== undefined && changes.search.length > MAX_SEARCH)
    throw refuse('The filters of the view are too long.');
  return {
    ...(name === undefined ? {} : { name }),
    ...(changes.search === undefined ? {} : { search: changes.search }),
  };
}
