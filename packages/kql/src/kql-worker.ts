/** Entry of the compile worker: answers compile requests with results, one message each. */
import { parentPort } from 'node:worker_threads';
import { setKustoLibraryFolder } from './bind/library.ts';
import { checkText } from './editor/check.ts';
import { explainText } from './editor/explain.ts';
import { compilePlain } from './plain.ts';
import { languageCatalog, unsupportedWords } from './reference/catalog.ts';
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
  parentPort?.postMessage(answer(request));
});

function answer(request: Exclude<WorkerRequest, { readonly kind: 'library' | 'schema' }>): WorkerReply {
  if (request.kind === 'language') {
    const items = languageCatalog(request.functions);
    return { id: request.id, result: { items, unsupported: unsupportedWords(items) } };
  }
  const schema = schemas.get(request.key);
  if (!schema) return { id: request.id, missingSchema: true };
  const run = { compile: compilePlain, check: checkText, explain: explainText }[request.kind];
  return { id: request.id, result: run(request.text, schema, request.options) };
}
