import { randomBytes, randomUUID } from 'node:crypto';
import type { TokenCaller } from '@parapet/access';
import { ApiError, badRequest } from '../errors.ts';
import { ALERT_SHAPE, INCIDENT_SHAPE } from '../graph/records.ts';
import { instant, parseFilter } from '../odata/filter.ts';
import type { ApiLimits, PublicApiOptions } from '../types.ts';
import { checkAddress, send } from './outbound.ts';

export interface SubscriptionRow {
  readonly id: string;
  readonly app_id: string;
  readonly creator_id: string;
  readonly kind: 'alert' | 'incident';
  readonly object_id: string | null;
  readonly filter: string;
  readonly resource: string;
  readonly change_types: readonly string[];
  readonly notification_url: string;
  readonly lifecycle_url: string | null;
  readonly client_state: string;
  readonly created_at: Date;
  readonly expires_at: Date;
  readonly mark: Date;
  readonly reminded: boolean;
}

const MINUTE = 60_000;
/** Lengths of a subscription (spec A 6.6). */
export const SHORTEST_MINUTES = 45;
export const LONGEST_MINUTES = 43_200;
const HANDSHAKE_MS = 10_000;

/** What a resource path names. @throws ApiError 400 */
export function resourceOf(text: string): {
  readonly kind: 'alert' | 'incident';
  readonly objectId: string | null;
  readonly filter: string;
} {
  const match =
    /^\/?(?:v1\.0\/|beta\/)?security\/(alerts_v2|incidents)(?:\/([^/?]{1,400})|\('([^')]{1,400})'\))?\/?(?:\?(.*))?$/i.exec(
      text,
    );
  if (!match)
    throw badRequest(
      'resource must be /security/alerts_v2, /security/alerts_v2/{id}, /security/incidents or /security/incidents/{id}, with $filter if wanted.',
    );
  const kind = match[1]?.toLowerCase() === 'alerts_v2' ? 'alert' : 'incident';
  const query = new URLSearchParams(match[4] ?? '');
  const odd = [...query.keys()].find((name) => name.toLowerCase() !== '$filter');
  if (odd !== undefined) throw badRequest(`resource takes $filter alone, not ${odd.slice(0, 100)}.`);
  const filter = query.get('$filter') ?? '';
  if (filter !== '') parseFilter(filter, (kind === 'alert' ? ALERT_SHAPE : INCIDENT_SHAPE).filter);
  return { kind, objectId: match[2] ?? match[3] ?? null, filter };
}

/** Creating, renewing and ending subscriptions. */
export class Subscriptions {
  readonly #options: PublicApiOptions;
  readonly #limits: ApiLimits;

  constructor(options: PublicApiOptions, limits: ApiLimits) {
    this.#options = options;
    this.#limits = limits;
  }

  get #now(): number {
    return this.#options.now?.() ?? Date.now();
  }

  list(caller: TokenCaller): Promise<SubscriptionRow[]> {
    return this.#options.db.query<SubscriptionRow>(
      'select * from api_subscription where app_id = $1 and expires_at > $2 order by created_at, id',
      [caller.appId, new Date(this.#now)],
    );
  }

  /** @throws ApiError 404, also for another application's */
  async get(caller: TokenCaller, id: string): Promise<SubscriptionRow> {
    const found = (await this.list(caller)).find((each) => each.id === id);
    if (!found) throw new ApiError(404, 'The subscription does not exist or has expired.');
    return found;
  }

  /**
   * The receiver is asked first: one that does not answer the handshake gets no subscription.
   * @throws ApiError 400, 403 when the application has as many as it may have
   */
  async create(
    caller: TokenCaller,
    input: {
      readonly resource: string;
      readonly changeTypes: readonly string[];
      readonly notificationUrl: string;
      readonly lifecycleNotificationUrl?: string;
      readonly expirationDateTime: string;
      readonly clientState: string;
    },
  ): Promise<SubscriptionRow> {
    const { kind, objectId, filter } = resourceOf(input.resource);
    const expires = this.#expiry(input.expirationDateTime);
    const { allowLoopback, subscriptionsPerApp } = this.#limits;
    const urls = [
      checkAddress(input.notificationUrl, 'notificationUrl', allowLoopback),
      ...(input.lifecycleNotificationUrl
        ? [checkAddress(input.lifecycleNotificationUrl, 'lifecycleNotificationUrl', allowLoopback)]
        : []),
    ];
    if ((await this.list(caller)).length >= subscriptionsPerApp)
      throw new ApiError(403, `An application has at most ${subscriptionsPerApp} subscriptions.`, 'ExtensionError');
    for (const url of urls) await this.#handshake(url);
    const now = new Date(this.#now);
    const [row] = await this.#options.db.query<SubscriptionRow>(
      `insert into api_subscription (id, app_id, creator_id, kind, object_id, filter, resource, change_types,
         notification_url, lifecycle_url, client_state, created_at, expires_at, mark)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $12) returning *`,
      [
        randomUUID(),
        caller.appId,
        caller.principal.id,
        kind,
        objectId,
        filter,
        input.resource,
        input.changeTypes,
        input.notificationUrl,
        input.lifecycleNotificationUrl ?? null,
        input.clientState,
        now,
        expires,
      ],
    );
    if (!row) throw new Error('The subscription was not stored');
    await this.#note(caller, 'subscription.create', row.id, { resource: row.resource, url: urls[0]?.host });
    return row;
  }

  /** @throws ApiError 400, 404 */
  async renew(caller: TokenCaller, id: string, expirationDateTime: string): Promise<SubscriptionRow> {
    const before = await this.get(caller, id);
    const expires = this.#expiry(expirationDateTime);
    await this.#options.db.query('update api_subscription set expires_at = $2, reminded = false where id = $1', [
      id,
      expires,
    ]);
    await this.#note(caller, 'subscription.renew', id, { expires: expires.toISOString() });
    return { ...before, expires_at: expires };
  }

  /** @throws ApiError 404 */
  async remove(caller: TokenCaller, id: string): Promise<void> {
    await this.get(caller, id);
    await this.#options.db.query('delete from api_subscription where id = $1', [id]);
    await this.#note(caller, 'subscription.delete', id);
  }

  #expiry(text: string): Date {
    const time = instant(text);
    if (time === undefined) throw badRequest('expirationDateTime is not a date and time.');
    const at = new Date(time);
    const minutes = (at.getTime() - this.#now) / MINUTE;
    // A minute's grace each way: clocks differ and calls take time.
    if (minutes < SHORTEST_MINUTES - 1 || minutes > LONGEST_MINUTES + 1)
      throw badRequest(`expirationDateTime must lie ${SHORTEST_MINUTES} to ${LONGEST_MINUTES} minutes ahead.`);
    return at;
  }

  async #handshake(url: URL): Promise<void> {
    const token = `Validation: ${randomBytes(24).toString('base64url')}`;
    const asked = new URL(url);
    asked.searchParams.set('validationToken', token);
    const why = await send(asked, {
      method: 'POST',
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body: '',
      timeoutMs: HANDSHAKE_MS,
      allowLoopback: this.#limits.allowLoopback,
    }).then(
      ({ status, type, body }) =>
        status !== 200
          ? `it answered ${status}`
          : !/^text\/plain\b/i.test(type)
            ? 'its answer is not text/plain'
            : body.trim() !== token
              ? 'its answer is not the token'
              : undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    if (why !== undefined)
      throw new ApiError(
        400,
        `Subscription validation request failed: ${why}. ${url.host} must answer with the validationToken as text/plain within 10 s.`,
        'ValidationError',
      );
  }

  #note(caller: TokenCaller, action: string, id: string, after?: unknown): Promise<void> {
    return this.#options.audit({ actor: caller.principal.username, action, target: `subscription/${id}`, after });
  }
}
