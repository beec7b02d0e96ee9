import { KQL_RESULT_SETTINGS, type SqlParam } from '@parapet/kql';
import { ParapetError } from '@parapet/schema';
import { quoteIdentifier, type TelemetryStore } from '@parapet/store';
import { type Atom, type Clause, weight } from './atoms.ts';

/** A rule as the matcher needs it. */
export interface Matchable {
  readonly id: string;
  readonly clauses: readonly Clause[];
}

export interface MatchStats {
  readonly rowsRead: number;
  readonly engineMs: number;
}

/**
 * Rules without the clauses whose patterns the engine refuses.
 * @throws ParapetError when it fails for another reason
 */
export async function sifted(store: TelemetryStore, rules: readonly Matchable[]): Promise<readonly Matchable[]> {
  const written = [
    ...new Set(rules.flatMap(({ clauses }) => clauses.flat().flatMap((atom) => (atom.regex ? [atom.pattern] : [])))),
  ];
  const accepts = async (patterns: readonly string[]): Promise<boolean> => {
    try {
      await store.query("SELECT multiMatchAllIndices('', {p:Array(String)})", {
        params: { p: { type: 'Array(String)', value: patterns } },
        lane: 'background',
      });
      return true;
    } catch (error) {
      if (error instanceof ParapetError && PASSING.includes(error.code)) throw error;
      return false;
    }
  };
  const refused = new Set<string>();
  const sift = async (patterns: readonly string[]): Promise<void> => {
    if (patterns.length === 0 || (await accepts(patterns))) return;
    if (patterns.length === 1) {
      refused.add(patterns[0] ?? '');
      return;
    }
    const middle = patterns.length >> 1;
    await sift(patterns.slice(0, middle));
    await sift(patterns.slice(middle));
  };
  await sift(written);
  if (refused.size === 0) return rules;
  return rules.map(({ id, clauses }) => ({
    id,
    clauses: clauses.filter((clause) => !clause.some(({ pattern }) => refused.has(pattern))),
  }));
}

/** Failures that say nothing about a pattern. */
const PASSING = ['engine_restarted', 'query_cancelled', 'engine_closed', 'store_closed', 'engine_start_failed'];

/** Signatures of one pass; more would cost more memory than the pass saves. */
const MAX_SIGNATURES = 200_000;

/**
 * All rules of a table at once: one scan finds which of the texts of all rules occur in each row, and rows with the same texts
 * are one. Which rules that can concern is then a matter of set arithmetic.
 */
export class TableMatcher {
  readonly #columns: { readonly name: string; readonly patterns: readonly string[] }[] = [];
  /** Rules to ask whatever the rows hold. */
  readonly #always: string[] = [];
  /** Number of an atom → rules whose most telling clause it is in. */
  readonly #byAtom = new Map<number, Prepared[]>();
  readonly atoms: number;

  constructor(
    readonly table: string,
    private readonly physical: string,
    rules: readonly Matchable[],
  ) {
    const numbers = new Map<string, Map<string, number>>();
    const seen = new Set<string>();
    const prepared: { id: string; clauses: readonly Clause[] }[] = [];
    for (const { id, clauses } of rules) {
      if (clauses.length === 0) {
        this.#always.push(id);
        continue;
      }
      prepared.push({ id, clauses });
      for (const { column, pattern } of clauses.flat()) {
        const patterns = numbers.get(column) ?? new Map<string, number>();
        if (!patterns.has(pattern)) patterns.set(pattern, patterns.size);
        numbers.set(column, patterns);
        seen.add(column);
      }
    }
    let offset = 0;
    const offsets = new Map<string, number>();
    for (const [name, patterns] of numbers) {
      offsets.set(name, offset);
      this.#columns.push({ name, patterns: [...patterns.keys()] });
      offset += patterns.size;
    }
    this.atoms = offset;
    const numberOf = ({ column, pattern }: Atom): number =>
      (offsets.get(column) ?? 0) + (numbers.get(column)?.get(pattern) ?? 0) + 1;
    for (const { id, clauses } of prepared) {
      const sets = [...clauses].sort((a, b) => weight(a) - weight(b)).map((clause) => new Set(clause.map(numberOf)));
      const [first, ...others] = sets;
      const rule: Prepared = { id, others };
      for (const atom of first ?? []) {
        const list = this.#byAtom.get(atom) ?? [];
        list.push(rule);
        this.#byAtom.set(atom, list);
      }
    }
  }

  /**
   * Ids of the rules that rows of some batches may concern.
   * @throws ParapetError as any query does; the caller then asks the rules one by one
   */
  async candidates(
    store: TelemetryStore,
    batches: { readonly from: number; readonly to: number },
  ): Promise<{ readonly ids: ReadonlySet<string>; readonly stats: MatchStats }> {
    const ids = new Set(this.#always);
    if (this.#columns.length === 0) return { ids, stats: { rowsRead: 0, engineMs: 0 } };
    const params: Record<string, SqlParam> = {
      pp_from: { type: 'UInt64', value: batches.from },
      pp_to: { type: 'UInt64', value: batches.to },
    };
    let offset = 0;
    const parts = this.#columns.map(({ name, patterns }, index) => {
      params[`pp_patterns_${index}`] = { type: 'Array(String)', value: patterns };
      const found = `multiMatchAllIndices(toValidUTF8(ifNull(toString(${quoteIdentifier(name)}), '')), {pp_patterns_${index}:Array(String)})`;
      const sql = offset === 0 ? found : `arrayMap(x -> x + ${offset}, ${found})`;
      offset += patterns.length;
      return sql;
    });
    const all = parts.length === 1 ? parts[0] : `arrayConcat(${parts.join(', ')})`;
    const result = await store.query(
      `SELECT DISTINCT arraySort(${all}) AS signature FROM ${this.physical}
       WHERE _Batch >= {pp_from:UInt64} AND _Batch <= {pp_to:UInt64} LIMIT ${MAX_SIGNATURES + 1}`,
      { params, settings: { ...KQL_RESULT_SETTINGS, max_threads: 1 }, lane: 'background' },
    );
    const stats = { rowsRead: result.stats.rowsRead, engineMs: result.stats.elapsedMs };
    if (result.rows.length > MAX_SIGNATURES) throw new Error('The rows differ too much to be looked at together.');
    for (const [cell] of result.rows) this.#collect((cell as (number | string)[]).map(Number), ids);
    return { ids, stats };
  }

  #collect(signature: readonly number[], ids: Set<string>): void {
    const present = new Set(signature);
    for (const atom of signature)
      for (const rule of this.#byAtom.get(atom) ?? []) {
        if (ids.has(rule.id)) continue;
        if (rule.others.every((clause) => meets(clause, present))) ids.add(rule.id);
      }
  }
}

interface Prepared {
  readonly id: string;
  readonly others: readonly ReadonlySet<number>[];
}

function meets(clause: ReadonlySet<number>, present: ReadonlySet<number>): boolean {
  const [small, large] = clause.size < present.size ? [clause, present] : [present, clause];
  for (const atom of small) if (large.has(atom)) return true;
  return false;
}
