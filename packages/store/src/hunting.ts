import {
  type CompiledTable,
  type CompileResult,
  compileWithData,
  convertRow,
  createKqlWorker,
  type ExternalTable,
  externalRows,
  KQL_RESULT_SETTINGS,
  type KqlWorker,
  type PlainOptions,
  type RowRestriction,
  type SqlParam,
  type StoredFunction,
} from '@parapet/kql';
import { ParapetError } from '@parapet/schema';
import type { ExternalReader } from './external.ts';
import type { Hunting, HuntOptions, HuntRows, SavedNames } from './hunting-types.ts';
import type { TelemetryStore } from './types.ts';

const DEFAULT_ROWS = 30_000;
const MAX_ROWS = 100_000;
/** Compiled plans kept; a rule's plan is asked for with every batch. */
const PLANS = 500;
/** Most times that a plan may ask for data. */
const MAX_PROBES = 20;

export interface CreateHuntingOptions {
  /** A compiler that is already warm; closed by whoever made it. */
  readonly compiler?: KqlWorker;
  /** Functions and watchlists that queries may use; asked for with every compile. */
  readonly saved?: (owner?: string) => SavedNames;
  /** Reads what `externaldata` names; absent refuses it. */
  readonly external?: ExternalReader;
}

const NO_NAMES: SavedNames = { functions: [], watchlists: [] };

/** Texts that say nothing of the present compile to the same plan all day. */
const readsClock = (text: string): boolean => /\b(ago|now|ingestion_time|startof\w+|endof\w+)\s*\(/i.test(text);

const clampRows = (asked: number | undefined): number => Math.min(MAX_ROWS, Math.max(1, asked ?? DEFAULT_ROWS));

/** Functions of a library that a text names, or that those name; one's own of the same name stand in front. */
function reachable(
  text: string,
  own: readonly StoredFunction[],
  library: readonly StoredFunction[],
): readonly StoredFunction[] {
  if (library.length === 0) return [];
  const known = new Map(library.map((f) => [f.name, f]));
  const mine = new Map(own.map((f) => [f.name, f]));
  const found = new Set<string>();
  const visit = (body: string): void => {
    for (const word of body.match(/[A-Za-z_]\w*/g) ?? []) {
      const next = mine.get(word) ?? known.get(word);
      if (!next || found.has(word)) continue;
      found.add(word);
      visit(next.body);
    }
  };
  visit(text);
  return library.filter((f) => found.has(f.name) && !mine.has(f.name));
}

/** Restrictions without their values: the plan depends on their text only. */
function withoutValues(restrictions: Readonly<Record<string, RowRestriction>>): {
  readonly texts: Record<string, RowRestriction>;
  readonly values: Record<string, SqlParam>;
} {
  const texts: Record<string, RowRestriction> = {};
  const values: Record<string, SqlParam> = {};
  for (const [table, restriction] of Object.entries(restrictions)) {
    texts[table] = { sql: restriction.sql };
    Object.assign(values, restriction.params);
  }
  return { texts, values };
}

/** KQL over a store; compiling happens in a worker thread and is kept by text. */
export function createHunting(store: TelemetryStore, options: CreateHuntingOptions = {}): Hunting {
  const worker = options.compiler ?? createKqlWorker();
  const plans = new Map<string, Promise<CompileResult>>();

  const saved = options.saved ?? (() => NO_NAMES);

  /** What a compile depends on besides the text, and the values that stay outside of it. */
  const planned = (
    text: string,
    hunt: HuntOptions,
    about = text,
  ): { plain: PlainOptions; values: Record<string, SqlParam> } => {
    const now = hunt.now ?? new Date();
    const { texts, values } = withoutValues(hunt.restrictions ?? {});
    const { functions: named, watchlists, library = [] } = saved(hunt.owner);
    const kept = [...reachable(about, named, library), ...named];
    const functions = hunt.functions?.length
      ? [...kept.filter((f) => !hunt.functions?.some((own) => own.name === f.name)), ...hunt.functions]
      : kept;
    const plain: PlainOptions = {
      now: readsClock(text) ? now : new Date(Math.floor(now.getTime() / 86_400_000) * 86_400_000),
      maxRows: clampRows(hunt.maxRows),
      ...(hunt.timeRange ? { timeRange: hunt.timeRange } : {}),
      ...(hunt.restrictions ? { restrictions: texts } : {}),
      ...(functions.length ? { functions } : {}),
      ...(watchlists.length ? { watchlists } : {}),
      ...(options.external ? { external: options.external.access } : {}),
      ...(hunt.scope ? { scope: hunt.scope } : {}),
      ...(hunt.parameters ? { parameters: hunt.parameters } : {}),
    };
    return { plain, values };
  };

  const compileText = async (text: string, hunt: HuntOptions): Promise<CompileResult> => {
    const { plain, values } = planned(text, hunt);
    const withValues = <T extends CompiledTable>(table: T, more?: Record<string, SqlParam>): T =>
      more || Object.keys(values).length ? { ...table, params: { ...table.params, ...values, ...more } } : table;
    // Plans that depend on data are kept by that data too: the same columns give the same plan.
    const compileOnce = (facts: PlainOptions['facts']): Promise<CompileResult> => {
      const asked = facts?.length ? { ...plain, facts } : plain;
      const key = JSON.stringify([text, store.schema.version, asked]);
      const plan = plans.get(key) ?? worker.compile(text, store.schema, asked);
      plans.delete(key);
      plans.set(key, plan);
      plan.catch(() => plans.delete(key));
      if (plans.size > PLANS) plans.delete(plans.keys().next().value ?? '');
      return plan;
    };
    const result = await compileWithData(compileOnce, async (probe, contents) => {
      const [table] = await withContents([withValues(probe, await hunt.late?.())], contents, hunt);
      return (await runTable(table as CompiledTable, hunt)).rows;
    });
    if (!result.ok) return result;
    const late = await hunt.late?.(result.tables);
    return {
      ...withValues(result, late),
      ...(result.more ? { more: result.more.map((table) => withValues(table, late)) } : {}),
    };
  };

  /** Statements with the rows of the contents they name as parameters. */
  const withContents = async <T extends CompiledTable>(
    tables: readonly T[],
    contents: readonly ExternalTable[],
    hunt: HuntOptions,
  ): Promise<readonly T[]> => {
    if (contents.length === 0 || !options.external) return tables;
    const values: Record<string, SqlParam> = {};
    for (const content of contents) {
      const texts: string[] = [];
      for (const url of content.urls) texts.push(await options.external.read(url, hunt.signal));
      values[content.param] = { type: 'String', value: externalRows(content, texts) };
    }
    return tables.map((table) => {
      const own = Object.entries(values).filter(([name]) => Object.hasOwn(table.params, name));
      return own.length ? { ...table, params: { ...table.params, ...Object.fromEntries(own) } } : table;
    });
  };

  const runTable = async (table: CompiledTable, hunt: HuntOptions) => {
    const result = await store.query(table.sql, {
      params: table.params,
      settings: KQL_RESULT_SETTINGS,
      ...(hunt.limits ? { limits: hunt.limits } : {}),
      ...(hunt.signal ? { signal: hunt.signal } : {}),
      ...(hunt.lane ? { lane: hunt.lane } : {}),
    });
    const maxRows = clampRows(hunt.maxRows);
    const truncated = result.rows.length > maxRows;
    const kept = truncated ? result.rows.slice(0, maxRows) : result.rows;
    return { rows: kept.map((row) => convertRow(row, table.columns)), truncated, stats: result.stats };
  };

  return {
    compile: (text, hunt = {}) => compileText(text, hunt),

    async run(text, hunt = {}): Promise<HuntRows> {
      const started = performance.now();
      const compiled = await compileText(text, hunt);
      const compileMs = performance.now() - started;
      if (!compiled.ok) {
        const first = compiled.errors[0];
        const where = first ? ` (line ${first.line}, column ${first.column})` : '';
        const message = first?.message ?? 'The query could not be understood.';
        throw new ParapetError('kql_error', 400, `${message}${where}`, first?.suggestion, compiled.errors);
      }
      const [main, ...others] = await withContents([compiled, ...(compiled.more ?? [])], compiled.external ?? [], hunt);
      const { rows, truncated, stats } = await runTable(main as CompiledTable, hunt);
      const more = [];
      const total = { ...stats };
      for (const [i, table] of (compiled.more ?? []).entries()) {
        const other = await runTable(others[i] ?? table, hunt);
        total.elapsedMs += other.stats.elapsedMs;
        total.rowsRead += other.stats.rowsRead;
        total.bytesRead += other.stats.bytesRead;
        more.push({ name: table.name, columns: table.columns, rows: other.rows, truncated: other.truncated });
      }
      return {
        columns: compiled.columns,
        rows,
        truncated,
        ...(more.length ? { more } : {}),
        compiled,
        stats: { ...total, compileMs },
      };
    },

    check: (text, hunt = {}) => {
      // No clock: what is wrong with a text is so at any time of the day, and the answer can be kept.
      const { plain } = planned('', hunt, text);
      return worker.check(text, store.schema, plain);
    },

    async explain(text, hunt = {}) {
      const { plain, values } = planned(text, hunt);
      const facts: (readonly (readonly unknown[])[])[] = [];
      for (;;) {
        const result = await worker.explain(text, store.schema, facts.length ? { ...plain, facts } : plain);
        if (!result.probe || facts.length >= MAX_PROBES) {
          const statements = result.statements.map((one) => ({ ...one, params: { ...one.params, ...values } }));
          return { ...result, statements };
        }
        const probe = { ...result.probe, params: { ...result.probe.params, ...values, ...(await hunt.late?.()) } };
        facts.push((await runTable(probe, hunt)).rows);
      }
    },

    language: (owner) => {
      const { functions, library = [] } = saved(owner);
      return worker.language([...library, ...functions]);
    },
    saved,

    close: async () => {
      if (!options.compiler) await worker.close();
    },
  };
}
