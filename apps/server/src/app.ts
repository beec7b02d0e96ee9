import { join } from 'node:path';
import type { Server } from 'node:tls';
import { AUDIT_TABLE, createAccess, registerAccess } from '@parapet/access';
import {
  behaviourMigrations,
  correlation,
  coverageMigrations,
  createDetection,
  detectionMigrations,
  detectionRoutes,
  Intel,
  intelMigrations,
  intelRoutes,
  registerSigma,
} from '@parapet/detection';
import { createIncidents, incidentMigrations, registerIncidents } from '@parapet/incidents';
import {
  ConnectorStore,
  type Ingest,
  ingestMigrations,
  openIngest,
  Receivers,
  registerConnectorEditor,
  registerIngest,
  registerIngestPortal,
  registerSources,
  registerUploads,
  SOURCE_KINDS,
  SourceRegistry,
} from '@parapet/ingest';
import { createKqlWorker, HUNTING_FUNCTIONS } from '@parapet/kql';
import { type ApiLimits, rewriteUrl } from '@parapet/public-api';
import { loadHuntingSchema, ParapetError } from '@parapet/schema';
import { createJobs, createSealer, jobsMigrations, openState, outboxMigrations } from '@parapet/state';
import {
  createExternalReader,
  createHunting,
  firstBatch,
  manageStore,
  openClusterStore,
  openEmbeddedStore,
  registerStore,
  storeMigrations,
  type TelemetryStore,
  toKqlSchema,
} from '@parapet/store';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { runAdmin } from './admin/admin.ts';
import { openControl } from './admin/control.ts';
import { raiseAlarms } from './alarms.ts';
import { watchBehaviours } from './behaviours.ts';
import type { Config } from './config.ts';
import { registerCoverage } from './coverage.ts';
import { environmentsOf } from './environments.ts';
import { openFrontDoor } from './front-door/app.ts';
import { listenOnLoopback, watchCertificate } from './front-door/tls.ts';
import { registerHealth } from './health.ts';
import { loadAsim } from './hunting/asim.ts';
import { registerHuntingEditor } from './hunting/editor-routes.ts';
import { createQueryLibrary } from './hunting/library.ts';
import { createQueryLog } from './hunting/query-log.ts';
import { registerHunting } from './hunting/routes.ts';
import { createRunner, type RunnerLimits } from './hunting/runner.ts';
import { createSchemaInfo } from './hunting/schema-info.ts';
import { loadScopes, NO_SCOPES, type SightOf } from './hunting/scopes.ts';
import { createQueryStore, huntingMigrations } from './hunting/store.ts';
import { registerJobs } from './jobs.ts';
import { registerKusto } from './kusto/routes.ts';
import { lockDataDir } from './lock.ts';
import { registerMcp } from './mcp/routes.ts';
import { type GaugeSource, registerMetrics } from './metrics.ts';
import { type CollectedRoute, collectRoutes } from './openapi/collect.ts';
import { registerOpenApi } from './openapi/routes.ts';
import type { Paths } from './paths.ts';
import { registerPortal } from './portal.ts';
import { composePublicApi } from './public-api.ts';
import { createSampleLoader, registerSample } from './sample.ts';
import { watchlistMigrations } from './watchlists/migrations.ts';
import { registerWatchlists } from './watchlists/routes.ts';
import { createWatchlists, WATCHLIST_LIMITS } from './watchlists/service.ts';

/** Alerts that get a line saying why a tuning rule resolved them; the audit log has the rule for the rest. */
const MAX_COMMENTED = 200;
/** Time each part gets to come to an end. */
const CLOSE_LIMIT_MS = 10_000;

export interface RunningServer {
  readonly app: FastifyInstance;
  /** `http://127.0.0.1:8080` with the real port. */
  readonly url: string;
  /** `<url>/setup?token=…` while nobody has an account. */
  readonly setupLink: string | null;
  /** Every route of the API with what it asks for. */
  readonly routes: readonly CollectedRoute[];
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
  /** Other limits for queries than the product's own. */
  readonly runner?: Partial<RunnerLimits>;
  /** Other limits of the public API than the product's own. */
  readonly api?: Partial<ApiLimits>;
  /** Called once per start-up step that ended. */
  step?(name: string, milliseconds: number): void;
}

/**
 * Open the engines, compose the rooms, listen.
 * @throws ParapetError when the folder is in use, an engine does not open or the port is taken
 */
export async function startServer({
  config,
  paths,
  version,
  log,
  runner: limits = {},
  api,
  step,
}: ServerOptions): Promise<RunningServer> {
  const closers: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) {
      // What was acknowledged is on disk: a part that does not come to an end is left, not waited for.
      let timer: NodeJS.Timeout | undefined;
      const limit = new Promise<void>((resolve) => {
        timer = setTimeout(() => {
          log.warn(
            { seconds: CLOSE_LIMIT_MS / 1000 },
            'A part did not close in time and is left; its work is taken up at the next start',
          );
          resolve();
        }, CLOSE_LIMIT_MS);
      });
      await Promise.race([closer(), limit]);
      clearTimeout(timer);
    }
  };
  const timed = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const started = performance.now();
    const result = await work();
    step?.(name, performance.now() - started);
    return result;
  };
  try {
    return await compose();
  } catch (error) {
    await close();
    throw error;
  }

  async function compose(): Promise<RunningServer> {
    closers.push(lockDataDir(config.dataDir));
    const worker = (name: string): string | undefined => (paths.bundleDir ? join(paths.bundleDir, name) : undefined);
    const schema = loadHuntingSchema(paths.schemaFile);

    // The grammar takes a second to load: it does so in its thread while the engines open.
    const workerFile = worker('kql-worker.mjs');
    const compiler = createKqlWorker(workerFile ? { path: workerFile } : {});
    closers.push(() => compiler.close());
    compiler.compile('print 1', toKqlSchema(schema), { now: new Date() }).catch(() => undefined);

    const openTelemetry = (): Promise<TelemetryStore> => {
      if (config.clickhouseUrl)
        return openClusterStore({
          url: config.clickhouseUrl,
          username: config.clickhouseUser,
          password: config.clickhousePassword,
          cluster: config.clickhouseCluster,
          filesDir: config.clickhouseFiles,
          schema,
        });
      const hostPath = worker('engine-host.mjs');
      return openEmbeddedStore({
        dataDir: join(config.dataDir, 'telemetry'),
        schema,
        maxServerMemoryBytes: config.engineMemoryBytes,
        onRestart: (reason) => log.error({ reason }, 'The telemetry engine stopped and is being restarted'),
        ...(hostPath ? { hostPath } : {}),
      });
    };

    const [store, db] = await Promise.all([
      timed('Telemetry engine open', async () => {
        const opened = await openTelemetry();
        closers.push(() => opened.close());
        return opened;
      }),
      timed('State database open', async () => {
        const workerPath = worker('state-worker.mjs');
        const opened = await openState({
          dataDir: join(config.dataDir, 'state'),
          log,
          ...(workerPath ? { workerPath } : {}),
          ...(paths.stateTemplate ? { templatePath: paths.stateTemplate } : {}),
        });
        closers.push(() => opened.close());
        return opened;
      }),
    ]);
    await timed('State database up to date', () =>
      db.migrate([
        ...outboxMigrations,
        ...jobsMigrations,
        ...incidentMigrations,
        ...detectionMigrations,
        ...behaviourMigrations,
        ...coverageMigrations,
        ...intelMigrations,
        ...huntingMigrations,
        ...storeMigrations,
        ...ingestMigrations,
        ...watchlistMigrations,
      ]),
    );

    const sealer = createSealer(join(config.dataDir, 'secret.key'));
    const access = await createAccess({
      db,
      log,
      version,
      sealer,
      origins: config.publicUrl ? [config.publicUrl] : [],
      requestsPerMinute: config.requestsPerMinute,
    });
    access.knowColumns((table, column) =>
      Boolean(store.schema.tables.find(({ name }) => name === table)?.columns.some(({ name }) => name === column)),
    );
    access.knowEnvironments(environmentsOf(store, db));
    let connectorTables = (): ReadonlyMap<string, readonly string[]> => new Map();
    const change = (
      request: FastifyRequest,
      action: string,
      target: string,
      { before, after }: { readonly before?: unknown; readonly after?: unknown },
    ) =>
      access.audit({
        actor: request.principal.username,
        action,
        target,
        outcome: 'ok',
        before: before ?? null,
        after: after ?? null,
        remoteAddress: request.ip,
      });
    const audit = (request: FastifyRequest, action: string, target: string, after?: unknown): Promise<void> =>
      change(request, action, target, { after });
    const jobs = await createJobs(db);
    closers.push(() => access.close());
    const auditMirror = access.mirrorAudit((rows, token) =>
      store.insertRows(AUDIT_TABLE, rows, { deduplicationToken: token }),
    );
    closers.push(() => auditMirror.close());
    closers.push(() => jobs.close());
    const watchlists = await timed('Watchlists ready', () =>
      createWatchlists(store, db, { ...WATCHLIST_LIMITS, uploadBytes: config.watchlistUploadBytes }),
    );
    closers.push(() => watchlists.close());
    const queries = await createQueryStore(db);
    const hosts = config.externalDataHosts.split(/[\s,]+/).filter(Boolean);
    const library = loadAsim(join(paths.contentDir, 'asim'), (schema, problem) =>
      log.warn({ schema, problem }, 'A schema of the normalised layer could not be read and is left out'),
    );
    const hunting = createHunting(store, {
      compiler,
      saved: (owner) => ({ functions: queries.functionsOf(owner), watchlists: watchlists.names(), library }),
      ...(hosts.length ? { external: createExternalReader({ hosts }, config.externalDataInternal) } : {}),
    });

    const management = await manageStore({
      store,
      hunting,
      db,
      jobs,
      schema,
      log,
      audit: (actor, action, target, after) =>
        access.audit({ actor, action, target, outcome: 'ok', before: null, after: after ?? null, remoteAddress: '' }),
    });
    closers.push(() => management.close());

    const incidents = await timed('Incidents ready', () =>
      createIncidents({
        db,
        store,
        hunting,
        correlation,
        log,
        audit: (entry, tx) => access.audit(entry, tx),
        deviceGroups: () => access.directory.snapshot.deviceGroups,
        connectors: () => connectorTables(),
      }),
    );
    closers.push(() => incidents.close());
    raiseAlarms(access, incidents, log);
    const sources = await SourceRegistry.load(db, SOURCE_KINDS, sealer);
    const connectorStore = new ConnectorStore(db);
    const installedConnectors = await connectorStore.all();
    const senderOf = async (credentials: Parameters<typeof access.verifyKey>[0]) => {
      const key = await access.verifyKey(credentials);
      return key && sources.senderOf(key);
    };
    const [detection, ingest] = await Promise.all([
      timed('Detections loaded', () =>
        createDetection({
          hunting,
          store,
          state: db,
          contentDir: join(paths.contentDir, 'detections'),
          sink: incidents,
          audit: (entry) => access.audit(entry),
          log,
          countAlerts: () => incidents.countAlertsByRule(),
          history: incidents.history,
        }),
      ),
      timed('Ingest ready', () =>
        openIngest({
          store,
          dataDir: join(config.dataDir, 'ingest'),
          connectorsDir: join(paths.contentDir, 'connectors'),
          firstBatch: firstBatch(config.node),
          installedConnectors,
          authenticate: (request) => senderOf(request.headers.authorization),
          verifySecret: (credentials) =>
            senderOf(typeof credentials === 'string' ? `Bearer ${credentials}` : credentials),
          limitsOf: (id) => sources.get(id)?.limits,
          log,
          limits: { maxBodyBytes: config.maxBulkBytes, bufferBytes: config.bufferBytes },
        }),
      ),
    ]);
    closers.push(() => detection.close());
    closers.push(() => ingest.close());
    connectorTables = () => new Map(ingest.connectors().map(({ id, tables }) => [id, tables]));
    const receivers = new Receivers(ingest, sources, join(config.dataDir, 'ingest'), log);
    closers.push(() => receivers.close());
    const intel = await Intel.open({
      store,
      db,
      sealer,
      observablesFile: join(paths.contentDir, 'intel', 'observables.yaml'),
      log,
      announce: (batch) => detection.onBatch(batch),
    });
    closers.push(() => intel.close());
    // Matches are rows like others: the rules see them with the batch they were found in.
    ingest.onCommitted(async (batch) => detection.onBatch(await intel.onBatch(batch)));
    const behaviours = await timed('Baselines ready', () =>
      watchBehaviours({ store, hunting, db, incidents, ingest, log }),
    );
    closers.push(() => behaviours.close());
    // New tables and columns reach the connectors without a restart.
    management.custom.onChange(async () => {
      await ingest.reloadConnectors(await connectorStore.all());
    });

    const idle = async (): Promise<void> => {
      await ingest.idle();
      await detection.settle();
      await incidents.flushMirror();
      await auditMirror.flush();
    };

    const { app, certificate } = await openFrontDoor(config, log, { rewriteUrl });
    const routes = collectRoutes(app);
    registerMetrics(app, [
      {
        name: 'parapet_engine_restarts_total',
        help: 'Times the telemetry engine was restarted',
        read: async () => [{ value: (await store.health()).restarts }],
      },
      ...ingestGauges(ingest),
    ]);
    await registerAccess(app, access);
    registerHealth(app, { store, db, version });
    registerIngest(app, ingest, { registry: sources, sealer, db, audit: change, tokensElsewhere: true });
    registerIngestPortal(app, ingest, async ({ principal }) => (await incidents.as(principal)).sight.store);
    registerConnectorEditor(app, { ingest, store: connectorStore, audit: change });
    registerSources(app, {
      ingest,
      registry: sources,
      receivers,
      keys: {
        create: (name, by, sourceId, remoteAddress) => access.createKey(name, by, sourceId, remoteAddress),
        list: () => access.listKeys(),
        revoke: (id, by) => access.revokeKey(id, by),
      },
      audit: change,
    });
    registerUploads(app, { ingest, registry: sources, receivers, audit: change });
    await registerIncidents(app, incidents);
    const dataScopes = config.dataScopes ? loadScopes(config.dataScopes, store.schema) : NO_SCOPES;
    const scopes: SightOf = async (principal) => (await incidents.as(principal)).sight.hunt(dataScopes.of(principal));
    await app.register(detectionRoutes, {
      detection,
      jobs,
      alertCounts: async ({ principal }, since) => (await incidents.as(principal)).countAlertsByRule(since),
      wholeOf: async ({ principal }) => (await incidents.as(principal)).sight.seesWhole,
      sightOf: ({ principal }) => scopes(principal),
      historyOf: async ({ principal }) => (await incidents.as(principal)).history,
      resolveAlerts: async ({ principal, ip }, ids, comment) => {
        const { alerts } = await incidents.as(principal);
        const actor = { username: principal.username, remoteAddress: ip };
        const changed = await alerts.changeMany(ids, { status: 'resolved' }, actor);
        const done = changed.results.filter(({ ok }) => ok);
        for (const { id } of done.slice(0, MAX_COMMENTED)) await alerts.comment(id, comment, actor);
        return done.length;
      },
    });
    await app.register(intelRoutes, {
      intel,
      jobs,
      audit: change,
      storeOf: async ({ principal }) => (await incidents.as(principal)).sight.store,
    });
    await registerSigma(app, {
      hunting,
      rules: detection.service,
      names: async () => new Map((await detection.list()).map(({ id, title }) => [id, title])),
      contentDir: join(paths.contentDir, 'sigma'),
      jobs,
    });
    const queryLog = createQueryLog(store, log);
    closers.push(() => queryLog.close());
    const runner = createRunner({
      hunting,
      queries,
      logRun: queryLog.add,
      log,
      limits: { callsPerMinute: config.apiCallsPerMinute, ...limits },
    });
    registerHunting(app, {
      hunting,
      runner,
      scopes,
      schema: () => store.schema,
      queries,
      library: createQueryLibrary(
        [
          { name: 'Delivered', path: join(paths.contentDir, 'hunting') },
          ...(config.queryFolder ? [{ name: 'Synchronised', path: config.queryFolder }] : []),
        ],
        log,
      ),
      schemaInfo: createSchemaInfo(store, schema, hunting.saved),
      audit,
    });
    await registerWatchlists(app, { watchlists, audit: change });
    registerCoverage(app, {
      db,
      detection,
      hunting,
      scenariosDir: join(paths.contentDir, 'scenarios'),
      scopes,
      tables: () => management.status.tables(),
      wholeOf: async ({ principal }) => (await incidents.as(principal)).sight.seesWhole,
      feeds: () => ingest.connectors(),
      audit,
    });
    registerHuntingEditor(app, { hunting, scopes, schemaVersion: () => store.schema.version });
    await registerKusto(app, {
      runner,
      scopes,
      schema: () => store.schema,
      functionsOf: (owner) => {
        const saved = queries.functionsOf(owner);
        const others = [...HUNTING_FUNCTIONS, ...library];
        return [...others.filter((f) => !saved.some((own) => own.name === f.name)), ...saved];
      },
      folderOf: (table) => schema.byName.get(table)?.category ?? '',
      version,
    });
    let url = '';
    closers.push(
      await composePublicApi(app, {
        access,
        db,
        store,
        incidents,
        detection,
        runner,
        scopes,
        sealer,
        senderOf,
        hunting,
        ingest,
        dataDir: config.dataDir,
        ownUrl: () => url,
        publicUrl: config.publicUrl,
        log,
        ...(api ? { limits: api } : {}),
      }),
    );
    registerJobs(app, jobs);
    registerStore(app, management, { audit });
    let ownUrl = '';
    const loader = createSampleLoader({
      jobs,
      url: () => ownUrl,
      createAuthorization: async (by) => `ApiKey ${(await access.createKey('Sample environment', by)).encoded}`,
      idle,
    });
    registerSample(app, loader, audit);
    registerOpenApi(app, routes, version);
    registerMcp(app, version);
    await registerPortal(app, paths.portalDir);
    closers.push(() => app.close());

    try {
      await app.listen({ host: config.host, port: config.port });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      throw new ParapetError(
        'port_in_use',
        409,
        `Port ${config.port} on ${config.host} is taken by another program.`,
        'Stop it, or choose another port with --port.',
      );
    }
    // Listeners and loops of single sources come last: what they need stands.
    void receivers.start();
    const address = app.server.address();
    const port = typeof address === 'object' && address ? address.port : config.port;
    const host = config.host.includes(':') ? `[${config.host}]` : config.host === '0.0.0.0' ? '127.0.0.1' : config.host;
    url = `${certificate ? 'https' : 'http'}://${host}:${port}`;
    ownUrl = url;
    if (certificate) {
      const loopback = await listenOnLoopback(app.routing);
      closers.push(() => loopback.close());
      ownUrl = loopback.url;
      const server = app.server as unknown as Server;
      closers.push(watchCertificate(certificate, (renewed) => server.setSecureContext(renewed), log));
    }

    const base = config.publicUrl || url;
    closers.push(
      await openControl(config.dataDir, (request) => runAdmin({ access, db, sealer, base, running: true }, request)),
    );

    return {
      app,
      url,
      routes,
      setupLink: access.setupToken ? `${config.publicUrl || url}/setup?token=${access.setupToken}` : null,
      idle,
      close,
      async startSample() {
        const stored = await store.query('SELECT count() FROM hunting.ParapetRawEvents');
        if (Number(stored.rows[0]?.[0]) > 0) {
          log.info('Events were ingested before; the sample environment is not loaded again');
          return;
        }
        const job = await loader.start('system');
        log.info({ job: job.id }, 'Loading the sample environment');
        let last = '';
        const timer = setInterval(async () => {
          const now = await jobs.get(job.id);
          if (!now) return;
          if (now.detail !== last)
            log.info(
              { job: job.id, state: now.state },
              `Sample environment: ${now.progress === null ? '' : `${Math.round(now.progress * 100)} % · `}${now.detail}`,
            );
          last = now.detail;
          if (now.state !== 'running' && now.state !== 'queued') {
            log.info({ job: job.id, state: now.state }, `Sample environment: ${now.state}`);
            clearInterval(timer);
          }
        }, 2_000);
        timer.unref();
      },
    };
  }
}

/** Ingest's own counters for Prometheus. */
function ingestGauges(ingest: Ingest): GaugeSource[] {
  const figure = (
    name: string,
    help: string,
    read: (metrics: ReturnType<Ingest['metrics']>) => number,
  ): GaugeSource => ({ name, help, read: () => [{ value: read(ingest.metrics()) }] });
  return [
    figure('parapet_ingest_accepted_total', 'Events acknowledged since the start', (metrics) => metrics.acceptedEvents),
    figure('parapet_ingest_rejected_total', 'Events rejected since the start', (metrics) => metrics.rejectedEvents),
    figure(
      'parapet_ingest_buffer_bytes',
      'Acknowledged bytes that wait for the engine',
      (metrics) => metrics.bufferBytes,
    ),
    figure(
      'parapet_ingest_lag_seconds',
      'Age of the oldest event that waits for the engine',
      (metrics) => metrics.oldestUnflushedMs / 1000,
    ),
    figure('parapet_ingest_batches_total', 'Batches committed since the start', (metrics) => metrics.batches),
  ];
}
