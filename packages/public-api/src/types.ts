import type { OAuth, TokenCaller } from '@parapet/access';
import type { Detection } from '@parapet/detection';
import type { Incidents } from '@parapet/incidents';
import type { Permission } from '@parapet/schema';
import type { Queryable, StateDb } from '@parapet/state';
import type { HuntRows, TelemetryStore } from '@parapet/store';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { StreamOptions } from './stream/streams.ts';
import type { Quota } from './throttle.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** With `public`: a token of the authorisation server must carry one of these permissions. */
    api?: ApiRule;
  }
  interface FastifyRequest {
    /** Whose token came with a call of the public API. */
    apiCaller: TokenCaller | null;
  }
}

export interface ApiRule {
  /** Permissions of the token, any of them. Empty: any valid token. */
  readonly any: readonly string[];
  /** What the product checks of the application or the person as well. */
  readonly needs: Permission | undefined;
  /** Which count of calls it adds to. */
  readonly quota: 'security' | 'hunting' | 'legacy' | 'none';
}

export interface ApiLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface HuntCall {
  readonly query: string;
  readonly range: { readonly from: Date; readonly to: Date };
}

/** Everything the public API is made of; the server composes it. */
export interface PublicApiOptions {
  readonly oauth: OAuth;
  readonly incidents: Incidents;
  readonly detection: Detection;
  readonly db: StateDb;
  readonly store: TelemetryStore;
  readonly log: ApiLog;
  readonly audit: (
    entry: {
      readonly actor: string;
      readonly action: string;
      readonly target: string;
      readonly outcome?: 'ok' | 'denied' | 'failed';
      readonly before?: unknown;
      readonly after?: unknown;
      readonly remoteAddress?: string;
    },
    tx?: Queryable,
  ) => Promise<void>;
  /** Runs a query as the caller, within the limits of the API and of what they may see. */
  readonly hunt: (
    caller: TokenCaller,
    call: HuntCall,
    request: FastifyRequest,
    reply: FastifyReply,
  ) => Promise<HuntRows>;
  /** Streams of tables to other systems; absent where there is no telemetry. */
  readonly streams?: StreamOptions;
  readonly limits?: Partial<ApiLimits>;
  readonly now?: () => number;
}

export interface ApiLimits {
  /** Alerts and incidents, each application. */
  readonly security: Quota;
  readonly legacy: Quota;
  /** Seconds of query time that one application may use in 15 minutes. */
  readonly huntingSeconds: number;
  readonly resultBytes: number;
  readonly subscriptionsPerApp: number;
  /** Let notifications and streams go to plain HTTP and to this machine; for tests and single hosts. */
  readonly allowLoopback: boolean;
}

export const API_LIMITS: ApiLimits = {
  security: { perMinute: 150 },
  legacy: { perMinute: 50, perHour: 1_500 },
  huntingSeconds: 600,
  resultBytes: 50 * 2 ** 20,
  subscriptionsPerApp: 100,
  allowLoopback: false,
};
