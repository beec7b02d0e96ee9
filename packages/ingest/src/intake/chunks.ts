import { checkObject } from '../elastic/bulk-parser.ts';
import { DOCUMENT_LIMIT, type Found } from '../formats/types.ts';
import { asUtf8 } from '../http/json.ts';
import type { RejectedLine } from '../types.ts';

const CHUNK_ITEMS = 5_000;
const CHUNK_BYTES = 4 * 2 ** 20;

/** Items of a file that are stored together: first the events, then what could not be used. */
export interface Chunk {
  /** Number of the first item in the file, from 0. */
  readonly from: number;
  readonly documents: readonly Uint8Array[];
  readonly rejected: readonly RejectedLine[];
}

export const itemsOf = (chunk: Chunk): number => chunk.documents.length + chunk.rejected.length;

/**
 * Gather the items of a file into chunks. Each item has its number: read again, the same file gives the same items in the
 * same order, so that a number is a position. In a chunk no event follows a rejected line, because events are numbered
 * first when they are stored.
 * @param skip items that are stored already
 * @param idleMs a chunk leaves after this long although it is not full; for files that are still being written
 */
export async function* chunked(found: AsyncIterable<Found>, skip = 0, idleMs = 0): AsyncGenerator<Chunk> {
  const iterator = found[Symbol.asyncIterator]();
  let item = 0;
  let bytes = 0;
  let documents: Uint8Array[] = [];
  let rejected: RejectedLine[] = [];
  let due: { readonly promise: Promise<'due'>; readonly timer: NodeJS.Timeout } | null = null;
  const take = (): Chunk => {
    if (due) clearTimeout(due.timer);
    due = null;
    const chunk = { from: item - documents.length - rejected.length, documents, rejected };
    documents = [];
    rejected = [];
    bytes = 0;
    return chunk;
  };
  try {
    let next = safely(iterator);
    for (;;) {
      const waiting = documents.length + rejected.length > 0;
      if (idleMs > 0 && waiting) due ??= timer(idleMs);
      const result = due ? await Promise.race([next, due.promise]) : await next;
      if (result === 'due') {
        yield take();
        continue;
      }
      if (result === null) break;
      next = safely(iterator);
      // The item that was waited for is taken up before the next one is read.
      if (item < skip) {
        item++;
        continue;
      }
      const problem = 'document' in result ? problemOf(result) : null;
      if ('document' in result && problem === null) {
        if (rejected.length > 0) yield take();
        const document = asUtf8(result.document.bytes);
        documents.push(document);
        bytes += document.length;
      } else rejected.push(problem ?? rejectedLine(result as Extract<Found, { problem: string }>));
      item++;
      if (documents.length + rejected.length >= CHUNK_ITEMS || bytes >= CHUNK_BYTES) yield take();
    }
    if (documents.length + rejected.length > 0) yield take();
  } finally {
    if (due) clearTimeout((due as { timer: NodeJS.Timeout }).timer);
    void iterator.return?.(undefined);
  }
}

function timer(ms: number): { promise: Promise<'due'>; timer: NodeJS.Timeout } {
  let handle: NodeJS.Timeout | undefined;
  const promise = new Promise<'due'>((resolve) => {
    handle = setTimeout(() => resolve('due'), ms);
  });
  return { promise, timer: handle as NodeJS.Timeout };
}

/** The next item; null at the end. A reader that fails says so as its last item. */
async function safely(iterator: AsyncIterator<Found>): Promise<Found | null> {
  try {
    const result = await iterator.next();
    return result.done ? null : result.value;
  } catch (error) {
    if ((error as { name?: string }).name === 'AbortError') throw error;
    return { source: '', line: 0, problem: error instanceof Error ? error.message : String(error) };
  }
}

/** Null when a document is one JSON object that can be stored. */
function problemOf(found: Extract<Found, { document: unknown }>): RejectedLine | null {
  const { source, line, bytes } = found.document;
  if (bytes.length > DOCUMENT_LIMIT)
    return {
      reason: 'line_too_long',
      detail: `${source}:${line}: it has ${bytes.length} bytes; the limit is ${DOCUMENT_LIMIT}.`,
      raw: bytes,
    };
  const problem = checkObject(bytes);
  return problem === null ? null : { reason: 'malformed_json', detail: `${source}:${line}: ${problem}`, raw: bytes };
}

function rejectedLine(found: Extract<Found, { problem: string }>): RejectedLine {
  const place = found.line > 0 ? `${found.source}:${found.line}` : found.source;
  return {
    reason: 'unreadable_file',
    detail: place === '' ? found.problem : `${place}: ${found.problem}`,
    raw: found.text ?? Buffer.alloc(0),
  };
}
