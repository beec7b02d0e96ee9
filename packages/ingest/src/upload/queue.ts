import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { ParapetError, type UploadJob } from '@parapet/schema';
import { indexOf } from '../drop/collect.ts';
import { readDocuments } from '../formats/index.ts';
import { ExactAppender } from '../intake/exact.ts';
import { takeFile } from '../intake/intake.ts';
import { Ledger } from '../intake/ledger.ts';
import type { ReceiverContext } from '../sources/types.ts';

interface Meta {
  readonly name: string;
  readonly size: number;
  readonly by: string;
  readonly createdAt: string;
}

/** Results of uploads are listed so long. */
const REMEMBER_MS = 30 * 86_400_000;
const RETRY_MS = 5_000;

/**
 * Uploaded files, read one after the other. A file lies in the queue on disk before its upload is answered, so a restart
 * goes on with it, and where it was left.
 */
export class UploadQueue {
  private readonly stopping = new AbortController();
  private readonly appender: ExactAppender;
  private readonly waiting = new Map<string, Meta>();
  private current: { readonly id: string; read: number } | null = null;
  private wake: () => void = () => undefined;
  private work: Promise<void> = Promise.resolve();
  problem = '';

  private constructor(
    private readonly context: ReceiverContext,
    private readonly dir: string,
    private readonly ledger: Ledger,
    readonly maxBytes: number,
  ) {
    this.appender = new ExactAppender(context, ledger, this.stopping.signal);
  }

  static async open(context: ReceiverContext, maxBytes: number): Promise<UploadQueue> {
    const dir = join(context.dataDir, 'queue');
    await mkdir(dir, { recursive: true });
    const queue = new UploadQueue(context, dir, await Ledger.load(join(context.dataDir, 'positions.json')), maxBytes);
    const names = await readdir(dir);
    for (const name of names) {
      // An upload that was cut off was never answered.
      if (name.endsWith('.incoming') || (name.endsWith('.data') && !names.includes(`${name.slice(0, -5)}.json`)))
        await rm(join(dir, name), { force: true });
      else if (name.endsWith('.json')) {
        const id = name.slice(0, -5);
        if (queue.ledger.get(id).finished) await queue.clear(id);
        else queue.waiting.set(id, JSON.parse(await readFile(join(dir, name), 'utf8')) as Meta);
      }
    }
    queue.work = queue.run();
    return queue;
  }

  /**
   * Take a file into the queue; resolves once it is on disk.
   * @throws ParapetError `upload_too_large` 413, `upload_incomplete` 400
   */
  async add(body: Readable, name: string, by: string): Promise<UploadJob> {
    const id = `${Date.now().toString(36)}-${randomBytes(6).toString('hex')}`;
    const incoming = join(this.dir, `${id}.incoming`);
    let size = 0;
    const limit = this.maxBytes;
    try {
      const file = await open(incoming, 'wx', 0o600);
      try {
        // The connection stays open when a file is refused, so that the answer can be read.
        for await (const chunk of body.iterator({ destroyOnReturn: false })) {
          size += (chunk as Buffer).length;
          if (size > limit) throw tooLarge(limit);
          await file.writeFile(chunk as Buffer);
        }
        await file.sync();
      } finally {
        await file.close();
      }
      const meta: Meta = { name, size, by, createdAt: new Date().toISOString() };
      await rename(incoming, join(this.dir, `${id}.data`));
      await writeFile(join(this.dir, `${id}.json.new`), JSON.stringify(meta), { flush: true });
      await rename(join(this.dir, `${id}.json.new`), join(this.dir, `${id}.json`));
      this.waiting.set(id, meta);
      this.wake();
    } catch (error) {
      await rm(incoming, { force: true });
      if (error instanceof ParapetError) throw error;
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC')
        throw new ParapetError('upload_disk_full', 507, 'The disk of the server is full; nothing was stored.');
      throw new ParapetError(
        'upload_incomplete',
        400,
        'The upload was cut off; nothing was stored.',
        'Upload it again.',
      );
    }
    return this.job(id) as UploadJob;
  }

  job(id: string): UploadJob | null {
    const meta = this.waiting.get(id) ?? (this.ledger.get(id).note as Meta | undefined);
    if (!meta) return null;
    const position = this.ledger.get(id);
    const reading = this.current?.id === id;
    const note = position.note as { examples?: string[]; finishedAt?: string } | undefined;
    return {
      id,
      sourceId: this.context.source.id,
      name: meta.name,
      size: meta.size,
      by: meta.by,
      createdAt: meta.createdAt,
      state: position.finished
        ? position.events === 0 && position.problems > 0
          ? 'failed'
          : 'done'
        : reading
          ? 'reading'
          : 'waiting',
      read: position.finished ? meta.size : reading ? (this.current?.read ?? 0) : 0,
      events: position.events,
      problems: position.problems,
      examples: note?.examples ?? [],
      finishedAt: note?.finishedAt ?? null,
    };
  }

  jobs(): UploadJob[] {
    const ids = new Set([...this.waiting.keys(), ...this.ledger.keys()]);
    return [...ids]
      .map((id) => this.job(id))
      .filter((job) => job !== null)
      .sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  }

  async close(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await this.work;
    await this.appender.settled();
    await this.ledger.save();
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.appender.recover();
        const next = [...this.waiting].sort(([a], [b]) => (a < b ? -1 : 1))[0];
        if (next) await this.read(...next);
        else
          await new Promise<void>((resolve) => {
            this.wake = resolve;
            if (signal.aborted || this.waiting.size > 0) resolve();
          });
        this.problem = '';
      } catch (error) {
        if (signal.aborted) return;
        this.problem = error instanceof Error ? error.message : String(error);
        await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  private async read(id: string, meta: Meta): Promise<void> {
    const current = { id, read: 0 };
    this.current = current;
    try {
      const found = readDocuments(
        join(this.dir, `${id}.data`),
        (bytes) => {
          current.read = bytes;
        },
        { name: meta.name },
      );
      const result = await takeFile(found, id, indexOf(meta.name), this.ledger, this.appender);
      this.ledger.set(id, {
        ...this.ledger.get(id),
        finished: true,
        at: Date.now(),
        note: { ...meta, examples: result.examples, finishedAt: new Date().toISOString() },
      });
      for (const key of this.ledger.keys())
        if (this.ledger.get(key).finished && this.ledger.get(key).at < Date.now() - REMEMBER_MS)
          this.ledger.delete(key);
      await this.ledger.save();
      this.waiting.delete(id);
      await this.clear(id);
    } finally {
      this.current = null;
    }
  }

  private async clear(id: string): Promise<void> {
    await rm(join(this.dir, `${id}.data`), { force: true });
    await rm(join(this.dir, `${id}.json`), { force: true });
  }
}

export function tooLarge(limit: number): ParapetError {
  return new ParapetError(
    'upload_too_large',
    413,
    `The file is larger than ${Math.floor(limit / 2 ** 20)} MiB, the limit of this source; nothing was stored.`,
    'Raise the limit in the settings of the source, or put the file into a folder source.',
  );
}
