export { type CliIo, runIngestCli } from './cli/ingest-cli.ts';
export { registerIngest } from './elastic/routes.ts';
export { openIngest } from './ingest.ts';
export { registerIngestPortal } from './portal/routes.ts';
export * from './types.ts';
