/** A batch of Sigma files to rules and a report that accounts for every document. */
import { type CorrelatedRule, correlationQuery } from './correlation.ts';
import { emitCondition, UnmappedError } from './emit.ts';
import { type Pipelines, rowsOf, type SigmaSource } from './pipeline.ts';
import { type ReadResult, readSigma } from './read.ts';
import { headingDocument, type SigmaRuleDocument } from './rule-document.ts';
import { type LogSource, type SigmaCorrelation, SigmaError, type SigmaFilter, type SigmaRule } from './types.ts';
import type { Placeholders } from './values.ts';

export interface SigmaFile {
  readonly name: string;
  readonly text: string;
}

export type SigmaStatus = 'translated' | 'warning' | 'refused';

/** What became of one document. */
export interface SigmaResult {
  readonly file: string;
  readonly id: string;
  readonly title: string;
  readonly kind: 'rule' | 'correlation' | 'filter' | 'unknown';
  readonly status: SigmaStatus;
  /** Warnings, or why it is refused. */
  readonly reasons: readonly string[];
  /** `product/category/service` with dashes for what it does not name. */
  readonly logSource: string;
  /** The table it reads; absent for refused ones. */
  readonly table?: string;
  readonly level: string;
  readonly state: string;
  /** The rule to store; absent for refused ones, filters, and rules that only serve a correlation. */
  readonly rule?: SigmaRuleDocument;
  /** The Sigma text of the document. */
  readonly source: string;
}

export interface SigmaReport {
  readonly documents: number;
  readonly translated: number;
  readonly warnings: number;
  readonly refused: number;
  readonly results: readonly SigmaResult[];
}

/** Whether a query compiles: the message of the first error, or nothing. */
export type CheckQuery = (query: string) => Promise<string | undefined>;

export interface ConvertOptions {
  readonly pipelines: Pipelines;
  readonly placeholders?: Placeholders;
  /** Compiles each query; a rule whose query does not is refused. */
  readonly check?: CheckQuery;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Text of a log source, for people. */
export const logSourceText = ({ product, category, service }: LogSource): string =>
  [product, category, service].map((part) => part ?? '-').join('/');

/** Translate files. A document that cannot be translated is in the report with its reason; the others go on. */
export async function convertSigma(files: readonly SigmaFile[], options: ConvertOptions): Promise<SigmaReport> {
  const read = files.flatMap((file) => readSigma(file.name, file.text, options.placeholders));
  const batch = new Batch(read, options.pipelines);
  const results: SigmaResult[] = [];
  for (const [index, item] of read.entries()) {
    options.signal?.throwIfAborted();
    let result = batch.convert(item);
    if (result.rule && options.check) {
      const problem = await options.check(result.rule.query);
      if (problem) result = refused(result, `the translated query does not compile: ${problem}`);
    }
    results.push(result);
    // Others of this thread must get their turn.
    if (index % 50 === 49) await new Promise((resolve) => setImmediate(resolve));
    options.onProgress?.(index + 1, read.length);
  }
  const count = (status: SigmaStatus): number => results.filter((result) => result.status === status).length;
  return {
    documents: results.length,
    translated: count('translated'),
    warnings: count('warning'),
    refused: count('refused'),
    results,
  };
}

function refused(result: SigmaResult, ...reasons: string[]): SigmaResult {
  const { rule: _, table: __, ...rest } = result;
  return { ...rest, status: 'refused', reasons };
}

class Batch {
  readonly #byReference = new Map<string, SigmaRule>();
  readonly #ids = new Map<string, ReadResult>();
  readonly #filters: SigmaFilter[] = [];
  /** Rules that alert only through the correlation that names them. */
  readonly #silent = new Set<string>();

  constructor(
    read: readonly ReadResult[],
    readonly pipelines: Pipelines,
  ) {
    for (const item of read) {
      const { document } = item;
      if (!document) continue;
      if (!this.#ids.has(document.id)) this.#ids.set(document.id, item);
      if (document.kind === 'filter') this.#filters.push(document);
      if (document.kind !== 'rule') continue;
      for (const reference of [document.id, document.name?.toLowerCase()])
        if (reference && !this.#byReference.has(reference)) this.#byReference.set(reference, document);
    }
    for (const { document } of read)
      if (document?.kind === 'correlation' && !document.generate)
        for (const reference of document.rules) {
          const rule = this.#byReference.get(reference.toLowerCase());
          if (rule) this.#silent.add(rule.id);
        }
  }

  convert(item: ReadResult): SigmaResult {
    const { document } = item;
    const base: SigmaResult = {
      file: item.file,
      id: document?.id ?? item.id,
      title: document?.title ?? item.title,
      kind: document?.kind ?? 'unknown',
      status: 'translated',
      reasons: [],
      logSource: document && document.kind !== 'correlation' ? logSourceText(document.logsource) : '-/-/-',
      level: document?.level ?? '',
      state: document?.status ?? '',
      source: item.source,
    };
    if (!document) return refused(base, item.problem ?? 'cannot be read');
    const first = this.#ids.get(document.id);
    if (first !== item) return refused(base, `the id is the same as that of ${first?.file}`);
    try {
      if (document.kind === 'filter') return this.#filter(base, document);
      return document.kind === 'rule' ? this.#rule(base, document) : this.#correlation(base, document);
    } catch (error) {
      if (error instanceof UnmappedError)
        return refused(
          base,
          `the table for ${base.logSource} has no column for ${error.fields.slice(0, 5).join(', ')}`,
        );
      if (error instanceof SigmaError) return refused(base, error.message);
      throw error;
    }
  }

  #filter(base: SigmaResult, filter: SigmaFilter): SigmaResult {
    const rules = [...new Set(this.#byReference.values())].filter((rule) => this.#applies(filter, rule));
    return rules.length > 0
      ? base
      : { ...base, status: 'warning', reasons: ['no rule of this import is one that the filter names'] };
  }

  #applies(filter: SigmaFilter, rule: SigmaRule): boolean {
    const { product, category, service } = filter.logsource;
    if (product && product !== rule.logsource.product) return false;
    if (category && category !== rule.logsource.category) return false;
    if (service && service !== rule.logsource.service) return false;
    return (
      filter.rules === 'any' || filter.rules.includes(rule.id) || filter.rules.includes(rule.name?.toLowerCase() ?? '')
    );
  }

  /** The rule with the filters that apply to it. */
  #filtered(rule: SigmaRule): SigmaRule {
    const filters = this.#filters.filter((filter) => this.#applies(filter, rule));
    if (filters.length === 0) return rule;
    return { ...rule, logic: { op: 'and', items: [rule.logic, ...filters.map(({ logic }) => logic)] } };
  }

  #source(rule: SigmaRule): SigmaSource {
    const source = this.pipelines.find(rule.logsource);
    if (!source) throw new SigmaError(`no table holds the log source ${logSourceText(rule.logsource)}`);
    return source;
  }

  #rule(base: SigmaResult, given: SigmaRule): SigmaResult {
    const rule = this.#filtered(given);
    const primary = this.#source(rule);
    const { source, kql, warnings } = emitted(rule, primary);
    if (kql === 'false')
      throw new SigmaError('no row of the table can match: a value is tested that its column never has');
    const reasons = [...warnings, ...(source.warning ? [source.warning] : [])];
    const result: SigmaResult = {
      ...base,
      status: reasons.length > 0 ? 'warning' : 'translated',
      reasons,
      table: source.table,
      rule: {
        ...headingDocument(rule),
        kind: 'continuous',
        query: `${rowsOf(source)}\n| where ${kql}`,
        entities: source.entities,
        groupBy: source.groupBy,
      },
    };
    if (!this.#silent.has(rule.id)) return result;
    const { rule: _, ...rest } = result;
    return { ...rest, reasons: [...reasons, 'alerts only through the correlation that names it'] };
  }

  #correlation(base: SigmaResult, correlation: SigmaCorrelation): SigmaResult {
    const rules = correlation.rules.map((reference): CorrelatedRule => {
      const rule = this.#byReference.get(reference.toLowerCase());
      if (!rule) throw new SigmaError(`the correlation names the rule "${reference}", and the import has no such rule`);
      const filtered = this.#filtered(rule);
      return { rule: filtered, source: emitted(filtered, this.#source(rule)).source, reference };
    });
    const { query, entities, groupBy, warnings, frequency, lookback } = correlationQuery(correlation, rules);
    return {
      ...base,
      status: warnings.length > 0 ? 'warning' : 'translated',
      reasons: warnings,
      table: (rules[0] as CorrelatedRule).source.table,
      rule: { ...headingDocument(correlation), kind: 'scheduled', frequency, lookback, query, entities, groupBy },
    };
  }
}

/** The condition over the rule's table, or over the raw record where that one has no column for a field. */
function emitted(
  rule: SigmaRule,
  primary: SigmaSource,
): { readonly source: SigmaSource; readonly kql: string; readonly warnings: readonly string[] } {
  try {
    return { source: primary, ...emitCondition(rule.logic, primary) };
  } catch (error) {
    if (!(error instanceof UnmappedError) || !primary.fallback) throw error;
    return { source: primary.fallback, ...emitCondition(rule.logic, primary.fallback) };
  }
}
