import { setTimeout as sleep } from 'node:timers/promises';
import { ParapetError } from '@parapet/schema';
import type { FileDocument } from '../formats/types.ts';

export interface RejectedDocument {
  readonly document: FileDocument;
  readonly status: number;
  readonly reason: string;
}

export interface SenderOptions {
  readonly url: string;
  readonly key: string;
  readonly index: string;
  readonly signal: AbortSignal;
  /** Told before a wait; for the person at the terminal. */
  onWait(reason: string, seconds: number): void;
}

interface BulkAnswer {
  readonly errors?: boolean;
  readonly items?: readonly Record<string, { status: number; error?: { reason?: string } }>[];
  readonly error?: { reason?: string };
}

const MAX_WAIT = 30;
/** Give up when the server has been refusing or unreachable for so many tries in a row. */
const MAX_TRIES = 12;

/** Send one request and see it through: 429 and 5xx are repeated with growing pauses, also for single items. */
export async function sendBulk(
  documents: readonly FileDocument[],
  options: SenderOptions,
): Promise<{ readonly accepted: number; readonly rejected: readonly RejectedDocument[] }> {
  const rejected: RejectedDocument[] = [];
  let accepted = 0;
  let left = documents;
  for (let attempt = 1; left.length > 0; attempt++) {
    const { status, answer, retryAfter, failure } = await post(left, options);
    if (status === 200 && answer.items) {
      const again: FileDocument[] = [];
      left.forEach((document, i) => {
        const item = Object.values(answer.items?.[i] ?? {})[0];
        if (!item) rejected.push({ document, status: 0, reason: 'the answer of the server does not mention it' });
        else if (item.status < 300) accepted++;
        else if (item.status === 429 || item.status >= 500) again.push(document);
        else rejected.push({ document, status: item.status, reason: item.error?.reason ?? `status ${item.status}` });
      });
      if (again.length < left.length) attempt = 0;
      left = again;
      if (left.length === 0) break;
    } else if (status === 413 && left.length > 1) {
      const half = Math.ceil(left.length / 2);
      for (const part of [left.slice(0, half), left.slice(half)]) {
        const result = await sendBulk(part, options);
        accepted += result.accepted;
        rejected.push(...result.rejected);
      }
      break;
    } else if (status === 413 || status === 400) {
      for (const document of left)
        rejected.push({ document, status, reason: answer.error?.reason ?? `status ${status}` });
      break;
    } else if (status === 401 || status === 403)
      throw new ParapetError('unauthenticated', status, answer.error?.reason ?? 'The server refused the key.');
    else if (status !== 429 && status < 500 && status !== 0)
      throw new ParapetError(
        'unexpected_answer',
        502,
        `The server answered ${status}: ${answer.error?.reason ?? 'no reason given'}`,
        'Check --url: it must point at a Parapet server.',
      );
    // What was answered counts, also when the person at the keyboard has had enough; only repeating stops.
    if (options.signal.aborted) throw aborted();
    const reason = failure ?? answer.error?.reason ?? `status ${status}`;
    if (attempt >= MAX_TRIES)
      throw new ParapetError(
        'server_unavailable',
        503,
        `Gave up after ${attempt} tries: ${reason}`,
        'Run the same command again to go on.',
      );
    const wait = Math.min(MAX_WAIT, retryAfter ?? 0.5 * 2 ** Math.min(attempt, 6));
    options.onWait(reason, wait);
    await sleep(wait * 1000, undefined, { signal: options.signal }).catch(() => undefined);
    if (options.signal.aborted) throw aborted();
  }
  return { accepted, rejected };
}

async function post(
  documents: readonly FileDocument[],
  options: SenderOptions,
): Promise<{ status: number; answer: BulkAnswer; retryAfter?: number; failure?: string }> {
  const action = Buffer.from(`${JSON.stringify({ create: { _index: options.index } })}\n`);
  const parts: Buffer[] = [];
  const newline = Buffer.from('\n');
  for (const document of documents) parts.push(action, document.bytes, newline);
  try {
    const response = await fetch(`${options.url}/_bulk?filter_path=errors,error,items.*.status,items.*.error.reason`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-ndjson',
        ...(options.key ? { authorization: `ApiKey ${options.key}` } : {}),
      },
      body: Buffer.concat(parts),
    });
    const text = await response.text();
    const after = Number(response.headers.get('retry-after'));
    return {
      status: response.status,
      answer: parseAnswer(text),
      ...(Number.isFinite(after) && after > 0 ? { retryAfter: after } : {}),
    };
  } catch (error) {
    const cause = (error as { cause?: { code?: string } }).cause?.code;
    return {
      status: 0,
      answer: {},
      failure: `the server at ${options.url} cannot be reached${cause ? ` (${cause})` : ''}`,
    };
  }
}

function parseAnswer(text: string): BulkAnswer {
  try {
    return JSON.parse(text) as BulkAnswer;
  } catch {
    return {};
  }
}

function aborted(): ParapetError {
  return new ParapetError('interrupted', 499, 'Stopped.');
}
