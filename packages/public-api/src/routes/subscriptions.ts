import type { FastifyInstance, FastifyRequest } from 'fastify';
import { apiRoute, baseUrl, callerOf, sendJson } from '../auth.ts';
import { bodyOf, textOf } from '../body.ts';
import { ApiError, badRequest } from '../errors.ts';
import { resourceOf, type SubscriptionRow, type Subscriptions } from '../notify/subscriptions.ts';
import type { PublicApiOptions } from '../types.ts';
import { READ_ALERTS } from './alerts.ts';
import { READ_INCIDENTS } from './incidents.ts';

interface Id {
  readonly Params: { readonly id: string };
}

const route = apiRoute({ any: [...READ_ALERTS, ...READ_INCIDENTS], needs: 'SecData.Read', quota: 'security' });
const CHANGES = ['created', 'updated'];

/** `microsoft.graph.subscription` */
const wire = (row: SubscriptionRow): Record<string, unknown> => ({
  id: row.id,
  resource: row.resource,
  applicationId: row.app_id,
  changeType: row.change_types.join(','),
  // Never sent back: whoever may list subscriptions could otherwise make up notifications.
  clientState: null,
  notificationUrl: row.notification_url,
  notificationQueryOptions: null,
  lifecycleNotificationUrl: row.lifecycle_url,
  expirationDateTime: row.expires_at.toISOString(),
  creatorId: row.creator_id,
  includeResourceData: null,
  latestSupportedTlsVersion: 'v1_2',
  encryptionCertificate: null,
  encryptionCertificateId: null,
  notificationUrlAppId: null,
});

/** `/subscriptions` (spec A 6.6). */
export function subscriptionRoutes(
  app: FastifyInstance,
  options: PublicApiOptions,
  subscriptions: Subscriptions,
  version: string,
): void {
  const path = `/${version}/subscriptions`;
  const entity = (request: FastifyRequest, row: SubscriptionRow) => ({
    '@odata.context': `${baseUrl(options.oauth, request)}/${version}/$metadata#subscriptions/$entity`,
    ...wire(row),
  });

  app.get(path, route, async (request, reply) =>
    sendJson(reply, {
      '@odata.context': `${baseUrl(options.oauth, request)}/${version}/$metadata#subscriptions`,
      value: (await subscriptions.list(callerOf(request))).map(wire),
    }),
  );
  app.get<Id>(`${path}/:id`, route, async (request, reply) =>
    sendJson(reply, entity(request, await subscriptions.get(callerOf(request), request.params.id))),
  );

  app.post(path, route, async (request, reply) => {
    const body = bodyOf(request.body, [
      'changeType',
      'notificationUrl',
      'lifecycleNotificationUrl',
      'resource',
      'expirationDateTime',
      'clientState',
      'latestSupportedTlsVersion',
      'includeResourceData',
    ]);
    if (body.includeResourceData === true)
      throw badRequest('includeResourceData is not supported for these resources.');
    const resource = textOf(body.resource ?? '', 'resource', 10_000);
    const caller = callerOf(request);
    // As the resource: a token for alerts alone does not hear of incidents.
    const needed = resourceOf(resource).kind === 'alert' ? READ_ALERTS : READ_INCIDENTS;
    if (!needed.some((name) => caller.permissions.has(name)))
      throw new ApiError(403, `This needs one of the permissions ${needed.join(', ')}, which the token does not have.`);
    const changeTypes = textOf(body.changeType ?? '', 'changeType', 100)
      .split(',')
      .map((part) => part.trim().toLowerCase());
    if (changeTypes.some((each) => !CHANGES.includes(each)))
      throw badRequest(`changeType must be made of ${CHANGES.join(' and ')}.`);
    const lifecycle = body.lifecycleNotificationUrl;
    const row = await subscriptions.create(caller, {
      resource,
      changeTypes: [...new Set(changeTypes)],
      notificationUrl: textOf(body.notificationUrl ?? '', 'notificationUrl', 2_000),
      ...(typeof lifecycle === 'string' && lifecycle !== ''
        ? { lifecycleNotificationUrl: textOf(lifecycle, 'lifecycleNotificationUrl', 2_000) }
        : {}),
      expirationDateTime: textOf(body.expirationDateTime ?? '', 'expirationDateTime', 60),
      clientState: textOf(body.clientState ?? '', 'clientState', 128),
    });
    return sendJson(reply, entity(request, row), 201);
  });

  app.patch<Id>(`${path}/:id`, route, async (request, reply) => {
    const { expirationDateTime } = bodyOf(request.body, ['expirationDateTime']);
    const row = await subscriptions.renew(
      callerOf(request),
      request.params.id,
      textOf(expirationDateTime ?? '', 'expirationDateTime', 60),
    );
    return sendJson(reply, entity(request, row));
  });

  app.post<Id>(`${path}/:id/reauthorize`, route, async (request, reply) => {
    await subscriptions.get(callerOf(request), request.params.id);
    return reply.code(204).send();
  });

  app.delete<Id>(`${path}/:id`, route, async (request, reply) => {
    await subscriptions.remove(callerOf(request), request.params.id);
    return reply.code(204).send();
  });
}
