import { setTimeout as sleep } from 'node:timers/promises';
import type { StateLog } from './open.ts';
import type { Migration, Queryable, StateDb } from './types.ts';

export const outboxMigrations: readonly Migration[] = [
  {
    id: 'state/002-outbox',
    sql: `
      create table outbox (
        id bigint generated always as identity primary key,
        topic text not null,
        payload jsonb not null,
        created_at timestamptz not null default now()
      );
      create index outbox_topic on outbox (topic, id);`,
  },
];

export interface OutboxItem<T> {
  /** Grows in the order written: a receiver may use it to drop what it already has. */
  readonly id: number;
  readonly payload: T;
  readonly createdAt: Date;
}

export interface OutboxRelayOptions {
  /** Most items per delivery; 500 by default. */
  readonly batch?: number;
  /** Pause between looks at an empty outbox; 500 ms by default. */
  readonly intervalMs?: number;
  /** Longest pause after failures in a row; 30 s by default. The first pause is `intervalMs`, then it doubles. */
  readonly maxBackoffMs?: number;
  readonly log?: StateLog;
}

export interface OutboxStatus {
  readonly pending: number;
  /** Failed deliveries in a row. */
  readonly failures: number;
  readonly lastError: string | null;
}

export interface OutboxRelay {
  /**
   * Deliver what is committed now, without waiting for the interval or a back-off.
   * @throws whatever `deliver` threw
   */
  flush(): Promise<void>;
  /** Look at the outbox soon; call it after a commit to save the rest of the interval. */
  wake(): void;
  status(): Promise<OutboxStatus>;
  /** Stop after the delivery that is under way; what is left is delivered after the next start. */
  close(): Promise<void>;
}

/**
 * Put a message into the outbox, inside the transaction whose effect it announces.
 * @param payload anything JSON can carry
 */
export async function appendOutbox(tx: Queryable, topic: string, payload: unknown): Promise<void> {
  await tx.query('insert into outbox (topic, payload) values ($1, $2)', [topic, JSON.stringify(payload ?? null)]);
}

/**
 * Deliver a topic's messages in order, at least once: a message is removed after `deliver` returned, so a crash between
 * the two delivers it again. A failing delivery holds back what is behind it. One relay per topic.
 */
export function createOutboxRelay<T>(
  db: StateDb,
  topic: string,
  deliver: (items: readonly OutboxItem<T>[]) => Promise<void>,
  options: OutboxRelayOptions = {},
): OutboxRelay {
  const { batch = 500, intervalMs = 500, maxBackoffMs = 30_000, log } = options;
  let failures = 0;
  let lastError: string | null = null;
  let closed = false;
  let alarm = new AbortController();
  let turn: Promise<unknown> = Promise.resolve();

  /** One delivery; answers how many items it held. Deliveries never overlap, whoever asks for them. */
  function step(): Promise<number> {
    const mine = turn.then(async () => {
      const rows = await db.query<{ id: number; payload: T; created_at: Date }>(
        'select id, payload, created_at from outbox where topic = $1 order by id limit $2',
        [topic, batch],
      );
      if (rows.length === 0) return 0;
      try {
        await deliver(rows.map(({ id, payload, created_at }) => ({ id, payload, createdAt: created_at })));
      } catch (error) {
        failures++;
        lastError = error instanceof Error ? error.message : String(error);
        throw error;
      }
      await db.query('delete from outbox where topic = $1 and id = any($2::bigint[])', [
        topic,
        rows.map(({ id }) => id),
      ]);
      failures = 0;
      lastError = null;
      return rows.length;
    });
    turn = mine.catch(() => undefined);
    return mine;
  }

  async function loop(): Promise<void> {
    while (!closed) {
      let pause = intervalMs;
      try {
        if ((await step()) === batch) continue;
      } catch (error) {
        pause = Math.min(maxBackoffMs, intervalMs * 2 ** Math.min(Math.max(failures, 1), 20));
        log?.warn({ err: error, topic, failures, retryInMs: pause }, 'outbox delivery failed');
      }
      await sleep(pause, undefined, { signal: alarm.signal, ref: false }).catch(() => {
        if (!closed) alarm = new AbortController();
      });
    }
  }
  const running = loop();

  return {
    async flush() {
      while ((await step()) > 0);
    },
    wake() {
      alarm.abort();
    },
    async status() {
      const [row] = await db.query<{ pending: number }>('select count(*) as pending from outbox where topic = $1', [
        topic,
      ]);
      return { pending: row?.pending ?? 0, failures, lastError };
    },
    async close() {
      closed = true;
      alarm.abort();
      await running;
      await turn;
    },
  };
}
