import type { FastifyInstance } from 'fastify';
import type { HttpIngest } from '../http/scope.ts';
import { registerOsqueryApi } from './api.ts';
import { Fleet } from './fleet.ts';
import { registerOsqueryProtocol } from './protocol.ts';

/** What machines that run osquery call, and what the portal shows of them. Needs sources and the state database. */
export function registerOsquery(app: FastifyInstance, http: HttpIngest): void {
  const { db, registry } = http;
  if (!db || !registry) return;
  let loading: Promise<Fleet> | undefined;
  const fleet = (): Promise<Fleet> => {
    loading ??= Fleet.load(db).catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
  registerOsqueryProtocol(app, http, fleet);
  registerOsqueryApi(app, http, fleet);
}
