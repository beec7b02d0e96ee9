import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ParapetError } from '@parapet/schema';
import { engineError } from '../errors.ts';
import type { EngineRestart } from '../types.ts';
import type { HostOptions, HostReply, HostRequest } from './protocol.ts';

type Result = Extract<HostReply, { kind: 'result' }>;
type WithoutId<T> = T extends { id: number } ? Omit<T, 'id'> : never;
export type EngineRequest = WithoutId<HostRequest>;

interface Pending {
  resolve(result: Result): void;
  reject(error: Error): void;
}

export interface EngineOptions extends HostOptions {
  /** Compiled host next to a bundle; the TypeScript source by default. */
  readonly hostPath?: string;
  /** Called when the child died, and again when its successor answers. */
  onRestart?(restart: EngineRestart): void;
}

/** Restarts that are remembered; a loop of crashes must not fill the memory. */
const KEPT_RESTARTS = 200;

/** What an ended process says about why, in words an operator can act on. */
export function deathReason(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal === 'SIGKILL')
    return 'killed from outside (SIGKILL): the system ended it, most often for want of memory, or a person did';
  if (signal === 'SIGABRT') return 'gave up (SIGABRT): a fault inside the engine or no memory left';
  if (signal === 'SIGSEGV' || signal === 'SIGBUS' || signal === 'SIGILL') return `crashed (${signal})`;
  return signal ? `ended by ${signal}` : `ended with exit code ${code}`;
}

/**
 * The parent's side of the engine process: sends requests, restarts the child when it dies.
 * Calls in flight at a crash fail with `engine_restarted`; later calls wait for the new child.
 */
export class Engine {
  version = '';
  /** When the child that answers now was ready. */
  startedAt: Date | null = null;
  private readonly history: EngineRestart[] = [];
  private deaths = 0;
  private child: ChildProcess | undefined;
  private ready: Promise<void>;
  private readonly pending = new Map<number, Pending>();
  private nextId = 1;
  private closing = false;

  private constructor(private readonly options: EngineOptions) {
    this.ready = this.spawn();
  }

  /** @throws ParapetError `engine_start_failed` when the data folder cannot be opened */
  static async open(options: EngineOptions): Promise<Engine> {
    const engine = new Engine(options);
    await engine.ready;
    return engine;
  }

  /** Times the child was started again. */
  get restarts(): number {
    return this.deaths;
  }

  /** The newest deaths, oldest first. */
  get recentRestarts(): readonly EngineRestart[] {
    return this.history;
  }

  private note(restart: EngineRestart): void {
    const known = this.history.findIndex((one) => one.at === restart.at);
    if (known >= 0) this.history[known] = restart;
    else this.history.push(restart);
    if (this.history.length > KEPT_RESTARTS) this.history.shift();
    this.options.onRestart?.(restart);
  }

  private spawn(): Promise<void> {
    const path = this.options.hostPath ?? fileURLToPath(new URL('./engine-host.ts', import.meta.url));
    const child = fork(path, [], {
      serialization: 'advanced',
      execArgv: path.endsWith('.ts') ? ['--import', 'tsx'] : [],
      // One thread per session: chDB runs its asynchronous calls on libuv's pool.
      env: { ...process.env, UV_THREADPOOL_SIZE: '16' },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.child = child;
    return new Promise((resolve, reject) => {
      child.on('message', (reply: HostReply) => {
        if (reply.kind === 'ready') {
          this.version = reply.version;
          this.startedAt = new Date();
          const last = this.history.at(-1);
          if (last && last.backAfterMs === null)
            this.note({ ...last, backAfterMs: this.startedAt.getTime() - last.at.getTime() });
          resolve();
        } else if (reply.kind === 'failed') {
          reject(
            new ParapetError(
              'engine_start_failed',
              503,
              `The telemetry engine could not open its folder: ${reply.message}`,
              'Check that the folder is writable and that no other program uses it.',
            ),
          );
        } else this.settle(reply);
      });
      child.once('exit', (code, signal) => {
        const reason = deathReason(code, signal);
        const interrupted = this.pending.size;
        this.startedAt = null;
        for (const waiting of this.pending.values()) {
          waiting.reject(
            new ParapetError(
              'engine_restarted',
              503,
              `The telemetry engine stopped (${reason}) and is being restarted.`,
              'Try again in a few seconds.',
            ),
          );
        }
        this.pending.clear();
        reject(
          new ParapetError('engine_start_failed', 503, `The telemetry engine stopped while starting (${reason}).`),
        );
        if (this.closing || this.child !== child) return;
        this.deaths += 1;
        this.note({ at: new Date(), reason, interrupted, backAfterMs: null });
        const delay = Math.min(5_000, 100 * 2 ** Math.min(this.deaths, 6));
        this.ready = new Promise<void>((done) => setTimeout(done, delay)).then(() => this.spawn());
        // A failed restart is reported by the next call that waits for it.
        this.ready.catch(() => undefined);
      });
      const { dataDir, lanes, connectionArgs } = this.options;
      child.send({ dataDir, lanes, connectionArgs } satisfies HostOptions);
    });
  }

  private settle(reply: Extract<HostReply, { id: number }>): void {
    const waiting = this.pending.get(reply.id);
    if (!waiting) return;
    this.pending.delete(reply.id);
    if (reply.kind === 'result') waiting.resolve(reply);
    else waiting.reject(engineError(reply.message, reply.code));
  }

  /** Send one request and wait for its answer. */
  async call(request: EngineRequest): Promise<Result> {
    if (this.closing) throw new ParapetError('engine_closed', 503, 'The telemetry engine is shutting down.');
    await this.ready;
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      this.child?.send({ ...request, id } as HostRequest, (error) => {
        if (error && this.pending.delete(id))
          reject(
            new ParapetError(
              'engine_restarted',
              503,
              'The telemetry engine is being restarted.',
              'Try again in a few seconds.',
            ),
          );
      });
    });
  }

  /** Process id of the engine; tests kill it. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  async close(): Promise<void> {
    if (this.closing) return;
    this.closing = true;
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.send({ id: 0, kind: 'close' } satisfies HostRequest, () => undefined);
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await gone;
    clearTimeout(timer);
  }
}
