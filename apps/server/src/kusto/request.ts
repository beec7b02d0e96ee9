/** What a client of the query endpoint sends, and what it asks for. */
import { randomUUID } from 'node:crypto';
import { ParapetError } from '@parapet/schema';
import type { HuntOptions } from '@parapet/store';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RunnerLimits } from '../hunting/runner.ts';

/** The one database there is. Clients that name none mean it too. */
export const DATABASE_NAME = 'hunting';
const DEFAULT_NAMES = new Set(['', 'netdefaultdb', DATABASE_NAME]);

export interface KustoBody {
  readonly db?: string | null;
  readonly csl?: string;
  /** An object, or its JSON text as some clients send it. */
  readonly properties?: unknown;
}

export const kustoBodySchema = {
  type: 'object',
  required: ['csl'],
  properties: {
    db: { type: ['string', 'null'], maxLength: 1_024 },
    csl: { type: 'string', maxLength: 1_000_000 },
  },
} as const;

/** Ids that tie a call, its answer and the log together. */
export interface CallIds {
  readonly clientRequestId: string;
  readonly activityId: string;
}

/** Ids of a call; the answer carries them whatever becomes of it. */
export function callIds(request: FastifyRequest, reply: FastifyReply): CallIds {
  const given = request.headers['x-ms-client-request-id'];
  const own = typeof given === 'string' && /^[\x20-\x7e]{1,500}$/.test(given) ? given : undefined;
  const ids = { clientRequestId: own ?? `unspecified;${randomUUID()}`, activityId: randomUUID() };
  void reply.headers({ 'x-ms-client-request-id': ids.clientRequestId, 'x-ms-activity-id': ids.activityId });
  return ids;
}

/** Refuses a database that does not exist. */
export function checkDatabase(name: string | null | undefined): void {
  if (DEFAULT_NAMES.has((name ?? '').toLowerCase())) return;
  throw new ParapetError(
    'database_not_found',
    400,
    `There is no database named '${(name ?? '').slice(0, 100)}'.`,
    `The database is ${DATABASE_NAME}.`,
  );
}

type Options = Readonly<Record<string, unknown>>;

function record(value: unknown): Options {
  if (typeof value === 'string' && value.trim() !== '') {
    try {
      return record(JSON.parse(value));
    } catch {
      throw new ParapetError('bad_request', 400, 'properties is not JSON.');
    }
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Options) : {};
}

/** A property by its name in any spelling of upper and lower case. */
function property(of: Options, name: string): unknown {
  const key = Object.keys(of).find((each) => each.toLowerCase() === name);
  return key === undefined ? undefined : of[key];
}

/** Milliseconds of `d.hh:mm:ss.fffffff` or `hh:mm:ss`; undefined for anything else. */
export function timespanMs(text: unknown): number | undefined {
  const match = /^(?:(\d{1,5})\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2}(?:\.\d{1,7})?))?$/.exec(String(text).trim());
  if (!match) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0));
  return Math.round((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000);
}

const isTrue = (value: unknown): boolean => value === true || value === 1 || String(value).toLowerCase() === 'true';

function count(options: Options, name: string): number | undefined {
  const value = property(options, name);
  if (value === undefined || value === null) return undefined;
  const number = Number(value);
  if (!Number.isFinite(number) || number < 0) throw new ParapetError('bad_request', 400, `${name} must be a number.`);
  return Math.floor(number);
}

export interface Asked {
  readonly hunt: Pick<HuntOptions, 'now' | 'parameters' | 'limits' | 'maxRows'>;
  /** Rows past `maxRows` are left out without a word, as the caller asked. */
  readonly takesQuietly: boolean;
  /** Tables come in pieces with a head and an end of their own. */
  readonly fragmented: boolean;
  /** The description of the columns instead of the rows. */
  readonly schemaOnly: boolean;
}

/** `properties.Options` and `properties.Parameters`, within what the API allows. Options that mean nothing here are let pass. */
export function readProperties(properties: unknown, limits: RunnerLimits): Asked {
  const given = record(properties);
  const options = record(property(given, 'options'));
  const parameters = record(property(given, 'parameters'));

  const timeout = property(options, 'servertimeout');
  const timeoutMs =
    isTrue(property(options, 'norequesttimeout')) || timeout === undefined || timeout === null
      ? undefined
      : timespanMs(timeout);
  if (
    timeout !== undefined &&
    timeout !== null &&
    timeout !== '' &&
    timeoutMs === undefined &&
    !isTrue(property(options, 'norequesttimeout'))
  )
    throw new ParapetError('bad_request', 400, 'servertimeout must be a timespan such as 00:01:30.');

  const nowText = property(options, 'query_now');
  const instant =
    typeof nowText === 'string' && nowText !== '' ? new Date(nowText.replace(/^datetime\((.*)\)$/, '$1')) : undefined;
  if (instant && Number.isNaN(instant.getTime()))
    throw new ParapetError('bad_request', 400, 'query_now must be a date and time such as 2026-01-31T12:00:00Z.');

  const take = count(options, 'query_take_max_records');
  const most = isTrue(property(options, 'notruncation')) ? undefined : count(options, 'truncationmaxrecords');
  const maxRows = Math.max(1, Math.min(limits.apiRows, take ?? limits.apiRows, most ?? limits.apiRows));
  const maxBytes = count(options, 'truncationmaxsize');

  const values: Record<string, string | number | boolean | null> = {};
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && !['string', 'number', 'boolean'].includes(typeof value))
      throw new ParapetError(
        'bad_request',
        400,
        `The parameter ${name.slice(0, 100)} must be a text, a number, true, false or null.`,
      );
    values[name] = value as string | number | boolean | null;
  }
  return {
    hunt: {
      maxRows,
      limits: {
        timeoutMs: Math.max(1, Math.min(limits.apiTimeoutMs, timeoutMs ?? limits.apiTimeoutMs)),
        ...(maxBytes ? { maxResultBytes: Math.min(256 * 2 ** 20, maxBytes) } : {}),
      },
      ...(instant ? { now: instant } : {}),
      ...(Object.keys(values).length ? { parameters: values } : {}),
    },
    takesQuietly: take !== undefined && take <= maxRows,
    fragmented: isTrue(property(options, 'results_v2_fragment_primary_tables')),
    schemaOnly: isTrue(property(options, 'query_results_apply_getschema')),
  };
}
