import { createHash } from 'node:crypto';
import { type FileHandle, open, readFile, rename } from 'node:fs/promises';

/**
 * Which objects were taken: a file that only grows, one short line an object, because a bucket may hold a million of
 * them. Written anew when most of its lines are of objects that are gone.
 */
export class TakenObjects {
  private constructor(
    private readonly path: string,
    private file: FileHandle,
    private known: Set<string>,
  ) {}

  static async load(path: string): Promise<TakenObjects> {
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    // A line that was cut off by a crash belongs to an object that is taken again from its position.
    const known = new Set(text.split('\n').filter((line) => line.length === 32));
    const file = await open(path, 'a', 0o600);
    if (text !== '' && !text.endsWith('\n')) await file.write('\n');
    return new TakenObjects(path, file, known);
  }

  has(name: string): boolean {
    return this.known.has(short(name));
  }

  /** Resolves once it is on disk. */
  async add(name: string): Promise<void> {
    const line = short(name);
    this.known.add(line);
    await this.file.write(`${line}\n`);
    await this.file.sync();
  }

  /** Forget what is not in the bucket any more. */
  async keepOnly(names: ReadonlySet<string>): Promise<void> {
    if (this.known.size < 1_000 || this.known.size < names.size * 2) return;
    const present = new Set([...names].map(short));
    const kept = new Set([...this.known].filter((line) => present.has(line)));
    const file = await open(`${this.path}.new`, 'w', 0o600);
    await file.writeFile([...kept].map((line) => `${line}\n`).join(''));
    await file.sync();
    await file.close();
    await rename(`${this.path}.new`, this.path);
    await this.file.close();
    this.file = await open(this.path, 'a', 0o600);
    this.known = kept;
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}

const short = (name: string): string => createHash('sha256').update(name).digest('hex').slice(0, 32);
