import { ParapetError } from '@parapet/schema';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hostObject } from '../hec/record.ts';
import { Growth } from '../http/growth.ts';
import { asUtf8, elements, members, parseObject, withMembers } from '../http/json.ts';
import { answerFailures, type HttpIngest, rawBody, readRawBodies } from '../http/scope.ts';
import type { RejectedLine, Sender } from '../types.ts';
import type { Fleet, Node } from './fleet.ts';

/**
 * The remote API of osquery ("Remote settings" of its public documentation): five calls whose paths the operator of the
 * machines is free to choose. They are served under these folders.
 */
const FOLDERS = ['/osquery', '/api/osquery', '/api/v1/osquery'];
const INVALID = { node_invalid: true } as const;
const VALID = { node_invalid: false } as const;
const KEEP_BYTES = 65_536;
/** Who sends stands in the body, so anybody's body has to be read. osquery sends 1,024 lines at once. */
const MAX_BODY_BYTES = 32 * 2 ** 20;

type Fields = Record<string, unknown>;

/** What machines that run osquery call, for a fleet that is loaded with the first call. */
export function registerOsqueryProtocol(app: FastifyInstance, http: HttpIngest, fleetOf: () => Promise<Fleet>): void {
  const { ingest, registry } = http;

  /** The sender of an enrolled machine; null when it must enrol again. */
  const senderOf = (node: Node): Sender | null => {
    const source = registry?.get(node.sourceId);
    return source && registry ? registry.sender(source) : null;
  };

  const enrol = async (request: FastifyRequest, body: Fields): Promise<unknown> => {
    const secret = typeof body.enroll_secret === 'string' ? body.enroll_secret.trim() : '';
    const sender = secret === '' ? null : await ingest.options.verifySecret?.(secret);
    if (!sender) return INVALID;
    const details = object(body.host_details);
    const system = object(details.system_info);
    const os = object(details.os_version);
    const hostIdentifier = text(body.host_identifier) || text(system.uuid) || text(system.hostname);
    if (!hostIdentifier) return INVALID;
    const key = await (await fleetOf()).enrol({
      sourceId: sender.id,
      hostIdentifier,
      hostname: text(system.hostname) || text(system.computer_name),
      platform: text(os.platform) || text(object(details.platform_info).platform),
      os: [text(os.name), text(os.version)].filter((part) => part !== '').join(' '),
      version: text(object(details.osquery_info).version),
      address: request.ip,
    });
    return { node_key: key, ...VALID };
  };

  const configuration = (node: Node): unknown => {
    const settings = parseObject(String(registry?.get(node.sourceId)?.settings.config ?? '{}'));
    return { ...settings, ...VALID };
  };

  const log = async (node: Node, sender: Sender, bytes: Buffer, body: Fields): Promise<unknown> => {
    const type = body.log_type;
    if (type !== 'result' && type !== 'status')
      throw new ParapetError('malformed_request', 400, 'log_type must be result or status.');
    const span = members(bytes).get('data');
    if (!span || !Array.isArray(body.data))
      throw new ParapetError('malformed_request', 400, 'data must be an array of lines.');
    const records: Buffer[] = [];
    const rejected: RejectedLine[] = [];
    const growth = new Growth(ingest.limits.maxBodyBytes);
    const added = about(node, { log_type: type });
    for (const { start, end } of elements(bytes, span.start)) {
      const line = bytes.subarray(start, end);
      // Older versions send each line as a text that holds the object.
      const raw = line[0] === 34 ? Buffer.from(JSON.parse(line.toString('utf8')) as string, 'utf8') : line;
      const found = raw.length > ingest.limits.maxLineBytes ? null : parseObject(raw.toString('utf8'));
      if (!found) {
        const tooLong = raw.length > ingest.limits.maxLineBytes;
        rejected.push({
          reason: tooLong ? 'line_too_long' : 'malformed_event',
          detail: tooLong ? `A line has ${raw.length} bytes.` : 'A line is not a JSON object.',
          raw: raw.subarray(0, KEEP_BYTES),
        });
        continue;
      }
      const record = withMembers(raw, { has: (key) => Object.hasOwn(found, key) }, added);
      growth.add(record.length);
      records.push(record);
    }
    if (records.length > 0 || rejected.length > 0)
      await ingest.appendRequest(sender, {
        groups: new Map(records.length > 0 ? [[`osquery-${type}`, records]] : []),
        rejected,
      });
    return VALID;
  };

  const answers = async (fleet: Fleet, node: Node, sender: Sender, body: Fields): Promise<unknown> => {
    const growth = new Growth(ingest.limits.maxBodyBytes);
    const statuses = object(body.statuses);
    const messages = object(body.messages);
    const records: Buffer[] = [];
    const outcomes: { id: string; status: number; message: string; rows: number }[] = [];
    const at = Math.floor(Date.now() / 1_000);
    for (const id of new Set([...Object.keys(object(body.queries)), ...Object.keys(statuses)])) {
      const query = fleet.expected(node, id);
      if (!query) continue;
      const given = object(body.queries)[id];
      const rows = Array.isArray(given) ? given.filter((row) => Object.keys(object(row)).length > 0) : [];
      const status = Number(statuses[id] ?? 0);
      outcomes.push({
        id,
        status: Number.isInteger(status) ? status : 1,
        message: text(messages[id]),
        rows: rows.length,
      });
      for (const columns of rows) {
        // The form of a scheduled result, so that the same connector reads it.
        const line = Buffer.from(
          JSON.stringify({
            name: query.name,
            hostIdentifier: node.hostIdentifier,
            calendarTime: new Date(at * 1_000).toUTCString(),
            unixTime: at,
            action: 'distributed',
            columns,
          }),
        );
        const record = withMembers(line, new Set<string>(), about(node, { log_type: 'distributed', query_id: id }));
        growth.add(record.length);
        records.push(record);
      }
    }
    if (records.length > 0) await ingest.appendRequest(sender, { groups: new Map([['osquery-distributed', records]]) });
    for (const { id, ...outcome } of outcomes) await fleet.answered(node, id, outcome);
    return VALID;
  };

  app.register(async (scope) => {
    readRawBodies(scope, http, MAX_BODY_BYTES);
    // An answer with `error` makes osquery keep what it wanted to send and come back later.
    answerFailures(scope, (reply, failure) => reply.code(failure.status).send({ error: failure.message }));

    const call =
      (
        serve: (context: {
          fleet: Fleet;
          node: Node;
          sender: Sender;
          bytes: Buffer;
          body: Fields;
        }) => unknown | Promise<unknown>,
      ) =>
      async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
        const { bytes, body } = read(request);
        const fleet = await fleetOf();
        const node = fleet.seen(body.node_key, request.ip);
        const sender = node && senderOf(node);
        if (!node || !sender) return reply.send(INVALID);
        return reply.send(await serve({ fleet, node, sender, bytes, body }));
      };
    const calls: Readonly<Record<string, (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>>> = {
      enroll: async (request, reply) => reply.send(await enrol(request, read(request).body)),
      config: call(({ node }) => configuration(node)),
      log: call(({ node, sender, bytes, body }) => log(node, sender, bytes, body)),
      distributed_read: call(({ fleet, node }) => ({ queries: fleet.questions(node), ...VALID })),
      distributed_write: call(({ fleet, node, sender, body }) => answers(fleet, node, sender, body)),
    };
    const names: Readonly<Record<string, string>> = {
      'distributed/read': 'distributed_read',
      'distributed/write': 'distributed_write',
      logger: 'log',
    };
    for (const folder of FOLDERS) {
      for (const path of [...Object.keys(calls), ...Object.keys(names)])
        scope.route({
          method: 'POST',
          url: `${folder}/${path}`,
          config: { public: true },
          handler: (request, reply) => calls[names[path] ?? path]?.(request, reply),
        });
    }
  });
}

function read(request: FastifyRequest): { readonly bytes: Buffer; readonly body: Fields } {
  const bytes = asUtf8(rawBody(request));
  const body = parseObject(bytes.toString('utf8'));
  if (!body) throw new ParapetError('malformed_request', 400, 'The body must be a JSON object.');
  return { bytes, body };
}

/** What a record is told about its machine, as JSON by key. */
function about(node: Node, more: Readonly<Record<string, string>>): Record<string, string | null> {
  return {
    host: node.hostname ? hostObject(node.hostname) : null,
    _osquery: JSON.stringify({ ...more, node_id: node.id, platform: node.platform, version: node.version }),
  };
}

function object(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 500) : '';
}
