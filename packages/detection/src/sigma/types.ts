/** Sigma documents as read from YAML (specification 2.1), before they are translated. */

/** Wildcards of a value; everything else is literal text. */
export type Wildcard = '*' | '?';

/** A text value: literal parts and wildcards in order. */
export type Pattern = readonly (string | { readonly wild: Wildcard })[];

/** How a field is compared. Texts are compared without case unless `cased`. */
export type Test =
  | { readonly kind: 'text'; readonly pattern: Pattern; readonly cased: boolean }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'null' }
  | { readonly kind: 'exists'; readonly value: boolean }
  | { readonly kind: 'regex'; readonly source: string; readonly flags: string }
  | { readonly kind: 'cidr'; readonly range: string }
  | { readonly kind: 'compare'; readonly operator: '<' | '<=' | '>' | '>='; readonly value: number }
  | { readonly kind: 'field'; readonly other: string; readonly how: 'equals' | 'contains' | 'startswith' | 'endswith' }
  | { readonly kind: 'timePart'; readonly part: TimePart; readonly value: number };

export type TimePart = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year';

/** A boolean tree over tests of fields. A test without a field is a keyword: it may stand anywhere in the event. */
export type Logic =
  | { readonly op: 'and' | 'or'; readonly items: readonly Logic[] }
  | { readonly op: 'not'; readonly item: Logic }
  /** At least `count` of the items. */
  | { readonly op: 'atLeast'; readonly count: number; readonly items: readonly Logic[] }
  | { readonly op: 'test'; readonly field: string | null; readonly test: Test };

export interface LogSource {
  readonly product?: string;
  readonly category?: string;
  readonly service?: string;
}

/** What every kind of document says about itself. */
export interface Heading {
  readonly id: string;
  readonly name: string | undefined;
  readonly title: string;
  readonly description: string;
  readonly status: string;
  readonly level: string;
  readonly tags: readonly string[];
  readonly falsePositives: readonly string[];
  readonly references: readonly string[];
  readonly author: string;
}

export interface SigmaRule extends Heading {
  readonly kind: 'rule';
  readonly logsource: LogSource;
  readonly logic: Logic;
}

export type CorrelationType =
  | 'event_count'
  | 'value_count'
  | 'temporal'
  | 'temporal_ordered'
  | 'value_sum'
  | 'value_avg'
  | 'value_percentile'
  | 'value_median';

export interface CorrelationCondition {
  readonly operator: 'gt' | 'gte' | 'lt' | 'lte' | 'eq' | 'neq';
  readonly value: number;
}

export interface SigmaCorrelation extends Heading {
  readonly kind: 'correlation';
  readonly type: CorrelationType;
  /** Ids or names of rules. */
  readonly rules: readonly string[];
  readonly groupBy: readonly string[];
  readonly timespanMs: number;
  readonly conditions: readonly CorrelationCondition[];
  /** Fields counted or added up, for the value kinds. */
  readonly fields: readonly string[];
  readonly percentile: number;
  /** Alias → rule → field. */
  readonly aliases: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Whether the rules it names alert by themselves too. */
  readonly generate: boolean;
}

export interface SigmaFilter extends Heading {
  readonly kind: 'filter';
  readonly logsource: LogSource;
  /** Ids or names; `any` for every rule of the log source. */
  readonly rules: readonly string[] | 'any';
  /** Added to the rule with "and". */
  readonly logic: Logic;
}

export type SigmaDocument = SigmaRule | SigmaCorrelation | SigmaFilter;

/** A document, or part of one, that is refused; the message tells its author what to change. */
export class SigmaError extends Error {}
