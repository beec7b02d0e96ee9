export { type CliIo, runIngestCli } from './cli/ingest-cli.ts';
export { registerIngest } from './elastic/routes.ts';
export { openIngest } from './ingest.ts';
export * from './types.ts';
