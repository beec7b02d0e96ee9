import { createHash } from 'node:crypto';
import type { CompileResult } from '@parapet/kql';
import { type Hunting, PlanFile, planFilePath, type TelemetryStore } from '@parapet/store';

/** Compiled rules, kept between starts. */
export interface KeptPlans {
  /** Compiles like the one it was made from, but finds what was compiled before. */
  readonly hunting: Hunting;
  /** Keep what was asked for, when something of it is new. A folder that cannot be written is left alone. */
  save(): Promise<void>;
}

type Compiled = CompileResult & { readonly ok: true };

const digest = (...parts: readonly string[]): string =>
  createHash('sha256').update(parts.join('\0')).digest('base64url');

/** Texts whose plan depends on the time they are compiled at. */
const USES_NOW = /\b(now|ago)\s*\(/;

/** @param file where plans are kept; one that is missing, damaged or of other code is as good as none */
export async function keepPlans(
  hunting: Hunting,
  store: TelemetryStore,
  file = planFilePath('rule-plans.json.gz'),
): Promise<KeptPlans> {
  const plans = new PlanFile<Compiled>();
  await plans.load(file);

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
      const key = plans.key(world(), text, JSON.stringify(restrictions ?? null), String(maxRows));
      const found = plans.get(key);
      if (found) return found;
      const result = await hunting.compile(text, options);
      // Only the checks of a rule look at its plan; statements of runs are kept without it, a quarter of the size.
      if (result.ok) plans.set(key, restrictions ? { ...result, plan: null } : result);
      return result;
    },
    run: (text, options) => hunting.run(text, options),
    check: (text, options) => hunting.check(text, options),
    explain: (text, options) => hunting.explain(text, options),
    language: (owner) => hunting.language(owner),
    saved: (owner) => hunting.saved(owner),
    close: () => hunting.close(),
  };
  return { hunting: kept, save: () => plans.save(file) };
}
