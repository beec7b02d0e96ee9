import { appendFile, writeFile } from 'node:fs/promises';
import { ParapetError } from '@parapet/schema';
import { type FileDocument, type FileProblem, readDocuments } from '../formats/index.ts';
import { parseIngestArgs, USAGE } from './args.ts';
import { findFiles } from './files.ts';
import { count, duration, Progress } from './progress.ts';
import { type RejectedDocument, sendBulk } from './sender.ts';
import { ProgressState } from './state.ts';

/** What the command needs of its surroundings; `process` fits. */
export interface CliIo {
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: { write(text: string): unknown };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Stops the command as Ctrl-C does; for callers that are no terminal. */
  readonly signal?: AbortSignal;
}

const REQUEST_BYTES = 4 * 2 ** 20;
const REQUEST_EVENTS = 5_000;
/** Requests on their way at once: the server writes one to disk while it reads the next. */
const PARALLEL = 2;
const SHOWN_REJECTS = 50;

/**
 * `parapet ingest`: send files to a server.
 * @returns 0 everything accepted, 1 some lines rejected, 2 not finished
 */
export async function runIngestCli(argv: readonly string[], io: CliIo): Promise<number> {
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  io.signal?.addEventListener('abort', interrupt, { once: true });
  process.once('SIGINT', interrupt);
  try {
    const args = parseIngestArgs(argv, io.env);
    if (args.help) {
      io.stdout.write(USAGE);
      return 0;
    }
    return await new Run(args, io, stop.signal).all();
  } catch (error) {
    const known = error instanceof ParapetError;
    const missing =
      (error as NodeJS.ErrnoException).code === 'ENOENT'
        ? `There is no ${(error as NodeJS.ErrnoException).path}.`
        : null;
    io.stderr.write(
      `${missing ?? (known ? error.message : `Failed: ${error instanceof Error ? error.message : String(error)}`)}\n`,
    );
    if (known && error.hint) io.stderr.write(`${error.hint}\n`);
    return 2;
  } finally {
    process.off('SIGINT', interrupt);
    io.signal?.removeEventListener('abort', interrupt);
  }
}

interface InFlight {
  readonly upTo: number;
  readonly done: Promise<void>;
}

class Run {
  private progress = new Progress({ write: () => undefined }, 0);
  private rejectedLines = 0;
  private shownRejects = 0;
  private skipped = 0;
  private lastWait = '';

  constructor(
    private readonly args: ReturnType<typeof parseIngestArgs>,
    private readonly io: CliIo,
    private readonly signal: AbortSignal,
  ) {}

  async all(): Promise<number> {
    const { args, io } = this;
    const files = await findFiles(args.paths);
    if (files.length === 0) throw new ParapetError('no_files', 400, 'There are no files to send.');
    if (args.rejectsFile) await writeFile(args.rejectsFile, '');
    const state = await ProgressState.load(args.stateFile);
    this.progress = new Progress(
      io.stdout,
      files.reduce((sum, file) => sum + file.size, 0),
    );
    let before = 0;
    let finished = true;
    for (const file of files) {
      const key = ProgressState.key(args.url, file);
      const known = args.restart ? { acknowledged: 0, done: false } : state.get(key);
      if (known.done) this.skipped++;
      else {
        this.progress.label = file.path.split('/').at(-1) ?? file.path;
        const start = before;
        finished = await this.file(
          file.path,
          known.acknowledged,
          (acknowledged, done) => state.set(key, { acknowledged, done }),
          (bytes) => {
            this.progress.bytes = start + Math.min(bytes, file.size);
            this.progress.update();
          },
        );
        if (!finished) break;
      }
      before += file.size;
      this.progress.bytes = before;
      this.progress.update();
    }
    return this.summary(files.length, finished);
  }

  /** Send one file. False when stopped on the way. */
  private async file(
    path: string,
    skip: number,
    remember: (acknowledged: number, done: boolean) => Promise<void>,
    moved: (bytes: number) => void,
  ): Promise<boolean> {
    let seen = 0;
    let chunk: FileDocument[] = [];
    let bytes = 0;
    const flight: InFlight[] = [];
    const landed = async (): Promise<void> => {
      const first = flight[0];
      if (!first) return;
      await first.done;
      await remember(first.upTo, false);
      flight.shift();
    };
    const send = async (): Promise<void> => {
      if (chunk.length === 0) return;
      const documents = chunk;
      chunk = [];
      bytes = 0;
      const done = sendBulk(documents, {
        ...this.args,
        signal: this.signal,
        onWait: (reason, seconds) => this.waiting(reason, seconds),
      }).then(async ({ accepted, rejected }) => {
        this.progress.events += accepted;
        for (const item of rejected) await this.reject(item);
        this.progress.update();
      });
      // Failures are met where the request is awaited, in order.
      done.catch(() => undefined);
      flight.push({ upTo: seen, done });
      if (flight.length >= PARALLEL) await landed();
    };
    try {
      for await (const found of readDocuments(path, moved)) {
        if (this.signal.aborted) break;
        if ('problem' in found) {
          if (skip === 0) await this.reject(found);
          continue;
        }
        seen++;
        if (seen <= skip) continue;
        chunk.push(found.document);
        bytes += found.document.bytes.length;
        if (bytes >= REQUEST_BYTES || chunk.length >= REQUEST_EVENTS) await send();
      }
      if (!this.signal.aborted) await send();
      while (flight.length > 0) await landed();
    } catch (error) {
      await this.settle(flight, remember);
      if (error instanceof ParapetError) {
        if (error.code === 'interrupted') return false;
        throw error;
      }
      await this.reject({ source: path, line: 0, problem: error instanceof Error ? error.message : String(error) });
      return true;
    }
    if (this.signal.aborted) return false;
    await remember(seen, true);
    return true;
  }

  /** After a failure: remember the requests that landed before the first one that did not. */
  private async settle(
    flight: readonly InFlight[],
    remember: (acknowledged: number, done: boolean) => Promise<void>,
  ): Promise<void> {
    const results = await Promise.allSettled(flight.map((item) => item.done));
    for (const [i, item] of flight.entries()) {
      if (results[i]?.status === 'rejected') return;
      await remember(item.upTo, false);
    }
  }

  private waiting(reason: string, seconds: number): void {
    if (reason === this.lastWait) return;
    this.lastWait = reason;
    this.progress.say(`Waiting ${seconds} s and trying again: ${reason}`);
  }

  private async reject(item: RejectedDocument | FileProblem): Promise<void> {
    const source = 'document' in item ? item.document.source : item.source;
    const line = 'document' in item ? item.document.line : item.line;
    const reason = 'document' in item ? item.reason : item.problem;
    this.rejectedLines++;
    this.progress.rejected++;
    if (this.args.rejectsFile)
      await appendFile(
        this.args.rejectsFile,
        `${JSON.stringify({ source, line, reason, ...('document' in item ? { text: item.document.bytes.toString('utf8').slice(0, 65_536) } : {}) })}\n`,
      );
    if (this.shownRejects++ < SHOWN_REJECTS)
      this.io.stderr.write(`${source}${line > 0 ? `:${line}` : ''}: ${reason}\n`);
    else if (this.shownRejects === SHOWN_REJECTS + 1)
      this.io.stderr.write(
        `More lines were rejected${this.args.rejectsFile ? '' : '; --rejects <file> writes all of them down'}.\n`,
      );
  }

  private summary(files: number, finished: boolean): number {
    const { progress, io } = this;
    progress.finish();
    const seconds = progress.seconds;
    const rate = seconds > 0 ? Math.round(progress.events / seconds) : 0;
    io.stdout.write(
      `${count(progress.events)} events accepted, ${count(this.rejectedLines)} rejected, ${count(files)} files in ${duration(seconds)} (${count(rate)}/s)\n`,
    );
    if (this.skipped > 0)
      io.stdout.write(`${count(this.skipped)} files were sent by an earlier run; --restart sends them again.\n`);
    if (!finished) {
      io.stderr.write('Stopped. What was accepted is stored; run the same command again to go on from here.\n');
      return 2;
    }
    return this.rejectedLines > 0 ? 1 : 0;
  }
}
