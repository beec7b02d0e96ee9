import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { CompileResult } from '@parapet/kql';
import type { Hunting, TelemetryStore } from '@parapet/store';

/**
 * Compiled rules, kept between starts: analysing the queries of some hundred rules takes ten seconds and more of every start,
 * and gives the same each time. A text is found again by what it says, what it may read, and the code that compiled it.
 */
export interface KeptPlans {
  /** Compiles like the one it was made from, but finds what was compiled before. */
  readonly hunting: Hunting;
  /** Keep what was asked for, when something of it is new. A folder that cannot be written is left alone. */
  save(): Promise<void>;
}

type Compiled = CompileResult & { readonly ok: true };

/** Hash of the sources a bundle was built from; absent when the sources themselves run. */
declare const PARAPET_CODE: string | undefined;

/** Beside the bundle, or in the project's cache when sources run. */
function defaultFile(): string {
  const here = fileURLToPath(import.meta.url);
  return typeof PARAPET_CODE === 'string'
    ? join(dirname(here), 'rule-plans.json.gz')
    : fileURLToPath(new URL('../../../../node_modules/.cache/parapet/rule-plans.json.gz', import.meta.url));
}

let code: string | undefined;

function codeVersion(): string {
  if (code !== undefined) return code;
  if (typeof PARAPET_CODE === 'string') {
    code = PARAPET_CODE;
    return code;
  }
  const hash = createHash('sha256');
  const visit = (dir: string): void => {
    for (const entry of readdirSync(dir, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(dir, entry.name);
      if (entry.isDirectory()) visit(path);
      else hash.update(path).update(readFileSync(path));
    }
  };
  for (const dir of ['../../../kql/src', '../../../store/src', '../../../schema/src', '../../../schema/data'])
    visit(fileURLToPath(new URL(dir, import.meta.url)));
  code = hash.digest('hex');
  return code;
}

const digest = (...parts: readonly string[]): string =>
  createHash('sha256').update(parts.join('\0')).digest('base64url');

/** Texts whose plan depends on the time they are compiled at. */
const USES_NOW = /\b(now|ago)\s*\(/;

/** @param file where plans are kept; one that is missing, damaged or of other code is as good as none */
export async function keepPlans(hunting: Hunting, store: TelemetryStore, file = defaultFile()): Promise<KeptPlans> {
  const known = new Map<string, Compiled>();
  const used = new Map<string, Compiled>();
  let added = false;
  try {
    const text = (await promisify(gunzip)(await readFile(file))).toString('utf8');
    const stored = JSON.parse(text) as { code?: unknown; plans?: Record<string, Compiled> };
    if (stored.code === codeVersion())
      for (const [key, plan] of Object.entries(stored.plans ?? {})) known.set(key, plan);
  } catch {
    // Compiled again, then.
  }

  let seen: unknown;
  let tables = '';
  /** Tables, functions and lists that a text may name. */
  const world = (): string => {
    if (seen !== store.schema) {
      seen = store.schema;
      tables = digest(JSON.stringify(store.schema));
    }
    const { functions, watchlists } = hunting.saved();
    return digest(tables, JSON.stringify(functions), JSON.stringify(watchlists));
  };

  const kept: Hunting = {
    async compile(text, options = {}) {
      const { restrictions, maxRows, ...others } = options;
      if (USES_NOW.test(text) || Object.keys(others).length > 0) return hunting.compile(text, options);
      const key = digest(codeVersion(), world(), text, JSON.stringify(restrictions ?? null), String(maxRows));
      const found = known.get(key);
      if (found) {
        used.set(key, found);
        return found;
      }
      const result = await hunting.compile(text, options);
      if (!result.ok) return result;
      known.set(key, result);
      used.set(key, result);
      added = true;
      return result;
    },
    run: (text, options) => hunting.run(text, options),
    check: (text, options) => hunting.check(text, options),
    explain: (text, options) => hunting.explain(text, options),
    language: (owner) => hunting.language(owner),
    saved: (owner) => hunting.saved(owner),
    close: () => hunting.close(),
  };
  return {
    hunting: kept,
    async save() {
      if (!added) return;
      added = false;
      const temporary = `${file}.${process.pid}`;
      try {
        await mkdir(dirname(file), { recursive: true });
        const text = JSON.stringify({ code: codeVersion(), plans: Object.fromEntries(used) });
        await writeFile(temporary, await promisify(gzip)(text, { level: 1 }));
        await rename(temporary, file);
      } catch {
        // Only time is lost.
      }
    },
  };
}
