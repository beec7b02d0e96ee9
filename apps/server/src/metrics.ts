import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** A figure read when Prometheus asks. */
export interface GaugeSource {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
  /** Current values; a single value needs no labels. */
  read():
    | Promise<readonly { readonly value: number; readonly labels?: Record<string, string> }[]>
    | readonly { readonly value: number; readonly labels?: Record<string, string> }[];
}

/** `/metrics` in Prometheus text format. Route patterns are labels, never raw URLs: no ids, no queries. */
export function registerMetrics(app: FastifyInstance, sources: readonly GaugeSource[]): void {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'parapet_' });
  const requests = new Histogram({
    name: 'parapet_http_request_seconds',
    help: 'Time to answer HTTP requests',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers: [registry],
  });
  for (const source of sources) {
    new Gauge({
      name: source.name,
      help: source.help,
      labelNames: [...(source.labels ?? [])],
      registers: [registry],
      async collect() {
        this.reset();
        for (const { value, labels } of await source.read()) this.set(labels ?? {}, value);
      },
    });
  }
  app.addHook('onResponse', (request, reply, done) => {
    requests.observe(
      { method: request.method, route: request.routeOptions.url ?? 'unknown', status: String(reply.statusCode) },
      reply.elapsedTime / 1000,
    );
    done();
  });
  app.get('/metrics', { config: { public: true } }, async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  );
}
