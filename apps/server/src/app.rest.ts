/**
 * Open the engines, compose the rooms, listen.
 * @throws ParapetError when the folder is in use, an engine does not open or the port is taken
 */
export async function startServer({ config, paths, version, log, step }: ServerOptions): Promise<RunningServer> {
  const closers: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
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
    const schema = loadHuntingSchema();

    const [store, db] = await Promise.all([
      timed('Telemetry engine open', async () => {
        const hostPath = worker('engine-host.mjs');
        const opened = await openEmbeddedStore({
          dataDir: join(config.dataDir, 'telemetry'),
          schema,
          maxServerMemoryBytes: config.engineMemoryBytes,
          onRestart: (reason) => log.error({ reason }, 'The telemetry engine stopped and is being restarted'),
          ...(hostPath ? { hostPath } : {}),
        });
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
      db.migrate([...outboxMigrations, ...jobsMigrations, ...accessMigrations, ...incidentMigrations, ...detectionMigrations, ...huntingMigrations]),
    );

    const access = await createAccess({ db, log, version });
    const audit = async (request: FastifyRequest, action: string, target: string, after?: unknown): Promise<void> => {
      await access.audit({ actor: request.principal?.username ?? 'unknown', action, target, outcome: 'ok', before: null, after: after ?? null, remoteAddress: request.ip });
    };
    const jobs = await createJobs(db);
    closers.push(() => jobs.close());
    const hunting = createHunting(store);
    closers.push(() => hunting.close());
  }
}
