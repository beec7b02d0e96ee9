/**
 * What an assistant can do here: read, hunt, and propose. Every tool is a call of the portal's own API with the caller's
 * credentials, so that permissions, scopes, limits and the audit log are those of the same call made by hand.
 */
import { CLASSIFICATIONS, INCIDENT_STATUSES, SEVERITIES } from '@parapet/schema';
import { z } from 'zod';

export interface ApiCall {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

export interface Tool<Shape extends z.ZodRawShape = z.ZodRawShape> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: Shape;
  /** False for what leaves a trace others see. */
  readonly readOnly: boolean;
  /** The calls it makes, in order; the answer has each under its name. */
  calls(input: z.infer<z.ZodObject<Shape>>): Readonly<Record<string, ApiCall>>;
}

const tool = <Shape extends z.ZodRawShape>(made: Tool<Shape>): Tool => made as unknown as Tool;
const id = z.string().min(1).max(400);
const page = { page: z.number().int().min(1).optional(), pageSize: z.number().int().min(1).max(50).optional() };
const when = z.string().max(40).describe('ISO 8601 in UTC');
const at = (...parts: string[]): string => `/${parts.map(encodeURIComponent).join('/')}`;
const openStatuses = INCIDENT_STATUSES.filter((status) => status !== 'redirected') as [string, ...string[]];

/** Rows of a hunt that are worth an assistant's context. */
const MOST_ROWS = 500;

export const TOOLS: readonly Tool[] = [
  tool({
    name: 'list_incidents',
    title: 'List incidents',
    description:
      'Incidents of the queue, by priority unless sorted otherwise. Without any filter these are the open ones of the last 30 days.',
    readOnly: true,
    input: {
      status: z.array(z.enum(openStatuses)).optional(),
      severity: z.array(z.enum(SEVERITIES)).optional(),
      search: z.string().max(500).optional().describe('Words in name, assets or tags'),
      from: when.optional().describe('Active or updated since'),
      to: when.optional(),
      ...page,
    },
    calls: ({ status, severity, ...rest }) => ({
      incidents: {
        method: 'GET',
        path: '/api/incidents',
        query: {
          pageSize: 20,
          ...rest,
          ...(status ? { status: status.join(',') } : {}),
          ...(severity ? { severity: severity.join(',') } : {}),
        },
      },
    }),
  }),
  tool({
    name: 'get_incident',
    title: 'Read an incident',
    description:
      'One incident with its alerts, assets, open proposals and the attack story as relations in order of time.',
    readOnly: true,
    input: { id },
    calls: ({ id }) => ({
      incident: { method: 'GET', path: at('api', 'incidents', id) },
      alerts: { method: 'GET', path: at('api', 'incidents', id, 'alerts'), query: { pageSize: 50 } },
      assets: { method: 'GET', path: at('api', 'incidents', id, 'assets'), query: { pageSize: 50 } },
      story: { method: 'GET', path: at('api', 'incidents', id, 'graph') },
      proposals: { method: 'GET', path: at('api', 'incidents', id, 'proposals') },
    }),
  }),
  tool({
    name: 'list_alerts',
    title: 'List alerts',
    description: 'Alerts, the newest activity first.',
    readOnly: true,
    input: {
      severity: z.array(z.enum(SEVERITIES)).optional(),
      search: z.string().max(500).optional(),
      from: when.optional(),
      to: when.optional(),
      ...page,
    },
    calls: ({ severity, ...rest }) => ({
      alerts: {
        method: 'GET',
        path: '/api/alerts',
        query: { pageSize: 20, ...rest, ...(severity ? { severity: severity.join(',') } : {}) },
      },
    }),
  }),
  tool({
    name: 'get_alert',
    title: 'Read an alert',
    description: 'One alert with its evidence, events and the query that finds them.',
    readOnly: true,
    input: { id },
    calls: ({ id }) => ({ alert: { method: 'GET', path: at('api', 'alerts', id) } }),
  }),
  tool({
    name: 'search',
    title: 'Search everything',
    description: 'Incidents, alerts, devices, users, files, addresses and hashes by text.',
    readOnly: true,
    input: { text: z.string().min(1).max(400) },
    calls: ({ text }) => ({ found: { method: 'GET', path: '/api/search', query: { q: text } } }),
  }),
  tool({
    name: 'get_hunting_schema',
    title: 'Read the hunting schema',
    description: 'Tables that can be queried, with their columns, types and the age of their newest row.',
    readOnly: true,
    input: {},
    calls: () => ({ schema: { method: 'GET', path: '/api/hunting/schema' } }),
  }),
  tool({
    name: 'run_hunting_query',
    title: 'Run a hunting query',
    description: `Runs a KQL query over the stored telemetry, read-only and limited. At most ${MOST_ROWS} rows come back: summarise or filter rather than page.`,
    readOnly: true,
    input: {
      query: z.string().min(1).max(100_000).describe('KQL'),
      from: when.optional(),
      to: when.optional(),
      maxRows: z.number().int().min(1).max(MOST_ROWS).optional(),
    },
    calls: ({ query, from, to, maxRows }) => ({
      result: {
        method: 'POST',
        path: '/api/hunting/run',
        body: { query, maxRows: maxRows ?? 100, ...(from && to ? { timeRange: { from, to } } : {}) },
      },
    }),
  }),
  tool({
    name: 'propose_incident_change',
    title: 'Propose a change of an incident',
    description:
      'Suggests a change, a comment or both, with the reason. Nothing changes until an analyst accepts it on the incident page.',
    readOnly: false,
    input: {
      id,
      reason: z.string().min(1).max(4000).describe('Why, with what it rests on'),
      comment: z.string().max(20_000).optional(),
      status: z.enum(openStatuses).optional(),
      severity: z.enum(SEVERITIES).optional(),
      assignedTo: z.string().max(1000).optional(),
      classification: z.enum(CLASSIFICATIONS).optional(),
      determination: z.string().max(60).optional(),
      tags: z.array(z.string().max(1000)).max(100).optional().describe('The whole list, also the tags to keep'),
    },
    calls: ({ id, reason, comment, ...changes }) => ({
      proposal: {
        method: 'POST',
        path: at('api', 'incidents', id, 'proposals'),
        body: { reason, changes, ...(comment ? { comment } : {}) },
      },
    }),
  }),
];
