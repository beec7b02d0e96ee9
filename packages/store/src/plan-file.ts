import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';

/** Hash of the sources a bundle was built from; absent when the sources themselves run. */
declare const PARAPET_CODE: string | undefined;

/**
 * Plans of one file. Rules are edited and go: what nobody asked for is kept while there is room, because programs with
 * other rules or connectors may share the file.
 */
const MAX_PLANS = 5_000;

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
    return this.#known.get(key);
  }

  set(key: string, plan: Plan): void {
    this.#used.add(key);
    this.#known.set(key, plan);
    this.#added = true;
  }

  /** Take up the plans of a file; one that is missing, damaged or of other code is as good as none. `.gz` is compressed. */
  async load(file: string): Promise<void> {
    try {
      const bytes = await readFile(file);
      const text = (file.endsWith('.gz') ? await promisify(gunzip)(bytes) : bytes).toString('utf8');
      const stored = JSON.parse(text) as { code?: unknown; plans?: Record<string, Plan> };
      if (stored.code !== this.#version()) return;
      for (const [key, plan] of Object.entries(stored.plans ?? {}))
        if (!this.#known.has(key)) this.#known.set(key, plan);
    } catch {
      // Compiled again, then.
    }
  }

  /** Keep the plans, those in use first, when some of them are new. A folder that cannot be written is left alone. */
  async save(file: string): Promise<void> {
    if (!this.#added) return;
    this.#added = false;
    const known = [...this.#known];
    const inUse = known.filter(([key]) => this.#used.has(key));
    const others = known.filter(([key]) => !this.#used.has(key));
    const plans = Object.fromEntries([...inUse, ...others].slice(0, MAX_PLANS));
    const temporary = `${file}.${process.pid}`;
    try {
      await mkdir(dirname(file), { recursive: true });
      const text = JSON.stringify({ code: this.#version(), plans });
      await writeFile(temporary, file.endsWith('.gz') ? await promisify(gzip)(text, { level: 1 }) : text);
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
