import { createHash } from 'node:crypto';
import type { AuditEntry } from '@parapet/schema';
import type { KeyRing, Queryable, StateDb } from '@parapet/state';
import type { AuditInput, AuditVerification } from './types.ts';

const FIRST_HASH = '0'.repeat(64);
const MAX_JSON = 64 * 1024;
const VERIFY_PAGE = 1000;
const SECRET_KEY = /password|secret|token|credential|encoded|authorization|cookie/i;

export interface AuditRow {
  readonly id: number;
  readonly time: Date;
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly outcome: AuditEntry['outcome'];
  readonly before: string | null;
  readonly after: string | null;
  readonly remote_address: string;
}

export interface ChainedRow extends AuditRow {
  readonly previous_hash: string;
  readonly hash: string;
}

export interface AuditFilter {
  readonly actor?: string;
  /** Whole action, or its beginning followed by `.`: `user` finds `user.create`. */
  readonly action?: string;
  readonly target?: string;
  readonly outcome?: readonly AuditEntry['outcome'][];
  readonly from?: Date;
  readonly to?: Date;
  /** In actor, action, target, address or the recorded values. */
  readonly search?: string;
  readonly oldestFirst?: boolean;
  readonly page: number;
  readonly pageSize: number;
}

/** Append-only log in which every entry carries the hash of the one before and of itself. */
export class AuditLog {
  #db: StateDb;
  #now: () => number;
  #keys: KeyRing;
  /** Called after an entry was written. */
  onAppend: () => void = () => undefined;

  constructor(db: StateDb, now: () => number, keys: KeyRing) {
    this.#db = db;
    this.#now = now;
    this.#keys = keys;
  }

  async append(entry: AuditInput, tx?: Queryable): Promise<void> {
    if (!tx) {
      await this.#db.transaction((own) => this.append(entry, own));
      return this.onAppend();
    }
    // The lock makes writers of several nodes take turns.
    const [head] = await tx.query<{ id: number; hash: string }>('select id, hash from audit_head for update');
    const previous = head ?? { id: 0, hash: FIRST_HASH };
    const row: AuditRow = {
      id: previous.id + 1,
      time: new Date(this.#now()),
      actor: text(entry.actor, 200),
      action: text(entry.action, 100),
      target: text(entry.target, 500),
      outcome: entry.outcome ?? 'ok',
      before: toJson(entry.before),
      after: toJson(entry.after),
      remote_address: text(entry.remoteAddress ?? '', 100),
    };
    const hash = link(previous.hash, row);
    await tx.query(
      `insert into audit_entry
         (id, time, actor, action, target, outcome, before, after, remote_address, previous_hash, hash)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      [
        row.id,
        row.time,
        row.actor,
        row.action,
        row.target,
        row.outcome,
        row.before,
        row.after,
        row.remote_address,
        previous.hash,
        hash,
      ],
    );
    await tx.query('update audit_head set id = $1, hash = $2, seal = $3', [
      row.id,
      hash,
      await this.#keys.sign(headText(row.id, hash)),
    ]);
  }

  /** Recompute the chain from the newest checkpoint, or from its beginning, to the newest entry. */
  async verify(): Promise<AuditVerification> {
    const checkpoints = await this.#db.query<Checkpoint>('select * from audit_checkpoint order by id');
    const checkpoint = checkpoints.at(-1);
    let expected = { id: checkpoint?.id ?? 0, hash: checkpoint?.hash ?? FIRST_HASH };
    for (const each of checkpoints) {
      if (await this.#keys.verify(checkpointText(each), each.seal)) continue;
      return {
        ok: false,
        entries: 0,
        brokenAt: each.id,
        reason: 'The note of entries that were removed for their age was not made by this installation.',
      };
    }
    const broken = (reason: string): AuditVerification => ({
      ok: false,
      entries: expected.id - (checkpoint?.id ?? 0),
      brokenAt: expected.id + 1,
      reason,
    });
    // Entries written meanwhile are left to the next verification.
    const [head] = await this.#db.query<{ id: number; hash: string; seal: string }>(
      'select id, hash, seal from audit_head',
    );
    if (!head) return broken('The record of the newest entry is missing.');
    while (expected.id < head.id) {
      const rows = await this.#db.query<ChainedRow>(
        'select * from audit_entry where id > $1 and id <= $2 order by id limit $3',
        [expected.id, head.id, VERIFY_PAGE],
      );
      if (rows.length === 0) return broken('Entries at the end are missing.');
      for (const row of rows) {
        if (row.id !== expected.id + 1) return broken('An entry is missing.');
        if (row.previous_hash !== expected.hash) return broken('The entry does not continue the one before it.');
        if (row.hash !== link(expected.hash, row)) return broken('The entry was changed after it was written.');
        expected = { id: row.id, hash: row.hash };
      }
    }
    if (expected.hash !== head.hash) {
      return {
        ok: false,
        entries: expected.id - (checkpoint?.id ?? 0),
        brokenAt: expected.id,
        reason: 'The last entry is not the one that was written last.',
      };
    }
    // Entries of before this version were not sealed; the next one that is written is.
    if (head.seal !== '' && !(await this.#keys.verify(headText(head.id, head.hash), head.seal))) {
      return {
        ok: false,
        entries: expected.id - (checkpoint?.id ?? 0),
        brokenAt: expected.id,
        reason: 'The chain fits together but was not sealed by this installation: it was written anew.',
      };
    }
    return {
      ok: true,
      entries: expected.id - (checkpoint?.id ?? 0),
      head: expected.hash,
      removed: checkpoint?.id ?? 0,
      sealed: head.seal !== '',
    };
  }

  /** True when no checkpoint and not the newest entry is vouched for by another key than this one. */
  async sealedOnlyWith(keyId: string): Promise<boolean> {
    const [row] = await this.#db.query<{ other: boolean }>(
      `select exists (select from audit_checkpoint where seal not like $1)
           or exists (select from audit_head where seal not like $1) as other`,
      [`${keyId}:%`],
    );
    return row?.other === false;
  }

  async keepDays(): Promise<number> {
    const [row] = await this.#db.query<{ keep_days: number }>('select keep_days from audit_settings');
    return row?.keep_days ?? 0;
  }

  /** @param days 0 keeps entries for ever */
  async setKeepDays(days: number, actor: string, remoteAddress: string): Promise<void> {
    await this.#db.transaction(async (tx) => {
      const [before] = await tx.query<{ keep_days: number }>('select keep_days from audit_settings for update');
      await tx.query('update audit_settings set keep_days = $1', [days]);
      await this.append(
        {
          actor,
          action: 'audit.retention',
          target: 'audit log',
          before: { keepDays: before?.keep_days ?? 0 },
          after: { keepDays: days },
          remoteAddress,
        },
        tx,
      );
    });
  }

  /**
   * Remove entries that are older than the retention says. What goes is noted in a sealed checkpoint, from which the
   * chain goes on, and in the log itself.
   * @param upTo newest entry that may go: what is not in the hunting tables yet stays
   * @returns how many went
   */
  async prune(upTo: number, actor = 'system'): Promise<number> {
    const days = await this.keepDays();
    if (days === 0) return 0;
    const before = new Date(this.#now() - days * 86_400_000);
    return this.#db.transaction(async (tx) => {
      // The newest entry stays, so that the chain always has an end to go on from.
      const [last] = await tx.query<{ id: number; hash: string }>(
        `select id, hash from audit_entry where time < $1 and id <= $2 and id < (select id from audit_head)
           and id < coalesce((select min(id) from audit_entry where time >= $1), 9223372036854775807)
         order by id desc limit 1`,
        [before, upTo],
      );
      if (!last) return 0;
      const [count] = await tx.query<{ n: number }>('select count(*) as n from audit_entry where id <= $1', [last.id]);
      const checkpoint = {
        id: last.id,
        hash: last.hash,
        entries: count?.n ?? 0,
        cut_before: before,
        made_at: new Date(this.#now()),
        made_by: actor,
      };
      await tx.query(
        `insert into audit_checkpoint (id, hash, entries, cut_before, made_at, made_by, seal)
         values ($1, $2, $3, $4, $5, $6, $7)`,
        [...Object.values(checkpoint), await this.#keys.sign(checkpointText(checkpoint))],
      );
      await tx.query('delete from audit_entry where id <= $1', [last.id]);
      await this.append(
        {
          actor,
          action: 'audit.prune',
          target: 'audit log',
          before: { upTo: last.id, hash: last.hash },
          after: { removed: checkpoint.entries, olderThan: before.toISOString() },
        },
        tx,
      );
      return checkpoint.entries;
    });
  }

  /** Entries after one, oldest first, as they are carried into the hunting tables. */
  after(id: number, upTo: number, limit: number): Promise<ChainedRow[]> {
    return this.#db.query<ChainedRow>('select * from audit_entry where id > $1 and id <= $2 order by id limit $3', [
      id,
      upTo,
      limit,
    ]);
  }

  async list(filter: AuditFilter): Promise<{ items: AuditEntry[]; total: number }> {
    const conditions: string[] = [];
    const params: unknown[] = [];
    const add = (value: unknown, condition: (place: string) => string): void => {
      if (value === undefined || value === '') return;
      params.push(value);
      conditions.push(condition(`$${params.length}`));
    };
    add(filter.actor?.toLowerCase(), (p) => `lower(actor) = ${p}`);
    add(filter.action && like(filter.action), (p) => `(action like ${p} or action like ${p} || '.%')`);
    add(filter.target, (p) => `target = ${p}`);
    add(filter.outcome?.length ? filter.outcome : undefined, (p) => `outcome = any(${p}::text[])`);
    add(filter.from, (p) => `time >= ${p}`);
    add(filter.to, (p) => `time < ${p}`);
    add(
      filter.search && `%${like(filter.search)}%`,
      (p) => `concat_ws(E'\\n', actor, action, target, remote_address, before, after) ilike ${p}`,
    );
    const where = conditions.length > 0 ? `where ${conditions.join(' and ')}` : '';
    const [count] = await this.#db.query<{ n: number }>(`select count(*) as n from audit_entry ${where}`, params);
    const rows = await this.#db.query<AuditRow>(
      `select id, time, actor, action, target, outcome, before, after, remote_address from audit_entry ${where}
       order by id ${filter.oldestFirst ? 'asc' : 'desc'}
       limit $${params.length + 1} offset $${params.length + 2}`,
      [...params, filter.pageSize, (filter.page - 1) * filter.pageSize],
    );
    return { items: rows.map(toEntry), total: count?.n ?? 0 };
  }
}

interface Checkpoint {
  readonly id: number;
  readonly hash: string;
  readonly entries: number;
  readonly cut_before: Date;
  readonly made_at: Date;
  readonly made_by: string;
  readonly seal: string;
}

function checkpointText(point: Omit<Checkpoint, 'seal'>): string {
  return JSON.stringify([
    'audit checkpoint',
    point.id,
    point.hash,
    point.entries,
    point.cut_before.toISOString(),
    point.made_at.toISOString(),
    point.made_by,
  ]);
}

function headText(id: number, hash: string): string {
  return JSON.stringify(['audit head', id, hash]);
}

/** A pattern that matches the text itself. */
export function like(literal: string): string {
  return literal.replace(/[\\%_]/g, '\\$&');
}

/** The hash of an entry covers everything in it and, through the previous hash, everything before it. */
function link(previousHash: string, row: AuditRow): string {
  const content = JSON.stringify([
    previousHash,
    row.id,
    row.time.toISOString(),
    row.actor,
    row.action,
    row.target,
    row.outcome,
    row.before,
    row.after,
    row.remote_address,
  ]);
  return createHash('sha256').update(content).digest('hex');
}

/** Exactly what the database will give back, or the hash would not hold. */
function text(value: string, max: number): string {
  const cut = value.length > max ? `${value.slice(0, max - 1)}…` : value;
  return cut.replaceAll('\0', '\uFFFD').replace(/\p{Surrogate}/gu, '\uFFFD');
}

function toJson(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  const json = JSON.stringify(value, (key, item: unknown) =>
    SECRET_KEY.test(key) && item !== null ? '[removed]' : item,
  );
  if (json === undefined) return null;
  return json.length > MAX_JSON ? JSON.stringify({ tooLong: true, characters: json.length }) : json;
}

function toEntry(row: AuditRow): AuditEntry {
  return {
    id: row.id,
    time: row.time.toISOString(),
    actor: row.actor,
    action: row.action,
    target: row.target,
    outcome: row.outcome,
    before: row.before === null ? null : JSON.parse(row.before),
    after: row.after === null ? null : JSON.parse(row.after),
    remoteAddress: row.remote_address,
  };
}
