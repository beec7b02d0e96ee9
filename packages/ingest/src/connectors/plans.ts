import { fileURLToPath } from 'node:url';
import { type CompiledQuery, compile, type KqlDiagnostic, type KqlSchema } from '@parapet/kql';
import { PlanFile, planFilePath } from '@parapet/store';

/** Compiled texts of connectors, kept between starts. */

/** The part of a compiled text that connectors use. */
export type Plan = Pick<CompiledQuery, 'sql' | 'params' | 'columns'>;
export type Outcome =
  | ({ readonly ok: true } & Plan)
  | { readonly ok: false; readonly errors: readonly KqlDiagnostic[] };

const plans = new PlanFile<Plan>(fileURLToPath(new URL('.', import.meta.url)));

/** Where plans lie when nobody says otherwise. */
export const defaultPlansFile = (): string => planFilePath('connector-plans.json');

/** Compile a text, or find its plan. */
export function plan(text: string, schema: KqlSchema): Outcome {
  const key = plans.key(JSON.stringify(schema), text);
  const found = plans.get(key);
  if (found) return { ok: true, ...found };
  const result = compile(text, { schema, now: new Date() });
  if (!result.ok) return { ok: false, errors: result.errors };
  const { sql, params, columns } = result;
  plans.set(key, { sql, params, columns });
  return { ok: true, sql, params, columns };
}

/** Take up the plans of a file; one that is missing, damaged or of other code is as good as none. */
export const loadPlans = (file: string): Promise<void> => plans.load(file);

/** Keep the plans in use, when some of them are new. A folder that cannot be written is left alone. */
export const storePlans = (file: string): Promise<void> => plans.save(file);
