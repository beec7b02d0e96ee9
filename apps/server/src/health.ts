import type { StateDb } from '@parapet/state';
import type { TelemetryStore } from '@parapet/store';
import type { FastifyInstance } from 'fastify';

/**
 * `/healthz`: the process answers. `/readyz`: both engines answer and ingest accepts events; 503 with the part that does not.
 */
export function registerHealth(
  app: FastifyInstance,
  parts: { readonly store: TelemetryStore; readonly db: StateDb; readonly version: string },
): void {
  app.get('/healthz', { config: { public: true } }, async () => ({ status: 'ok', version: parts.version }));

  app.get('/readyz', { config: { public: true } }, async (_request, reply) => {
    const [engine, state] = await Promise.all([
      parts.store.health(),
      parts.db.query('SELECT 1').then(
        () => true,
        () => false,
      ),
    ]);
    const ready = engine.ok && state;
    return reply.code(ready ? 200 : 503).send({
      status: ready ? 'ready' : 'not ready',
      engine: engine.ok ? 'ok' : 'unavailable',
      state: state ? 'ok' : 'unavailable',
    });
  });
}
