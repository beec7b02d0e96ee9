import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { ParapetError } from '@parapet/schema';
import { castSample, sampleEvents } from './generate.ts';
import type { SampleEvent, SampleOptions } from './types.ts';

const compress = promisify(gzip);

/** Bytes of one request before compression. */
const REQUEST_BYTES = 3 * 2 ** 20;
const IN_FLIGHT = 3;
/** Attempts on a broken connection or a failing server. Being asked to wait (429) is not a failure and has no limit. */
const ATTEMPTS = 8;
const LONGEST_WAIT_MS = 30_000;

export interface LoadProgress {
  /** Events acknowledged so far. */
  readonly events: number;
  readonly rejected: number;
  /** Share of the window that is acknowledged, 0 to 1. */
  readonly fraction: number;
  readonly seconds: number;
}

export interface LoadOptions extends SampleOptions {
  /** Base address of the Elastic-compatible endpoint; `/_bulk` is added. */
  readonly url: string;
  /** Value of the `Authorization` header, for example `ApiKey …`. */
  readonly authorization: string;
  /** Ends the load: nothing more is sent and the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after every acknowledged request. */
  readonly progress?: (progress: LoadProgress) => void;
}

export interface LoadResult {
  /** Events acknowledged as stored. */
  readonly events: number;
  /** Events the server refused for good; they are in its dead-letter table. */
  readonly rejected: number;
  readonly seconds: number;
}

/**
 * Sends the sample environment over the Elastic `_bulk` protocol as a shipper would: NDJSON, gzip, several requests in
 * flight, waiting as long as the server asks to. Resolves when every event is acknowledged.
 *
 * When a connection breaks before the answer, the request is sent again, so a load over a bad line may store events
 * twice, as with any shipper of this protocol.
 *
 * @throws ParapetError `sample_refused` (the server's 4xx), `sample_unreachable` (502) after repeated failure,
 *   RangeError on bad options, the signal's reason when cancelled
 */
export async function loadSample(options: LoadOptions): Promise<LoadResult> {
  const started = performance.now();
  const { start, end } = castSample(options);
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const sender = new Sender(options, signal);
  let events = 0;
  let rejected = 0;
  let newest = start.getTime();
  const flying = new Set<Promise<void>>();
  const failures: unknown[] = [];

  const send = (batch: Batch): void => {
    const flight = sender
      .send(batch.events)
      .then((refused) => {
        events += batch.events.length - refused;
        rejected += refused;
        newest = Math.max(newest, batch.newest);
        const fraction = Math.min(1, (newest - start.getTime()) / (end.getTime() - start.getTime()));
        options.progress?.({ events, rejected, fraction, seconds: (performance.now() - started) / 1000 });
      })
      .catch((error: unknown) => {
        failures.push(error);
        stop.abort(error);
      })
      .finally(() => flying.delete(flight));
    flying.add(flight);
  };

  for (const batch of batches(sampleEvents(options))) {
    signal.throwIfAborted();
    send(batch);
    while (flying.size >= IN_FLIGHT) await Promise.race(flying);
    // Making events is pure computation: without this turn a server in the same process would never get to answer.
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  while (flying.size > 0) await Promise.race(flying);
  if (failures.length > 0) throw failures[0];
  signal.throwIfAborted();
  return { events, rejected, seconds: (performance.now() - started) / 1000 };
}

interface Batch {
  readonly events: readonly string[];
  readonly newest: number;
}

/** Groups events into requests; every entry is the action line and the document. */
function* batches(source: Iterable<SampleEvent>): Generator<Batch> {
  let lines: string[] = [];
  let size = 0;
  let newest = 0;
  for (const event of source) {
    const line = `{"create":{"_index":"${event.index}"}}\n${event.doc}\n`;
    lines.push(line);
    size += line.length;
    newest = event.time.getTime();
    if (size >= REQUEST_BYTES) {
      yield { events: lines, newest };
      lines = [];
      size = 0;
    }
  }
  if (lines.length > 0) yield { events: lines, newest };
}

interface BulkAnswer {
  readonly errors?: boolean;
  readonly items?: readonly Readonly<Record<string, { readonly status?: number }>>[];
}

class Sender {
  private readonly target: string;

  constructor(
    private readonly options: LoadOptions,
    private readonly signal: AbortSignal,
  ) {
    this.target = `${options.url.replace(/\/+$/, '')}/_bulk`;
  }

  /** Sends until every event is stored or refused for good. Returns how many were refused. */
  async send(events: readonly string[]): Promise<number> {
    let left = events;
    let refused = 0;
    let failed = 0;
    while (left.length > 0) {
      this.signal.throwIfAborted();
      const answer = await this.post(left);
      if (answer === null || answer.status >= 500) {
        failed++;
        if (failed >= ATTEMPTS) {
          const what = answer === null ? 'The connection failed' : `The server answered ${answer.status}`;
          throw new ParapetError(
            'sample_unreachable',
            502,
            `${what} ${failed} times at ${this.target}.`,
            'Check that the server runs and its address is right.',
          );
        }
        await this.wait(answer?.retryAfter ?? null, failed);
        continue;
      }
      if (answer.status === 429) {
        await this.wait(answer.retryAfter, 1);
        continue;
      }
      if (answer.status !== 200) {
        throw new ParapetError(
          'sample_refused',
          answer.status,
          `The server refused the events with status ${answer.status}: ${answer.text.slice(0, 300)}`,
          'Check the API key and that it may ingest.',
        );
      }
      failed = 0;
      // An answer without errors is long and says nothing more: do not read it through.
      if (/^\s*\{"took":\d+,"errors":false/.test(answer.text)) return refused;
      const again: string[] = [];
      const body = JSON.parse(answer.text) as BulkAnswer;
      if (body.errors !== true) return refused;
      left.forEach((event, i) => {
        const item = body.items?.[i];
        const status = item === undefined ? 500 : (Object.values(item)[0]?.status ?? 500);
        if (status === 429) again.push(event);
        else if (status >= 400) refused++;
      });
      left = again;
      if (left.length > 0) await this.wait(answer.retryAfter, 1);
    }
    return refused;
  }

  /** One request. Null when no answer came. */
  private async post(
    events: readonly string[],
  ): Promise<{ status: number; text: string; retryAfter: string | null } | null> {
    const body = await compress(events.join(''), { level: constants.Z_BEST_SPEED });
    try {
      const response = await fetch(this.target, {
        method: 'POST',
        headers: {
          authorization: this.options.authorization,
          'content-type': 'application/x-ndjson',
          'content-encoding': 'gzip',
        },
        body,
        signal: this.signal,
      });
      return { status: response.status, text: await response.text(), retryAfter: response.headers.get('retry-after') };
    } catch {
      this.signal.throwIfAborted();
      return null;
    }
  }

  /** Waits what `Retry-After` says (seconds or a date), otherwise longer with every failure. */
  private async wait(retryAfter: string | null, failed: number): Promise<void> {
    let ms = Math.min(LONGEST_WAIT_MS, 250 * 2 ** failed);
    if (retryAfter !== null) {
      const seconds = Number(retryAfter);
      const asked = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(retryAfter) - Date.now();
      if (Number.isFinite(asked)) ms = Math.min(LONGEST_WAIT_MS, Math.max(0, asked));
    }
    try {
      await sleep(ms, undefined, { signal: this.signal });
    } catch (error) {
      this.signal.throwIfAborted();
      throw error;
    }
  }
}
