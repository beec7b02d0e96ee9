export { setKustoLibraryFolder } from './bind/library.ts';
export { compileCached, type PlainOptions } from './cache.ts';
export { compile, explain } from './compile.ts';
export * from './types.ts';
export { convertRow, formatValue, KQL_RESULT_SETTINGS, type KqlValue } from './values.ts';
export { createKqlWorker, type KqlWorker, type KqlWorkerOptions } from './worker.ts';
