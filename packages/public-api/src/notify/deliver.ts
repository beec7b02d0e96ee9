import type { AlertRecord, Condition, IncidentRecord } from '@parapet/incidents';
import { ALERT_SHAPE, INCIDENT_SHAPE } from '../graph/records.ts';
import { parseFilter } from '../odata/filter.ts';
import type { ApiLimits, PublicApiOptions } from '../types.ts';
import { send } from './outbound.ts';
import type { SubscriptionRow } from './subscriptions.ts';

const POLL_MS = 2_000;
const PAGE = 500;
/** Notifications of one subscription in one request. */
const PER_REQUEST = 50;
const TIMEOUT_MS = 10_000;
/** After this a notification is given up (spec A 6.6). */
const GIVE_UP_MS = 4 * 3_600_000;
const FIRST_PAUSE_MS = 10_000;
const MAX_PAUSE_MS = 15 * 60_000;
/** A reminder goes out this long before a subscription ends. */
const REMIND_MS = 15 * 60_000;

interface QueuedRow {
  readonly id: string;
  readonly subscription_id: string;
  readonly url: string;
  readonly body: Record<string, unknown>;
  readonly attempts: number;
  readonly created_at: Date;
}

/** Looks for changes, queues what subscriptions want to know, and delivers it until it is taken. */
export class Notifier {
  readonly #options: PublicApiOptions;
  readonly #limits: ApiLimits;
  readonly #timer: NodeJS.Timeout | undefined;
  /** Of the youngest changes looked at: what was announced, so that others of the same moment are not missed. */
  readonly #announced = new Map<string, Set<string>>();
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(options: PublicApiOptions, limits: ApiLimits) {
    this.#options = options;
    this.#limits = limits;
    this.#timer = setInterval(() => void this.run().catch(() => undefined), POLL_MS);
    this.#timer.unref();
  }

  get #now(): number {
    return this.#options.now?.() ?? Date.now();
  }

  /** One round: ended subscriptions leave, changes are queued, what is due is sent. Rounds never overlap. */
  run(): Promise<void> {
    const mine = this.#turn.then(async () => {
      if (this.#closed) return;
      try {
        await this.#queue();
        await this.#send();
      } catch (error) {
        this.#options.log.error({ err: error }, 'Notifications could not be prepared; they are tried again');
      }
    });
    this.#turn = mine;
    return mine;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#turn;
  }

  async #queue(): Promise<void> {
    const { db } = this.#options;
    const now = new Date(this.#now);
    const all = await db.query<SubscriptionRow>('select * from api_subscription');
    for (const subscription of all) {
      if (subscription.expires_at <= now) await this.#end(subscription, 'subscriptionRemoved');
      else {
        if (!subscription.reminded && subscription.expires_at.getTime() - now.getTime() < REMIND_MS)
          await this.#remind(subscription);
        await this.#changes(subscription);
      }
    }
  }

  /** Queue every change since the mark and move the mark, in one transaction. */
  async #changes(subscription: SubscriptionRow): Promise<void> {
    const { incidents, db } = this.#options;
    // As the creator sees it now: what was taken from them since is not told.
    const creator = await this.#options.oauth.principalFor(subscription.app_id, subscription.creator_id);
    if (!creator?.permissions.includes('SecData.Read')) {
      await this.#end(subscription, 'subscriptionRemoved');
      return;
    }
    const { records } = await incidents.as(creator);
    const seen = this.#announced.get(subscription.id) ?? new Set<string>();
    const query = {
      order: [{ field: 'lastUpdate', descending: false }],
      limit: PAGE,
      condition: conditionOf(subscription),
      ...(subscription.object_id === null ? {} : { ids: [subscription.object_id] }),
    };
    const page: { readonly items: readonly (AlertRecord | IncidentRecord)[] } =
      subscription.kind === 'alert' ? await records.alerts(query) : await records.incidents(query);
    const items = page.items.filter((record) => !seen.has(`${record.id}:${record.version}`));
    const last = page.items.at(-1);
    if (!last || items.length === 0) return;
    const values = items.flatMap((record) => {
      const change = record.created_at > subscription.mark ? 'created' : 'updated';
      return subscription.change_types.includes(change) ? [this.#value(subscription, record.id, change)] : [];
    });
    const now = new Date(this.#now);
    await db.transaction(async (tx) => {
      for (let start = 0; start < values.length; start += PER_REQUEST)
        await tx.query(
          `insert into api_notification (subscription_id, url, body, next_at, created_at) values ($1, $2, $3, $4, $4)`,
          [
            subscription.id,
            subscription.notification_url,
            JSON.stringify({ value: values.slice(start, start + PER_REQUEST) }),
            now,
          ],
        );
      await tx.query('update api_subscription set mark = $2 where id = $1', [subscription.id, last.last_update]);
    });
    const same = page.items.filter((record) => record.last_update.getTime() === last.last_update.getTime());
    const kept = last.last_update.getTime() === subscription.mark.getTime() ? seen : new Set<string>();
    for (const record of same) kept.add(`${record.id}:${record.version}`);
    this.#announced.set(subscription.id, kept);
  }

  /** `microsoft.graph.changeNotification` */
  #value(subscription: SubscriptionRow, id: string, changeType: string): Record<string, unknown> {
    const set = subscription.kind === 'alert' ? 'alerts_v2' : 'incidents';
    return {
      subscriptionId: subscription.id,
      subscriptionExpirationDateTime: subscription.expires_at.toISOString(),
      changeType,
      resource: `security/${set}/${id}`,
      resourceData: {
        '@odata.type': `#microsoft.graph.security.${subscription.kind}`,
        '@odata.id': `security/${set}/${id}`,
        id,
      },
      clientState: subscription.client_state,
      tenantId: this.#options.oauth.tenantId,
    };
  }

  async #send(): Promise<void> {
    const { db, log, oauth } = this.#options;
    const now = this.#now;
    const due = await db.query<QueuedRow>(
      `select id::text as id, subscription_id, url, body, attempts, created_at from api_notification
       where next_at <= $1 order by next_at, api_notification.id limit 50`,
      [new Date(now)],
    );
    // A receiver that hangs must not hold up the others.
    await Promise.all(
      due.map(async (row) => {
        const [subscription] = await db.query<SubscriptionRow>('select * from api_subscription where id = $1', [
          row.subscription_id,
        ]);
        if (!subscription) return;
        const body = JSON.stringify({
          ...row.body,
          // Signed with the keys of this server, for the application: whoever receives it can check who sent it.
          validationTokens: [await oauth.signNotification(subscription.app_id)],
        });
        const failure = await send(new URL(row.url), {
          method: 'POST',
          headers: { 'content-type': 'application/json; charset=utf-8' },
          body,
          timeoutMs: TIMEOUT_MS,
          allowLoopback: this.#limits.allowLoopback,
        }).then(
          ({ status }) => (status >= 200 && status < 300 ? undefined : `It answered ${status}`),
          (error: unknown) => (error instanceof Error ? error.message : String(error)),
        );
        if (failure === undefined || now - row.created_at.getTime() > GIVE_UP_MS) {
          await db.query('delete from api_notification where id = $1', [row.id]);
          if (failure !== undefined)
            log.warn(
              { subscription: row.subscription_id, failure },
              'A notification was not taken for four hours and is given up',
            );
          return;
        }
        const pause = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(row.attempts, 20));
        await db.query(
          'update api_notification set attempts = attempts + 1, next_at = $2, last_error = $3 where id = $1',
          [row.id, new Date(this.#now + pause), failure.slice(0, 500)],
        );
      }),
    );
  }

  async #remind(subscription: SubscriptionRow): Promise<void> {
    const { db } = this.#options;
    if (subscription.lifecycle_url) await this.#lifecycle(subscription, 'reauthorizationRequired');
    await db.query('update api_subscription set reminded = true where id = $1', [subscription.id]);
  }

  async #end(subscription: SubscriptionRow, event: string): Promise<void> {
    // Its queue goes with it, so that the last word is said at once or not at all.
    if (subscription.lifecycle_url)
      await send(new URL(subscription.lifecycle_url), {
        method: 'POST',
        headers: { 'content-type': 'application/json; charset=utf-8' },
        body: JSON.stringify({ value: [this.#lifecycleValue(subscription, event)] }),
        timeoutMs: TIMEOUT_MS,
        allowLoopback: this.#limits.allowLoopback,
      }).catch(() => undefined);
    await this.#options.db.query('delete from api_subscription where id = $1', [subscription.id]);
    this.#announced.delete(subscription.id);
  }

  async #lifecycle(subscription: SubscriptionRow, event: string): Promise<void> {
    const now = new Date(this.#now);
    await this.#options.db.query(
      'insert into api_notification (subscription_id, url, body, next_at, created_at) values ($1, $2, $3, $4, $4)',
      [
        subscription.id,
        subscription.lifecycle_url,
        JSON.stringify({ value: [this.#lifecycleValue(subscription, event)] }),
        now,
      ],
    );
  }

  #lifecycleValue(subscription: SubscriptionRow, lifecycleEvent: string): Record<string, unknown> {
    return {
      subscriptionId: subscription.id,
      subscriptionExpirationDateTime: subscription.expires_at.toISOString(),
      tenantId: this.#options.oauth.tenantId,
      clientState: subscription.client_state,
      lifecycleEvent,
    };
  }
}

/** Changed since the mark, and what the subscription's own filter says. */
function conditionOf({ mark, filter, kind }: SubscriptionRow): Condition {
  const since: Condition = { kind: 'compare', field: 'lastUpdate', operator: 'ge', value: mark.toISOString() };
  if (filter === '') return since;
  return { kind: 'and', parts: [since, parseFilter(filter, (kind === 'alert' ? ALERT_SHAPE : INCIDENT_SHAPE).filter)] };
}
