import type { AuditEntry, Page } from '@parapet/schema';
import type { FastifyInstance } from 'fastify';
import type { AccessService } from '../access.ts';
import { instant, listOf, type Paging, paging } from './validation.ts';

const OUTCOMES = ['ok', 'denied', 'failed'] as const;
const text = { type: 'string', maxLength: 500 } as const;

interface AuditQuery extends Paging {
  readonly actor?: string;
  readonly action?: string;
  readonly target?: string;
  readonly outcome?: string;
  readonly from?: string;
  readonly to?: string;
  readonly search?: string;
  readonly order: 'asc' | 'desc';
}

/** GET /api/audit, GET /api/audit/verification, GET and PUT /api/audit/settings */
export function auditRoutes(app: FastifyInstance, access: AccessService): void {
  app.get<{ Querystring: AuditQuery }>(
    '/api/audit',
    {
      config: { permission: 'Auth.Read' },
      schema: {
        querystring: {
          type: 'object',
          properties: {
            ...paging,
            actor: text,
            action: text,
            target: text,
            outcome: text,
            from: text,
            to: text,
            search: text,
            order: { type: 'string', enum: ['asc', 'desc'], default: 'desc' },
          },
        },
      },
    },
    async ({ query }): Promise<Page<AuditEntry>> => {
      const { page, pageSize, actor, action, target, search } = query;
      const found = await access.audits.list({
        page,
        pageSize,
        actor,
        action,
        target,
        search,
        outcome: listOf(query.outcome, OUTCOMES, 'outcome'),
        from: instant(query.from, 'from'),
        to: instant(query.to, 'to'),
        oldestFirst: query.order === 'asc',
      });
      return { ...found, page, pageSize };
    },
  );

  app.get('/api/audit/verification', { config: { permission: 'Auth.Manage' } }, () => access.verifyAudit());

  app.get('/api/audit/settings', { config: { permission: 'Auth.Read' } }, async () => ({
    keepDays: await access.audits.keepDays(),
  }));

  app.put<{ Body: { keepDays: number } }>(
    '/api/audit/settings',
    {
      config: { permission: 'Auth.Manage', confirmed: true },
      bodyLimit: 1024,
      schema: {
        body: {
          type: 'object',
          required: ['keepDays'],
          additionalProperties: false,
          // 0 keeps everything; less than a month is not a retention but a way to hide.
          properties: { keepDays: { type: 'integer', anyOf: [{ const: 0 }, { minimum: 30, maximum: 36_500 }] } },
        },
      },
    },
    async (request) => {
      await access.audits.setKeepDays(request.body.keepDays, request.principal.username, request.ip);
      return { keepDays: request.body.keepDays };
    },
  );
}
