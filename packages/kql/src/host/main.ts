/**
 * Entry of the helper process the engine starts for host functions. Reads calls from standard input until it closes.
 * A `HostError` goes to standard error, which the engine turns into the failure of the query.
 */
import { callHost } from './call.ts';
import { HostError } from './errors.ts';
import { encodeResults, RequestReader } from './protocol.ts';

const reader = new RequestReader();
let queue: Promise<void> = Promise.resolve();

async function answer(bytes: Buffer): Promise<void> {
  for (const chunk of reader.push(bytes)) {
    const results: string[] = [];
    for (const { fn, args } of chunk) results.push(await callHost(fn, args));
    process.stdout.write(encodeResults(results));
  }
}

function fail(error: unknown): never {
  const text = error instanceof HostError ? error.message : `Host function failed: ${String(error)}`;
  process.stderr.write(`KQL_HOST:${text}\n`);
  process.exit(1);
}

process.stdin.on('data', (bytes: Buffer) => {
  queue = queue.then(() => answer(bytes)).catch(fail);
});
process.stdin.on('end', () => void queue.then(() => process.exit(0)));
