/** Entry of the compile worker: answers compile requests with results, one message each. */
import { parentPort } from 'node:worker_threads';
import { setKustoLibraryFolder } from './bind/library.ts';
import { compileCached } from './cache.ts';
import type { KqlSchema } from './types.ts';
import type { WorkerReply, WorkerRequest } from './worker.ts';

const schemas = new Map<string, KqlSchema>();

parentPort?.on('message', (request: WorkerRequest) => {
  if (request.kind === 'library') {
    setKustoLibraryFolder(request.folder);
    return;
  }
  if (request.kind === 'schema') {
    schemas.set(request.key, request.schema);
    if (schemas.size > 8) schemas.delete(schemas.keys().next().value!);
    return;
  }
  const schema = schemas.get(request.key);
  const reply: WorkerReply = schema
    ? { id: request.id, result: compileCached(request.text, schema, request.options) }
    : { id: request.id, missingSchema: true };
  parentPort?.postMessage(reply);
});
