/** Composes the authorisation server and the public API from the rooms of the server. */
import { join } from 'node:path';
import { type Access, createOAuth, registerOAuth } from '@parapet/access';
import type { Detection } from '@parapet/detection';
import type { Incidents } from '@parapet/incidents';
import { type Ingest, type IngestOptions, issueSenderToken } from '@parapet/ingest';
import { type ApiLimits, registerPublicApi } from '@parapet/public-api';
import type { StateDb } from '@parapet/state';
import type { Hunting, TelemetryStore } from '@parapet/store';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { goneSignal } from './hunting/routes.ts';
import type { Runner } from './hunting/runner.ts';
import type { SightOf } from './hunting/scopes.ts';

export interface ComposePublicApi {
  readonly access: Access;
  readonly db: StateDb;
  readonly store: TelemetryStore;
  readonly incidents: Incidents;
  readonly detection: Detection;
  readonly runner: Runner;
  readonly scopes: SightOf;
  readonly sealer: { seal(secret: string): Promise<string>; open(sealed: string): Promise<string> };
  /** Who holds a key for sending. */
  readonly senderOf: NonNullable<IngestOptions['verifySecret']>;
  readonly hunting: Hunting;
  readonly ingest: Pick<Ingest, 'lastCommittedBatch'>;
  readonly dataDir: string;
  /** Where this server listens, once it does. */
  readonly ownUrl: () => string;
  readonly publicUrl: string;
  readonly log: Logger;
  readonly limits?: Partial<ApiLimits>;
}

/** Add both to the application. @returns closes what runs beside the requests */
export async function composePublicApi(app: FastifyInstance, rooms: ComposePublicApi): Promise<() => Promise<void>> {
  const { access, db, runner, scopes, log } = rooms;
  const oauth = await createOAuth({
    access,
    db,
    sealer: rooms.sealer,
    log,
    publicUrl: rooms.publicUrl,
    senderToken: (key) => issueSenderToken(rooms.sealer, rooms.senderOf, key),
  });
  await registerOAuth(app, oauth);
  return registerPublicApi(app, {
    oauth,
    incidents: rooms.incidents,
    detection: rooms.detection,
    db,
    store: rooms.store,
    log,
    audit: (entry, tx) => access.audit(entry, tx),
    hunt: async ({ principal }, { query, range }, request, reply) => {
      runner.countCall(principal);
      return runner.run(principal, {
        query,
        runId: request.id,
        timeRange: range,
        maxRows: runner.limits.apiRows,
        limits: { timeoutMs: runner.limits.apiTimeoutMs },
        signal: goneSignal(reply),
        owner: principal.id,
        ...(await scopes(principal)),
      });
    },
    streams: {
      lastBatch: () => rooms.ingest.lastCommittedBatch(),
      root: join(rooms.dataDir, 'streams'),
      sealer: rooms.sealer,
      base: () => oauth.publicUrl || rooms.ownUrl(),
      async rows(table, from, to, limit) {
        const result = await rooms.hunting.run(`['${table}']`, {
          maxRows: limit,
          lane: 'background',
          restrictions: {
            [table]: {
              sql: '_Batch > {pp_stream_from:UInt64} AND _Batch <= {pp_stream_to:UInt64}',
              params: {
                pp_stream_from: { type: 'UInt64', value: String(from) },
                pp_stream_to: { type: 'UInt64', value: String(to) },
              },
            },
          },
        });
        return { columns: result.columns.map(({ name }) => name), rows: result.rows, truncated: result.truncated };
      },
    },
    ...(rooms.limits ? { limits: rooms.limits } : {}),
  });
}
