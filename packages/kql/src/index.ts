export { setKustoLibraryFolder } from './bind/library.ts';
export { type QueryPart, queryAt, splitQueries } from './bind/split.ts';
export { compileCached, type PlainOptions } from './cache.ts';
export { compile, compileWithData, explain } from './compile.ts';
export { installHost } from './host/install.ts';
export type { Facts } from './plan/scope.ts';
export * from './types.ts';
export { convertRow, formatValue, KQL_RESULT_SETTINGS, type KqlValue } from './values.ts';
export { createKqlWorker, type KqlWorker, type KqlWorkerOptions } from './worker.ts';
