/** What both ends share; free of Node so that the portal can import it. */
export * from './api/access.ts';
export * from './api/apps.ts';
export * from './api/common.ts';
export * from './api/coverage.ts';
export * from './api/detections.ts';
export * from './api/entities.ts';
export * from './api/hunting.ts';
export * from './api/incidents.ts';
export * from './api/ingest.ts';
export * from './api/operations.ts';
export * from './api/rights.ts';
export * from './api/sign-in.ts';
export * from './api/store.ts';
export * from './api/streams.ts';
export * from './api/watchlists.ts';
export * from './entities.ts';
export type { ErrorBody } from './errors.ts';
export type { KqlType } from './hunting.ts';
