/**
 * Child process that owns the chDB engine. A crash or an out-of-memory ends this process only; the parent restarts it.
 * It leaves as soon as the parent is gone, so that the data folder is free for the next start.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { Session } from 'chdb';
import { parametersSql } from './parameters.ts';
import type { HostOptions, HostReply, HostRequest, Lane } from './protocol.ts';

const send = (reply: HostReply): void => {
  if (process.connected) process.send?.(reply);
};

/** The engine's numeric code out of `Code: 159. DB::Exception: …`; null when the text has none. */
function engineCode(message: string): number | null {
  const match = /Code: (\d+)\./.exec(message);
  return match ? Number(match[1]) : null;
}

/** The query was cancelled before the session saw it: the session is as it was. */
class Cancelled extends Error {}

/**
 * Ends the helper processes of host functions. Their other queries fail and can be tried again; the engine starts new ones.
 */
function stopHelpers(): void {
  let children: number[];
  try {
    const tasks = readdirSync('/proc/self/task');
    children = tasks.flatMap((t) =>
      readFileSync(`/proc/self/task/${t}/children`, 'utf8').trim().split(' ').map(Number),
    );
  } catch {
    // No /proc: ask the system's own tool.
    const found = spawnSync('pgrep', ['-P', String(process.pid), '-f', 'kql-host'], { encoding: 'utf8' });
    children = (found.stdout ?? '').split('\n').map(Number);
  }
  for (const pid of children.filter((p) => p > 0)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // Gone already.
    }
  }
}

/** Sessions of one lane with a first-in first-out queue in front. */
class LanePool {
  private readonly idle: Session[];
  private readonly waiting: ((session: Session) => void)[] = [];

  constructor(
    sessions: Session[],
    private readonly replace: (broken: Session) => Session,
  ) {
    this.idle = [...sessions];
  }

  async use<T>(work: (session: Session) => Promise<T>): Promise<T> {
    let session = this.idle.pop() ?? (await new Promise<Session>((resolve) => this.waiting.push(resolve)));
    try {
      return await work(session);
    } catch (error) {
      if (error instanceof Cancelled) throw error;
      // A statement that failed half-way leaves its partial output in the session, in front of the next answer.
      session = this.replace(session);
      throw error;
    } finally {
      const next = this.waiting.shift();
      if (next) next(session);
      else this.idle.push(session);
    }
  }
}

function start(options: HostOptions): void {
  const sessions = new Set<Session>();
  const open = (): Session => {
    const session = new Session(options.dataDir, { connectionArgs: options.connectionArgs });
    sessions.add(session);
    return session;
  };
  const replace = (broken: Session): Session => {
    const fresh = open();
    sessions.delete(broken);
    broken.close();
    return fresh;
  };
  const pools = Object.fromEntries(
    (Object.keys(options.lanes) as Lane[]).map((lane) => [
      lane,
      new LanePool(Array.from({ length: options.lanes[lane] }, open), replace),
    ]),
  ) as Record<Lane, LanePool>;
  const control = open();
  const version = String(control.query('SELECT version()', 'TabSeparated')).trim();
  /** Tags cancelled before their query reached a session. */
  const killed = new Set<string>();
  /** Tags of queries that the engine works on. */
  const active = new Set<string>();

  /** A query that is only just starting is not in the engine's list yet, so the order is repeated until it is gone. */
  const kill = (tag: string, attempt = 0): void => {
    // Asynchronous, this statement never returns in chDB 3.4; tags are our own, so they are checked and written in.
    control.query(`KILL QUERY WHERE Settings['log_comment'] = '${tag}' ASYNC`, 'TabSeparated');
    // A query that waits for a helper process does not notice; without the helper it ends.
    if (attempt === 5 && active.has(tag)) stopHelpers();
    if (attempt < 20 && active.has(tag)) setTimeout(() => active.has(tag) && kill(tag, attempt + 1), 100).unref();
  };

  const handle = async (request: HostRequest): Promise<void> => {
    if (request.kind === 'close') {
      for (const session of sessions) session.close();
      process.exit(0);
    }
    const started = performance.now();
    try {
      if (request.kind === 'kill') {
        killed.add(request.tag);
        if (!/^[\w-]+$/.test(request.tag)) throw new Error(`Not a query tag: ${request.tag}`);
        kill(request.tag);
        send({ id: request.id, kind: 'result', text: '', elapsedMs: 0, rowsRead: 0, bytesRead: 0 });
        setTimeout(() => killed.delete(request.tag), 60_000).unref();
        return;
      }
      if (request.kind === 'insert') {
        const summary = await pools.writer.use((session) =>
          session.insert({
            table: request.table,
            values: Buffer.from(request.payload.buffer, request.payload.byteOffset, request.payload.byteLength),
            format: 'JSONEachRow',
            settings: request.settings,
            ...(request.columns ? { columns: request.columns } : {}),
          }),
        );
        send({
          id: request.id,
          kind: 'result',
          text: '',
          elapsedMs: performance.now() - started,
          rowsRead: summary.rowsWritten,
          bytesRead: 0,
        });
        return;
      }
      const tag = /log_comment = '([^']+)'/.exec(request.sql)?.[1];
      const reply = await pools[request.lane].use(async (session): Promise<HostReply> => {
        const values = parametersSql(request.params);
        if (values) await session.queryAsync(values, { format: 'TabSeparated' });
        if (tag && killed.has(tag)) throw new Cancelled('Code: 394. Query was cancelled before it started');
        if (tag) active.add(tag);
        const result = await session
          .queryAsync(request.sql, { format: 'JSONCompact' })
          .finally(() => tag && active.delete(tag));
        return {
          id: request.id,
          kind: 'result',
          text: result.text(),
          elapsedMs: performance.now() - started,
          rowsRead: result.rowsRead,
          bytesRead: result.bytesRead,
        };
      });
      send(reply);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      send({ id: request.id, kind: 'error', message, code: engineCode(message) });
    }
  };

  process.on('message', (request: HostRequest) => void handle(request));
  send({ kind: 'ready', version });
}

// A terminal sends Ctrl-C to the whole group; the parent decides when the engine may close.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
// With queries in flight an orderly exit waits for them and keeps the folder. The engine's files bear being cut off.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

process.once('message', (options: HostOptions) => {
  try {
    start(options);
  } catch (error) {
    send({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
    setTimeout(() => process.exit(1), 50);
  }
});
