import { join } from 'node:path';
import { accessMigrations, createAccess, registerAccess } from '@parapet/access';
import { correlate, correlationKeys, createDetection, detectionMigrations, incidentName, registerDetection } from '@parapet/detection';
import { createIncidents, incidentMigrations, registerIncidents } from '@parapet/incidents';
import { openIngest, registerIngest } from '@parapet/ingest';
import { loadHuntingSchema } from '@parapet/schema';
import { createJobs, jobsMigrations, openState, outboxMigrations } from '@parapet/state';
import { createHunting, openEmbeddedStore } from '@parapet/store';
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { registerErrors } from './errors.ts';
import { registerHealth } from './health.ts';
import { registerHunting } from './hunting/routes.ts';
import { createSchemaInfo } from './hunting/schema-info.ts';
import { createQueryStore, huntingMigrations } from './hunting/store.ts';
import { registerJobs } from './jobs.ts';
import { lockDataDir } from './lock.ts';
import { registerMetrics } from './metrics.ts';
import type { Paths } from './paths.ts';
import { registerPortal } from './portal.ts';
import { createSampleLoader, registerSample } from './sample.ts';

export interface RunningServer {
  readonly app: FastifyInstance;
  /** `http://127.0.0.1:8080` with the real port. */
  readonly url: string;
  /** `<url>/setup?token=…` while nobody has an account. */
  readonly setupLink: string | null;
  /** Resolves when everything received so far was committed, detected and mirrored. */
  idle(): Promise<void>;
  startSample(): Promise<void>;
  close(): Promise<void>;
}

export interface ServerOptions {
  readonly config: Config;
  readonly paths: Paths;
  readonly version: string;
  readonly log: Logger;
  /** Called once per start-up step that ended. */
  step?(name: string, milliseconds: number): void;
}
