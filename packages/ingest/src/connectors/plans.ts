import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CompiledQuery, compile, type KqlDiagnostic, type KqlSchema } from '@parapet/kql';

/**
 * Compiled texts of connectors, kept between starts: analysing some hundred transforms takes seconds of every start, and
 * gives the same each time. A text is found again by what it says, what it may read, and the code that compiled it.
 */

/** The part of a compiled text that connectors use. */
export type Plan = Pick<CompiledQuery, 'sql' | 'params' | 'columns'>;
export type Outcome =
  | ({ readonly ok: true } & Plan)
  | { readonly ok: false; readonly errors: readonly KqlDiagnostic[] };

/** Hash of the sources a bundle was built from; absent when the sources themselves run. */
declare const PARAPET_CODE: string | undefined;

const known = new Map<string, Plan>();
/** Keys that this process asked for: what is stored again. */
const used = new Set<string>();
let added = false;
let code: string | undefined;

/** Where plans lie when nobody says otherwise: beside the bundle, or in the project's cache when sources run. */
export function defaultPlansFile(): string {
  const here = fileURLToPath(import.meta.url);
  return typeof PARAPET_CODE === 'string'
    ? join(dirname(here), 'connector-plans.json')
    : fileURLToPath(new URL('../../../../node_modules/.cache/parapet/connector-plans.json', import.meta.url));
}

/** Changes with everything that may change a plan. */
export function codeVersion(): string {
  code ??= typeof PARAPET_CODE === 'string' ? PARAPET_CODE : sourcesVersion();
  return code;
}

function sourcesVersion(): string {
  const hash = createHash('sha256');
  const visit = (dir: string): void => {
    for (const entry of readdirSync(dir, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(dir, entry.name);
      if (entry.isDirectory()) visit(path);
      else hash.update(path).update(readFileSync(path));
    }
  };
  for (const dir of ['../../../kql/src', '../../../store/src', '../../../schema/src', '../../../schema/data', '.'])
    visit(fileURLToPath(new URL(dir, import.meta.url)));
  return hash.digest('hex');
}

/** Compile a text, or find its plan. */
export function plan(text: string, schema: KqlSchema): Outcome {
  const key = createHash('sha256')
    .update([codeVersion(), JSON.stringify(schema), text].join('\0'))
    .digest('base64url');
  const found = known.get(key);
  used.add(key);
  if (found) return { ok: true, ...found };
  const result = compile(text, { schema, now: new Date() });
  if (!result.ok) return { ok: false, errors: result.errors };
  const { sql, params, columns } = result;
  known.set(key, { sql, params, columns });
  added = true;
  return { ok: true, sql, params, columns };
}

/** Take up the plans of a file; one that is missing, damaged or of other code is as good as none. */
export async function loadPlans(file: string): Promise<void> {
  try {
    const stored = JSON.parse(await readFile(file, 'utf8')) as { code?: unknown; plans?: Record<string, Plan> };
    if (stored.code !== codeVersion()) return;
    for (const [key, one] of Object.entries(stored.plans ?? {})) if (!known.has(key)) known.set(key, one);
  } catch {
    // Compiled again, then.
  }
}

/** Keep the plans in use, when some of them are new. A folder that cannot be written is left alone. */
export async function storePlans(file: string): Promise<void> {
  if (!added) return;
  added = false;
  const plans = Object.fromEntries([...known].filter(([key]) => used.has(key)));
  const temporary = `${file}.${process.pid}`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(temporary, JSON.stringify({ code: codeVersion(), plans }));
    await rename(temporary, file);
  } catch {
    // Only time is lost.
  }
}
