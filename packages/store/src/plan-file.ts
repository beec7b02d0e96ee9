import { createHash } from 'node:crypto';
import { createWriteStream, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createGzip, gunzip } from 'node:zlib';

/** Hash of the sources a bundle was built from; absent when the sources themselves run. */
declare const PARAPET_CODE: string | undefined;

/**
 * Plans of one file. Rules are edited and go: what nobody asked for is kept while there is room, because programs with
 * other rules or connectors may share the file.
 */
const MAX_PLANS = 15_000;
const NEWLINE = 10;
const TAB = 9;

/** Where a file of plans lies when nobody says otherwise: beside the bundle, or in the project's cache when sources run. */
export function planFilePath(name: string): string {
  const here = fileURLToPath(import.meta.url);
  return typeof PARAPET_CODE === 'string'
    ? join(dirname(here), name)
    : fileURLToPath(new URL(`../../../node_modules/.cache/parapet/${name}`, import.meta.url));
}

/**
 * Compiled texts, kept between starts: analysing some hundred of them takes seconds of every start, and gives the same each
 * time. A plan is found again by what its maker says it depends on, and by the code that made it.
 */
export class PlanFile<Plan> {
  readonly #own: string | undefined;
  readonly #known = new Map<string, Plan>();
  /** Lines of the file that nobody asked for yet. */
  readonly #unread = new Map<string, Buffer>();
  /** Keys that this process asked for: they are stored first. */
  readonly #used = new Set<string>();
  #added = false;
  #code: string | undefined;

  /** @param own folder of sources besides the compiler, the store and the schema that change a plan */
  constructor(own?: string) {
    this.#own = own;
  }

  /** The key of a plan that depends on these texts. */
  key(...parts: readonly string[]): string {
    return createHash('sha256')
      .update([this.#version(), ...parts].join('\0'))
      .digest('base64url');
  }

  get(key: string): Plan | undefined {
    this.#used.add(key);
    const line = this.#unread.get(key);
    if (line) {
      this.#unread.delete(key);
      try {
        this.#known.set(key, JSON.parse(line.toString('utf8')) as Plan);
      } catch {
        // A damaged line: compiled again, then.
      }
    }
    return this.#known.get(key);
  }

  set(key: string, plan: Plan): void {
    this.#used.add(key);
    this.#known.set(key, plan);
    this.#unread.delete(key);
    this.#added = true;
  }

  /**
   * Take up the plans of a file; one that is missing, damaged or of other code is as good as none. `.gz` is compressed. Plans are read from their
   * lines when they are asked for: thousands of them would take seconds to read that a start does not have.
   */
  async load(file: string): Promise<void> {
    try {
      const stored = await readFile(file);
      const bytes = file.endsWith('.gz') ? await promisify(gunzip)(stored) : stored;
      let at = bytes.indexOf(NEWLINE);
      const head = JSON.parse(bytes.toString('utf8', 0, at)) as { code?: unknown };
      if (head.code !== this.#version()) return;
      while (at >= 0 && at + 1 < bytes.length) {
        const end = bytes.indexOf(NEWLINE, at + 1);
        const line = bytes.subarray(at + 1, end < 0 ? bytes.length : end);
        at = end;
        const key = line.toString('latin1', 0, line.indexOf(TAB));
        if (!this.#known.has(key)) this.#unread.set(key, line.subarray(key.length + 1));
      }
    } catch {
      // Compiled again, then.
    }
  }

  /** Keep the plans, those in use first, when some of them are new. A folder that cannot be written is left alone. */
  async save(file: string): Promise<void> {
    if (!this.#added) return;
    this.#added = false;
    const keys = [...new Set([...this.#known.keys(), ...this.#unread.keys()])];
    const inUse = keys.filter((key) => this.#used.has(key));
    const others = keys.filter((key) => !this.#used.has(key));
    const kept = [...inUse, ...others].slice(0, MAX_PLANS);
    const temporary = `${file}.${process.pid}`;
    const lines = function* (this: PlanFile<Plan>): Generator<Buffer> {
      yield Buffer.from(`${JSON.stringify({ code: this.#version() })}\n`);
      for (const key of kept) {
        const unread = this.#unread.get(key);
        if (unread) yield Buffer.concat([Buffer.from(`${key}\t`), unread, Buffer.from('\n')]);
        else yield Buffer.from(`${key}\t${JSON.stringify(this.#known.get(key))}\n`);
      }
    }.call(this);
    try {
      await mkdir(dirname(file), { recursive: true });
      const parts = file.endsWith('.gz') ? [createGzip({ level: 1 })] : [];
      await pipeline([Readable.from(lines), ...parts, createWriteStream(temporary)]);
      await rename(temporary, file);
    } catch {
      // Only time is lost.
    }
  }

  /** Changes with everything that may change a plan. */
  #version(): string {
    this.#code ??= typeof PARAPET_CODE === 'string' ? PARAPET_CODE : sourcesVersion(this.#own);
    return this.#code;
  }
}

function sourcesVersion(own: string | undefined): string {
  const hash = createHash('sha256');
  const visit = (dir: string): void => {
    for (const entry of readdirSync(dir, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(dir, entry.name);
      if (entry.isDirectory()) visit(path);
      else hash.update(path).update(readFileSync(path));
    }
  };
  for (const dir of ['../../kql/src', '.', '../../schema/src', '../../schema/data'])
    visit(fileURLToPath(new URL(dir, import.meta.url)));
  if (own) visit(own);
  return hash.digest('hex');
}
