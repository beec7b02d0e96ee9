/** Many queries in one process: one JSON line in, one out. */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { KqlDiagnostic } from '@parapet/kql';
import { ParapetError } from '@parapet/schema';
import type { HuntRows } from '@parapet/store';
import type { LocalKql } from './local.ts';
import { rowsJson } from './values.ts';

export interface BatchOptions {
  /** Most queries at a time; answers come in the order of the input whatever it is. Timings are clean with 1. */
  readonly jobs: number;
  /** What one query may take, in ms. */
  readonly timeoutMs: number;
  /** Most rows of one answer. */
  readonly maxRows: number;
  /** What `now()` means; the time of each query by default. */
  readonly now?: Date;
  /** Called with what is no answer to a single query. */
  log(line: string): void;
}

interface BatchError {
  readonly code: string;
  readonly message: string;
  readonly line: number | null;
  readonly column: number | null;
}

interface Answer {
  readonly rows?: HuntRows;
  readonly error?: BatchError;
  readonly compileMs: number;
  readonly runMs: number;
}

/** Time a compiler gets before it counts as stuck. */
const COMPILE_LIMIT_MS = 60_000;
/** Time past its own limit after which an engine that did not end a query counts as stuck. */
const GRACE_MS = 15_000;

const milliseconds = (value: number): number => Math.max(0, Math.round(value * 1000) / 1000);

function errorOf(error: unknown): BatchError {
  if (error instanceof ParapetError) {
    const first = error.code === 'kql_error' ? (error.details as readonly KqlDiagnostic[] | undefined)?.[0] : undefined;
    if (first) return { code: first.code, message: first.message, line: first.line, column: first.column };
    return { code: error.code, message: error.message, line: null, column: null };
  }
  return {
    code: 'internal_error',
    message: error instanceof Error ? error.message : String(error),
    line: null,
    column: null,
  };
}

/** The result of the work, or the given error when it does not come in time. */
async function within<T>(work: Promise<T>, ms: number, late: () => ParapetError): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([
      work,
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(late()), ms);
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
}

/** Compile and run one query; whatever goes wrong becomes part of the answer. */
async function answer(kql: LocalKql, query: string, options: BatchOptions): Promise<Answer> {
  const stop = new AbortController();
  const hunt = {
    now: options.now ?? new Date(),
    maxRows: options.maxRows,
    limits: { timeoutMs: options.timeoutMs },
    signal: stop.signal,
  };
  const started = performance.now();
  let compiledAt = started;
  try {
    // Compiled by itself first, so that the time is known whether or not the run succeeds.
    let stuck = false;
    const { hunting } = kql;
    const compiled = await within(hunting.compile(query, hunt), COMPILE_LIMIT_MS, () => {
      stuck = true;
      return new ParapetError('compile_timeout', 408, `Compiling took longer than ${COMPILE_LIMIT_MS / 1000} s.`);
    }).finally(() => (stuck ? kql.restartCompiler() : undefined));
    compiledAt = performance.now();
    if (!compiled.ok)
      return {
        error: errorOf(new ParapetError('kql_error', 400, '', undefined, compiled.errors)),
        compileMs: compiledAt - started,
        runMs: 0,
      };
    const rows = await within(hunting.run(query, hunt), options.timeoutMs + GRACE_MS, () => {
      stop.abort();
      return new ParapetError(
        'query_timeout',
        408,
        `The query ran out of time: it may take ${options.timeoutMs / 1000} s.`,
      );
    });
    const total = performance.now() - compiledAt;
    const again = Math.min(total, rows.stats.compileMs);
    return { rows, compileMs: compiledAt - started, runMs: total - again };
  } catch (error) {
    const compileMs = compiledAt - started || performance.now() - started;
    return { error: errorOf(error), compileMs, runMs: compiledAt > started ? performance.now() - compiledAt : 0 };
  }
}

function printed(id: unknown, { rows, error, compileMs, runMs }: Answer): string {
  const fields = [
    `"id":${JSON.stringify(id ?? null)}`,
    `"ok":${error === undefined}`,
    `"columns":${JSON.stringify((rows?.columns ?? []).map(({ name, type }) => ({ name, type })))}`,
    `"rows":${rows ? rowsJson(rows.rows, rows.columns) : '[]'}`,
    `"error":${JSON.stringify(error ?? null)}`,
    `"compileMs":${milliseconds(compileMs)}`,
    `"runMs":${milliseconds(runMs)}`,
    // Only where it matters: the answer was cut to the row limit.
    ...(rows?.truncated ? ['"truncated":true'] : []),
  ];
  return `{${fields.join(',')}}\n`;
}

function request(line: string): { readonly id: unknown; readonly query: string } | BatchError {
  const bad = (message: string): BatchError => ({ code: 'bad_request', message, line: null, column: null });
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch (error) {
    return bad(`The line is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    return bad('The line is not a JSON object.');
  const { id, query } = parsed as { id?: unknown; query?: unknown };
  if (typeof query !== 'string')
    return { ...bad('The line has no text named "query".'), ...(id === undefined ? {} : { id }) };
  return { id, query };
}

/**
 * Answers every line of the input, in its order, as it comes. Nothing but answers is written to the output, and no
 * failure of a query, of the compiler or of the engine ends the run.
 */
export async function runBatch(kql: LocalKql, input: Readable, output: Writable, options: BatchOptions): Promise<void> {
  const write = async (text: string): Promise<void> => {
    if (!output.write(text)) await once(output, 'drain');
  };
  const one = async (line: string): Promise<string> => {
    const asked = request(line);
    if (!('query' in asked)) {
      const { id, ...error } = asked as BatchError & { id?: unknown };
      return printed(id, { error, compileMs: 0, runMs: 0 });
    }
    const result = await answer(kql, asked.query, options);
    try {
      return printed(asked.id, result);
    } catch (error) {
      // An answer too long for one text.
      return printed(asked.id, { compileMs: result.compileMs, runMs: result.runMs, error: errorOf(error) });
    }
  };
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  const running = new Set<Promise<string>>();
  let written: Promise<void> = Promise.resolve();
  for await (const raw of lines) {
    const line = raw.replace(/^\uFEFF/, '').trim();
    if (line === '') continue;
    const work = one(line);
    running.add(work);
    // Written as soon as it is known and those before it are written, also while no further line comes.
    written = written.then(async () => write(await work)).finally(() => running.delete(work));
    if (running.size >= options.jobs) await Promise.race([...running]);
    if (options.jobs === 1) await written;
  }
  await written;
}
