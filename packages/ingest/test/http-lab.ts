import { cpSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { SourceLimits } from '@parapet/schema';
import type { StateDb } from '@parapet/state';
import { createSealer } from '@parapet/state';
import { openTestState } from '@parapet/state/testing';
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify';
import { ingestMigrations, registerIngest, SOURCE_KINDS, SourceRegistry } from '../src/index.ts';
import type { IngestLimits, Sender } from '../src/types.ts';
import { CONNECTORS, type Laboratory, laboratory, temporaryDir } from './setup.ts';

/** Those the tests of protocols look for; compiling all of them takes many times as long. */
const NEEDED = ['aws/cloudtrail.yaml', 'microsoft/workspace-rows.yaml'];

export interface Key {
  readonly id: string;
  readonly secret: string;
  /** Base64 of both, as shown in the portal. */
  readonly encoded: string;
  readonly sourceId: string;
}

/** A real engine, a real state database and every protocol of the main port, listening on this machine. */
export interface HttpLab extends Laboratory {
  readonly app: FastifyInstance;
  readonly url: string;
  readonly port: number;
  readonly registry: SourceRegistry;
  readonly db: StateDb;
  source(kind: string, settings?: Record<string, unknown>, limits?: SourceLimits): Promise<Key>;
  /** Column values of the raw records of a source, in order of acceptance, once they are all in. */
  records(key: Key): Promise<Record<string, unknown>[]>;
}

export async function httpLab(
  options: {
    readonly limits?: IngestLimits;
    readonly server?: FastifyServerOptions;
    readonly https?: object;
    readonly principal?: string;
  } = {},
): Promise<HttpLab> {
  const db = await openTestState();
  await db.migrate(ingestMigrations);
  const keys = new Map<string, Key>();
  let registry: SourceRegistry | undefined;
  const verify = async (
    credentials: { readonly id: string; readonly secret: string } | string,
  ): Promise<Sender | null> => {
    const pair = typeof credentials === 'string' ? decode(credentials) : credentials;
    const key = keys.get(pair.id);
    const source = key && key.secret === pair.secret ? registry?.get(key.sourceId) : undefined;
    return source && registry ? registry.sender(source) : null;
  };
  const connectors = temporaryDir();
  for (const file of NEEDED) {
    mkdirSync(dirname(join(connectors.dir, file)), { recursive: true });
    cpSync(join(CONNECTORS, file), join(connectors.dir, file));
  }
  const lab = await laboratory({
    connectorsDir: connectors.dir,
    limits: { batchIdleMs: 20, ...options.limits },
    authenticate: async (request) => {
      const match = /^\w+ +(\S+)$/.exec(request.headers.authorization ?? '');
      return match?.[1] ? verify(match[1]) : null;
    },
    verifySecret: verify,
    limitsOf: (id) => registry?.get(id)?.limits,
  });
  const sealer = createSealer(join(lab.dir, 'secret.key'));
  registry = await SourceRegistry.load(db, SOURCE_KINDS, sealer);
  const sources = registry;
  const app = Fastify({
    routerOptions: { maxParamLength: 2_000 },
    ...options.server,
    ...(options.https ? { https: options.https } : {}),
  } as FastifyServerOptions) as unknown as FastifyInstance;
  // The access room is not part of this: whoever asks is this person.
  if (options.principal) app.decorateRequest('principal', { getter: () => ({ username: options.principal }) } as never);
  app.setErrorHandler((error: { status?: number; statusCode?: number; message: string }, _request, reply) =>
    reply.code(error.status ?? error.statusCode ?? 500).send({ message: error.message }),
  );
  registerIngest(app, lab.ingest, { registry, sealer, db });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as { port: number };
  return {
    ...lab,
    app,
    port,
    url: `${options.https ? 'https' : 'http'}://127.0.0.1:${port}`,
    registry,
    db,
    async source(kind, settings = {}, limits) {
      const made = await sources.create(
        { name: `${kind} ${keys.size}`, kind, settings, ...(limits ? { limits } : {}) },
        'test',
      );
      const id = `id${keys.size}`;
      const secret = `secret-${keys.size}-${made.id}`;
      const key = { id, secret, encoded: Buffer.from(`${id}:${secret}`).toString('base64'), sourceId: made.id };
      keys.set(id, key);
      return key;
    },
    async records(key) {
      await lab.ingest.idle();
      const rows = await lab.store.query(
        'SELECT RawEventData FROM hunting.ParapetRawEvents WHERE SourceId = {id:String} ORDER BY Sequence',
        { params: { id: { type: 'String', value: key.sourceId } } },
      );
      return rows.rows.map(([text]) => JSON.parse(String(text)) as Record<string, unknown>);
    },
    async close() {
      await app.close();
      await lab.close();
      await db.close();
      connectors.remove();
    },
  };
}

function decode(encoded: string): { id: string; secret: string } {
  const [id = '', secret = ''] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return { id, secret };
}
