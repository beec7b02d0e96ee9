import { randomUUID } from 'node:crypto';
import { ParapetError, type Stream, type StreamInput, type StreamSettings } from '@parapet/schema';
import { isUniqueViolation } from '@parapet/state';
import { wireAlert, wireIncident } from '../graph/records.ts';
import { checkAddress } from '../notify/outbound.ts';
import type { ApiLimits, PublicApiOptions } from '../types.ts';
import { openSink, type Sink, type StreamRecord } from './sinks.ts';

/** Destinations by default (spec A 6.6). */
export const MAX_STREAMS = 5;
/** Alerts and incidents in the form of the public API, by their last update. */
export const RECORD_TABLES = ['Alerts', 'Incidents'] as const;
const CHUNK = 1_000;
/** Rows read at once: of many batches, and of one alone. */
const FEW_ROWS = 20_000;
const MAX_ROWS = 100_000;
const POLL_MS = 5_000;
const MAX_PAUSE_MS = 5 * 60_000;

interface StreamRow {
  readonly id: string;
  readonly name: string;
  readonly kind: StreamSettings['kind'];
  readonly settings: Record<string, unknown>;
  readonly sealed: string | null;
  readonly tables: readonly string[];
  readonly enabled: boolean;
  readonly created_at: Date;
  readonly created_by: string;
  readonly checkpoint: Readonly<Record<string, number | string>>;
  readonly sequence: number;
  readonly sent: number;
  readonly last_error: string;
  readonly last_sent_at: Date | null;
}

export interface StreamOptions {
  /** Newest batch whose rows answer queries. */
  readonly lastBatch: () => number;
  /** Rows of the batches after `from` up to `to`, in the same order each time. */
  readonly rows: (
    table: string,
    from: number,
    to: number,
    limit: number,
  ) => Promise<{
    readonly columns: readonly string[];
    readonly rows: readonly (readonly unknown[])[];
    readonly truncated: boolean;
  }>;
  readonly root: string;
  readonly sealer: { seal(secret: string): Promise<string>; open(sealed: string): Promise<string> };
  /** Address in links of streamed alerts. */
  readonly base: () => string;
}

const refuse = (message: string, field: string): ParapetError =>
  new ParapetError('invalid_request', 400, message, undefined, { field });
const SECRETS = { http: 'authorization', nats: 'token' } as const;

/**
 * Streams of tables to other systems. Each keeps the batch up to which it delivered, so that it goes on there after a
 * restart: what the receiver took just before is then sent again with the same sequence.
 */
export class Streams {
  readonly #options: PublicApiOptions;
  readonly #own: StreamOptions;
  readonly #limits: ApiLimits;
  readonly #timer: NodeJS.Timeout;
  readonly #sinks = new Map<string, Sink>();
  readonly #failures = new Map<string, { count: number; nextAt: number }>();
  readonly #running = new Map<string, Promise<void>>();
  #closed = false;

  constructor(options: PublicApiOptions, own: StreamOptions, limits: ApiLimits) {
    this.#options = options;
    this.#own = own;
    this.#limits = limits;
    this.#timer = setInterval(() => void this.run(), POLL_MS);
    this.#timer.unref();
  }

  #now(): Date {
    return new Date(this.#options.now?.() ?? Date.now());
  }

  async list(): Promise<Stream[]> {
    return (await this.#rows()).map(toStream);
  }

  /** @throws ParapetError 400 naming the field, 409 `stream_name_taken`, `too_many_streams` */
  async create(input: StreamInput, by: string): Promise<Stream> {
    if ((await this.#rows()).length >= MAX_STREAMS)
      throw new ParapetError(
        'too_many_streams',
        409,
        `There are ${MAX_STREAMS} streams, which is the most.`,
        'Remove one that is no longer used.',
      );
    const checked = await this.#check(input);
    const now = this.#now();
    const id = randomUUID();
    // A stream begins with what comes from now on.
    const checkpoint = Object.fromEntries(checked.tables.map((table) => [table, this.#start(table, now)]));
    await this.#naming(input.name, () =>
      this.#options.db.query(
        `insert into api_stream (id, name, kind, settings, sealed, tables, enabled, created_at, created_by, checkpoint)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
        [
          id,
          checked.name,
          checked.kind,
          JSON.stringify(checked.settings),
          checked.sealed,
          checked.tables,
          input.enabled ?? true,
          now,
          by,
          JSON.stringify(checkpoint),
        ],
      ),
    );
    return this.#get(id);
  }

  /** @throws ParapetError as `create`, and 404 `stream_not_found` */
  async update(id: string, input: Partial<StreamInput>): Promise<Stream> {
    const before = await this.#row(id);
    const checked = await this.#check({ ...toStream(before), ...input }, before);
    const checkpoint = Object.fromEntries(
      checked.tables.map((table) => [table, before.checkpoint[table] ?? this.#start(table, this.#now())]),
    );
    await this.#naming(checked.name, () =>
      this.#options.db.query(
        `update api_stream set name = $2, kind = $3, settings = $4, sealed = $5, tables = $6, enabled = $7, checkpoint = $8,
                last_error = '' where id = $1`,
        [
          id,
          checked.name,
          checked.kind,
          JSON.stringify(checked.settings),
          checked.sealed,
          checked.tables,
          input.enabled ?? before.enabled,
          JSON.stringify(checkpoint),
        ],
      ),
    );
    this.#forget(id);
    return this.#get(id);
  }

  /** @throws ParapetError 404 `stream_not_found` */
  async remove(id: string): Promise<void> {
    await this.#row(id);
    await this.#options.db.query('delete from api_stream where id = $1', [id]);
    this.#forget(id);
  }

  /** Deliver what is new on every stream; those that failed lately wait. */
  async run(): Promise<void> {
    if (this.#closed) return;
    const rows = await this.#rows().catch(() => []);
    await Promise.all(rows.filter(({ enabled }) => enabled).map((row) => this.#runOne(row)));
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await Promise.allSettled(this.#running.values());
    for (const id of [...this.#sinks.keys()]) this.#forget(id);
  }

  #runOne(row: StreamRow): Promise<void> {
    const known = this.#running.get(row.id);
    if (known) return known;
    if ((this.#failures.get(row.id)?.nextAt ?? 0) > Date.now()) return Promise.resolve();
    const mine = this.#deliver(row)
      .then(
        async () => {
          this.#failures.delete(row.id);
          if (row.last_error !== '')
            await this.#options.db.query(`update api_stream set last_error = '' where id = $1`, [row.id]);
        },
        async (error: unknown) => {
          const count = (this.#failures.get(row.id)?.count ?? 0) + 1;
          this.#failures.set(row.id, {
            count,
            nextAt: Date.now() + Math.min(MAX_PAUSE_MS, 5_000 * 2 ** Math.min(count, 10)),
          });
          const message = error instanceof Error ? error.message : String(error);
          this.#options.log.warn({ stream: row.name, err: error }, 'A stream could not deliver and tries again');
          await this.#options.db
            .query('update api_stream set last_error = $2 where id = $1', [row.id, message.slice(0, 500)])
            .catch(() => undefined);
        },
      )
      .finally(() => this.#running.delete(row.id));
    this.#running.set(row.id, mine);
    return mine;
  }

  async #deliver(row: StreamRow): Promise<void> {
    let sink = this.#sinks.get(row.id);
    if (!sink) {
      sink = openSink(await this.#settings(row), { root: this.#own.root, allowLoopback: this.#limits.allowLoopback });
      this.#sinks.set(row.id, sink);
    }
    const state = { sequence: Number(row.sequence) };
    for (const table of row.tables) {
      if (this.#closed) return;
      if ((RECORD_TABLES as readonly string[]).includes(table)) await this.#records(row, table, sink, state);
      else await this.#rowsOf(row, table, sink, state);
    }
  }

  /** Rows of the batches since the checkpoint, a chunk at a time in a fixed order. */
  async #rowsOf(row: StreamRow, table: string, sink: Sink, state: { sequence: number }): Promise<void> {
    const { store } = this.#options;
    const known = store.schema.tables.find((each) => each.name === table);
    if (!known) return;
    const from = Number(row.checkpoint[table] ?? 0);
    const to = this.#own.lastBatch();
    if (to <= from) return;
    let done = from;
    let step = to - from;
    while (done < to && !this.#closed) {
      const end = Math.min(to, done + step);
      // One batch is fetched whole; several only as long as they are few rows.
      const whole = end - done <= 1;
      const { columns, rows, truncated } = await this.#own.rows(table, done, end, whole ? MAX_ROWS : FEW_ROWS);
      if (truncated && !whole) {
        step = Math.max(1, Math.floor((end - done) / 2));
        continue;
      }
      const start = state.sequence;
      for (let at = 0; at < rows.length; at += CHUNK) {
        const records = rows.slice(at, at + CHUNK).map((values): StreamRecord => {
          const pairs = columns.map((name, place) => [name, values[place] ?? null] as const);
          const properties = Object.fromEntries(pairs.filter(([name]) => !name.startsWith('_')));
          const time = String(properties.Timestamp ?? properties.TimeGenerated ?? new Date().toISOString());
          return this.#record(time, `AdvancedHunting-${table}`, properties, state);
        });
        await sink.deliver(table, records).catch((error: unknown) => {
          // Sent again from the last mark, under the same numbers.
          state.sequence = start;
          throw error;
        });
      }
      await this.#mark(row.id, table, end, rows.length, state.sequence);
      done = end;
    }
  }

  /** Alerts or incidents that changed since the checkpoint. */
  async #records(row: StreamRow, table: string, sink: Sink, state: { sequence: number }): Promise<void> {
    const { records } = this.#options.incidents;
    const context = { base: this.#own.base(), tenantId: this.#options.oauth.tenantId, allMembers: true };
    let after = [...(String(row.checkpoint[table] ?? '').split('|') as [string, string])] as readonly string[];
    for (;;) {
      const query = { order: [{ field: 'lastUpdate', descending: false }], limit: CHUNK, after };
      const page = table === 'Alerts' ? await records.alerts(query) : await records.incidents(query);
      if (page.items.length === 0) return;
      const wires =
        table === 'Alerts'
          ? (page.items as Parameters<typeof wireAlert>[0][]).map((each) => wireAlert(each, context))
          : (page.items as Parameters<typeof wireIncident>[0][]).map((each) => wireIncident(each, context));
      await sink.deliver(
        table,
        wires.map((wire) => this.#record(String(wire.lastUpdateDateTime), `AdvancedHunting-${table}`, wire, state)),
      );
      const last = page.items.at(-1);
      if (!last) return;
      after = page.next ?? [last.last_update.toISOString(), last.id];
      await this.#mark(row.id, table, after.join('|'), wires.length, state.sequence);
      if (!page.next || this.#closed) return;
    }
  }

  #record(
    time: string,
    category: string,
    properties: Record<string, unknown>,
    state: { sequence: number },
  ): StreamRecord {
    state.sequence += 1;
    const { tenantId } = this.#options.oauth;
    return { time, tenantId, category, operationName: 'Publish', sequence: state.sequence, properties };
  }

  async #mark(id: string, table: string, mark: number | string, sent: number, sequence: number): Promise<void> {
    await this.#options.db.query(
      `update api_stream set checkpoint = jsonb_set(checkpoint, array[$2::text], $3::jsonb), sequence = $4, sent = sent + $5,
              last_sent_at = case when $5::bigint > 0 then $6::timestamptz else last_sent_at end where id = $1`,
      [id, table, JSON.stringify(mark), sequence, sent, new Date()],
    );
  }

  #start(table: string, now: Date): number | string {
    return (RECORD_TABLES as readonly string[]).includes(table)
      ? `${now.toISOString()}|${table === 'Alerts' ? '' : '0'}`
      : this.#own.lastBatch();
  }

  #rows(): Promise<StreamRow[]> {
    return this.#options.db.query<StreamRow>('select * from api_stream order by lower(name)');
  }

  async #row(id: string): Promise<StreamRow> {
    const row = (await this.#rows()).find((each) => each.id === id);
    if (!row) throw new ParapetError('stream_not_found', 404, 'There is no stream with this id.');
    return row;
  }

  async #get(id: string): Promise<Stream> {
    return toStream(await this.#row(id));
  }

  async #settings(row: StreamRow): Promise<StreamSettings> {
    const secret = SECRETS[row.kind as keyof typeof SECRETS];
    const open = row.sealed !== null && secret ? { [secret]: await this.#own.sealer.open(row.sealed) } : {};
    return { ...row.settings, kind: row.kind, ...open } as StreamSettings;
  }

  #forget(id: string): void {
    this.#sinks.get(id)?.close();
    this.#sinks.delete(id);
    this.#failures.delete(id);
  }

  async #check(input: StreamInput, before?: StreamRow) {
    const name = input.name.trim();
    if (name === '' || name.length > 100 || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(name))
      throw refuse('name must be one line of 1 to 100 visible characters.', 'name');
    const known = new Set([...RECORD_TABLES, ...this.#options.store.schema.tables.map((table) => table.name)]);
    const unknown = input.tables.find((table) => !known.has(table));
    if (unknown !== undefined) throw refuse(`There is no table ${JSON.stringify(unknown.slice(0, 100))}.`, 'tables');
    if (input.tables.length === 0) throw refuse('Choose at least one table.', 'tables');
    const { settings } = input;
    const field = SECRETS[settings.kind as keyof typeof SECRETS];
    const given = field ? (settings as Record<string, unknown>)[field] : undefined;
    const plain = Object.fromEntries(Object.entries(settings).filter(([key]) => key !== field && key !== 'kind'));
    this.#checkSettings(settings);
    // A secret does not follow to another receiver.
    const same = before?.kind === settings.kind && JSON.stringify(before.settings) === JSON.stringify(plain);
    const sealed =
      typeof given === 'string' && given !== ''
        ? await this.#own.sealer.seal(given)
        : given === true && same
          ? (before?.sealed ?? null)
          : null;
    return { name, kind: settings.kind, tables: [...new Set(input.tables)], settings: plain, sealed };
  }

  #checkSettings(settings: StreamSettings): void {
    if (settings.kind === 'file') {
      if (!/^[A-Za-z0-9][\w-]{0,63}$/.test(settings.folder))
        throw refuse('folder is a name of letters, digits, - and _; the files go below the data folder.', 'folder');
      return;
    }
    if (settings.kind === 'http') {
      checkAddress(settings.url, 'url', this.#limits.allowLoopback);
      return;
    }
    if (!/^[A-Za-z0-9.:-]{1,253}$/.test(settings.host)) throw refuse('host is not a name or an address.', 'host');
    if (!(Number.isInteger(settings.port) && settings.port > 0 && settings.port < 65_536))
      throw refuse('port is a number from 1 to 65535.', 'port');
    if (settings.kind === 'nats' && !/^[\w.{}-]{1,200}$/.test(settings.subject))
      throw refuse('subject is made of letters, digits, points and {table}.', 'subject');
  }

  async #naming<T>(name: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!isUniqueViolation(error, 'api_stream_name')) throw error;
      throw new ParapetError('stream_name_taken', 409, `A stream is already named "${name}".`, 'Choose another name.');
    }
  }
}

function toStream(row: StreamRow): Stream {
  const secret = SECRETS[row.kind as keyof typeof SECRETS];
  return {
    id: row.id,
    name: row.name,
    enabled: row.enabled,
    tables: row.tables,
    settings: {
      ...row.settings,
      kind: row.kind,
      ...(secret && row.sealed !== null ? { [secret]: true } : {}),
    } as unknown as StreamSettings,
    createdAt: row.created_at.toISOString(),
    createdBy: row.created_by,
    sent: Number(row.sent),
    lastSentAt: row.last_sent_at?.toISOString() ?? null,
    lastError: row.last_error,
  };
}
