/** Sigma files to documents: YAML with limits, several documents in one file, rules, correlations and filters. */
import { createHash } from 'node:crypto';
import { parseAllDocuments } from 'yaml';
import { parseCondition } from './condition.ts';
import {
  type CorrelationCondition,
  type CorrelationType,
  type Heading,
  type Logic,
  type LogSource,
  type SigmaCorrelation,
  type SigmaDocument,
  SigmaError,
  type SigmaFilter,
  type SigmaRule,
} from './types.ts';
import { fieldLogic, type Placeholders } from './values.ts';

/** Longest text of a rule file. The largest public rule has about 60 kB. */
export const MAX_FILE_BYTES = 1_000_000;
const MAX_DOCUMENTS = 500;
const MAX_DEPTH = 30;
/** Values after anchors have been put in; a bomb makes billions of a few lines. */
const MAX_NODES = 50_000;
const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const LEVELS = ['informational', 'low', 'medium', 'high', 'critical'];
const CORRELATIONS: readonly CorrelationType[] = [
  'event_count',
  'value_count',
  'temporal',
  'temporal_ordered',
  'value_sum',
  'value_avg',
  'value_percentile',
  'value_median',
];

/** One document of a file, or why it is refused. */
export interface ReadResult {
  readonly file: string;
  /** Position in the file, from 0. */
  readonly index: number;
  readonly title: string;
  readonly id: string;
  readonly document?: SigmaDocument;
  readonly problem?: string;
  /** The text of the document as it was sent. */
  readonly source: string;
}

type Bag = Record<string, unknown>;
const isBag = (value: unknown): value is Bag => typeof value === 'object' && value !== null && !Array.isArray(value);
const text = (value: unknown): string => (typeof value === 'string' ? value.trim() : '');

/** Read one file. Never throws for what the file says; a document that is wrong does not touch its neighbours. */
export function readSigma(file: string, content: string, placeholders: Placeholders = {}): ReadResult[] {
  const refuse = (problem: string): ReadResult[] => [{ file, index: 0, title: '', id: '', problem, source: '' }];
  if (Buffer.byteLength(content) > MAX_FILE_BYTES) return refuse('the file is larger than 1 MB');
  let documents: ReturnType<typeof parseAllDocuments>;
  try {
    documents = parseAllDocuments(content, { uniqueKeys: true, logLevel: 'silent', strict: false });
  } catch (error) {
    return refuse(`the file is not YAML: ${firstLine(error)}`);
  }
  if (!Array.isArray(documents)) return refuse('the file is empty');
  if (documents.length > MAX_DOCUMENTS) return refuse(`the file has more than ${MAX_DOCUMENTS} documents`);
  const results: ReadResult[] = [];
  let global: Bag = {};
  let previous: Bag = {};
  for (const [index, document] of documents.entries()) {
    const [from = 0, , to = content.length] = document.range ?? [];
    const source = `${content
      .slice(from, to)
      .replace(/^---[^\S\n]*\n/, '')
      .trim()}\n`;
    const base = { file, index, source };
    if (document.errors.length > 0) {
      results.push({ ...base, title: '', id: '', problem: `the YAML is not valid: ${firstLine(document.errors[0])}` });
      continue;
    }
    let data: unknown;
    try {
      data = document.toJS({ maxAliasCount: 50 });
      checkSize(data);
    } catch (error) {
      results.push({ ...base, title: '', id: '', problem: `the YAML is refused: ${firstLine(error)}` });
      continue;
    }
    if (data === null || data === undefined) continue;
    if (!isBag(data)) {
      results.push({ ...base, title: '', id: '', problem: 'a rule is a mapping of keys to values' });
      continue;
    }
    const action = text(data.action);
    if (action === 'global') {
      global = merged(global, without(data));
      continue;
    }
    if (action === 'reset') {
      global = {};
      continue;
    }
    const whole = action === 'repeat' ? merged(previous, without(data)) : merged(global, data);
    previous = whole;
    const title = text(whole.title);
    const id = text(whole.id).toLowerCase();
    try {
      results.push({ ...base, title, id, document: documentOf(whole, file, index, placeholders) });
    } catch (error) {
      if (!(error instanceof SigmaError)) throw error;
      results.push({ ...base, title, id, problem: error.message });
    }
  }
  return results.length > 0 ? results : refuse('the file is empty');
}

const firstLine = (error: unknown): string => (error as Error).message.split('\n')[0]?.replace(/:$/, '') ?? '';

function without(data: Bag): Bag {
  const { action: _, ...rest } = data;
  return rest;
}

/** Deep merge; the second wins. */
function merged(first: Bag, second: Bag): Bag {
  const out: Bag = { ...first };
  for (const [key, value] of Object.entries(second)) {
    const before = out[key];
    out[key] = isBag(before) && isBag(value) ? merged(before, value) : value;
  }
  return out;
}

function checkSize(root: unknown): void {
  let nodes = 0;
  const walk = (value: unknown, depth: number): void => {
    if (++nodes > MAX_NODES) throw new Error('it has too many values');
    if (depth > MAX_DEPTH) throw new Error('it is nested too deeply');
    if (Array.isArray(value)) for (const item of value) walk(item, depth + 1);
    else if (isBag(value)) for (const item of Object.values(value)) walk(item, depth + 1);
  };
  walk(root, 0);
}

function documentOf(data: Bag, file: string, index: number, placeholders: Placeholders): SigmaDocument {
  const heading = headingOf(data, file, index);
  if (data.correlation !== undefined) return correlationOf(data, heading);
  const logsource = logSourceOf(data.logsource);
  if (data.filter !== undefined) return filterOf(data.filter, heading, logsource, placeholders);
  if (!isBag(data.detection)) throw new SigmaError('the rule has no "detection"');
  const logic = detectionLogic(data.detection, placeholders);
  const rule: SigmaRule = { ...heading, kind: 'rule', logsource, logic };
  return rule;
}

function headingOf(data: Bag, file: string, index: number): Heading {
  const title = text(data.title);
  if (!title) throw new SigmaError('the document has no title');
  if (title.length > 500) throw new SigmaError('the title is longer than 500 characters');
  const id = text(data.id).toLowerCase();
  if (data.id !== undefined && !ID.test(id)) throw new SigmaError('the id is not a UUID');
  const texts = (value: unknown): string[] =>
    (Array.isArray(value) ? value : value === undefined || value === null ? [] : [value])
      .filter((item) => typeof item === 'string' || typeof item === 'number')
      .map((item) => String(item).trim())
      .filter(Boolean);
  const level = text(data.level).toLowerCase() || 'medium';
  if (!LEVELS.includes(level)) throw new SigmaError(`the level "${level}" is not one of ${LEVELS.join(', ')}`);
  return {
    id: id || derivedId(`${file}#${index}#${title}`),
    name: text(data.name) || undefined,
    title,
    description: text(data.description),
    status: text(data.status).toLowerCase() || 'test',
    level,
    tags: texts(data.tags).map((tag) => tag.toLowerCase()),
    falsePositives: texts(data.falsepositives),
    references: texts(data.references),
    author: text(data.author),
  };
}

/** A lasting id for a document that brings none, in the form of a UUID. */
export function derivedId(seed: string): string {
  const hash = createHash('sha256').update(seed).digest('hex');
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-5${hash.slice(13, 16)}-a${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}

function logSourceOf(value: unknown): LogSource {
  if (!isBag(value)) throw new SigmaError('the rule has no "logsource"');
  const part = (name: string): string | undefined => text(value[name]).toLowerCase() || undefined;
  const [product, category, service] = [part('product'), part('category'), part('service')];
  if (!product && !category && !service)
    throw new SigmaError('the log source names neither product, category nor service');
  return {
    ...(product ? { product } : {}),
    ...(category ? { category } : {}),
    ...(service ? { service } : {}),
  };
}

function detectionLogic(detection: Bag, placeholders: Placeholders): Logic {
  const { condition, timeframe: _, ...rest } = detection;
  const conditions = Array.isArray(condition) ? condition : [condition];
  if (condition === undefined || condition === null || conditions.length === 0)
    throw new SigmaError('the detection has no condition');
  if (!conditions.every((item) => typeof item === 'string' && item.trim()))
    throw new SigmaError('the condition must be a text');
  const selections = new Map<string, Logic>();
  for (const [name, value] of Object.entries(rest)) selections.set(name, selectionLogic(value, name, placeholders));
  if (selections.size === 0) throw new SigmaError('the detection has no selection');
  const logics = conditions.map((item) => parseCondition(item as string, selections));
  return logics.length === 1 ? (logics[0] as Logic) : { op: 'or', items: logics };
}

function selectionLogic(value: unknown, name: string, placeholders: Placeholders): Logic {
  if (isBag(value)) {
    const items = Object.entries(value).map(([key, raw]) => fieldLogic(key, raw, placeholders));
    if (items.length === 0) throw new SigmaError(`the selection "${name}" is empty`);
    return items.length === 1 ? (items[0] as Logic) : { op: 'and', items };
  }
  if (Array.isArray(value)) {
    if (value.length === 0) throw new SigmaError(`the selection "${name}" is empty`);
    const items = value.map((item) =>
      isBag(item) || Array.isArray(item) ? selectionLogic(item, name, placeholders) : keyword(item, placeholders),
    );
    return items.length === 1 ? (items[0] as Logic) : { op: 'or', items };
  }
  if (typeof value === 'string' || typeof value === 'number') return keyword(value, placeholders);
  throw new SigmaError(`the selection "${name}" is neither a mapping nor a list`);
}

/** A bare value may stand anywhere in the event. */
const keyword = (value: unknown, placeholders: Placeholders): Logic => fieldLogic('|contains', value, placeholders);

function filterOf(value: unknown, heading: Heading, logsource: LogSource, placeholders: Placeholders): SigmaFilter {
  if (!isBag(value)) throw new SigmaError('"filter" must be a mapping');
  const { rules, ...rest } = value;
  let names: readonly string[] | 'any';
  if (rules === undefined || text(rules).toLowerCase() === 'any') names = 'any';
  else {
    const list = Array.isArray(rules) ? rules : [rules];
    if (list.length === 0 || !list.every((item) => typeof item === 'string'))
      throw new SigmaError('"rules" of a filter lists ids or names, or says any');
    names = (list as string[]).map((item) => item.trim().toLowerCase());
  }
  return { ...heading, kind: 'filter', logsource, rules: names, logic: detectionLogic(rest, placeholders) };
}

function correlationOf(data: Bag, heading: Heading): SigmaCorrelation {
  const value = data.correlation;
  if (!isBag(value)) throw new SigmaError('"correlation" must be a mapping');
  const type = text(value.type) as CorrelationType;
  if (!CORRELATIONS.includes(type))
    throw new SigmaError(`the correlation type "${type}" is not one of ${CORRELATIONS.join(', ')}`);
  const list = (raw: unknown, what: string): string[] => {
    const items = Array.isArray(raw) ? raw : raw === undefined || raw === null ? [] : [raw];
    if (!items.every((item) => typeof item === 'string' && item.trim())) throw new SigmaError(`"${what}" lists texts`);
    return (items as string[]).map((item) => item.trim());
  };
  const rules = list(value.rules, 'rules');
  if (rules.length === 0) throw new SigmaError('the correlation names no rules');
  const condition = conditionsOf(value.condition);
  const fields = isBag(value.condition) ? list(value.condition.field, 'field') : [];
  const temporal = type === 'temporal' || type === 'temporal_ordered';
  if (!temporal && condition.length === 0) throw new SigmaError('the correlation has no condition');
  if (type.startsWith('value_') && fields.length === 0)
    throw new SigmaError(`a correlation of type ${type} names the field it counts`);
  const percentile = isBag(value.condition) ? Number(value.condition.percentile ?? 50) : 50;
  if (!(percentile >= 0 && percentile <= 100)) throw new SigmaError('the percentile must be between 0 and 100');
  const aliases: Record<string, Record<string, string>> = {};
  if (value.aliases !== undefined) {
    if (!isBag(value.aliases)) throw new SigmaError('"aliases" must be a mapping');
    for (const [alias, fieldsByRule] of Object.entries(value.aliases)) {
      if (!isBag(fieldsByRule) || !Object.values(fieldsByRule).every((field) => typeof field === 'string'))
        throw new SigmaError(`the alias "${alias}" must map rules to fields`);
      aliases[alias] = fieldsByRule as Record<string, string>;
    }
  }
  return {
    ...heading,
    kind: 'correlation',
    type,
    rules,
    groupBy: list(value['group-by'], 'group-by'),
    timespanMs: timespan(value.timespan),
    conditions: condition,
    fields,
    percentile,
    aliases,
    generate: (value.generate ?? data.generate) === true,
  };
}

function conditionsOf(value: unknown): CorrelationCondition[] {
  if (value === undefined) return [];
  if (!isBag(value)) throw new SigmaError('the condition of a correlation must be a mapping such as gte: 5');
  const conditions: CorrelationCondition[] = [];
  for (const [operator, number] of Object.entries(value)) {
    if (operator === 'field' || operator === 'percentile') continue;
    if (!['gt', 'gte', 'lt', 'lte', 'eq', 'neq'].includes(operator))
      throw new SigmaError(`the condition "${operator}" of the correlation is not known`);
    if (typeof number !== 'number' || !Number.isFinite(number))
      throw new SigmaError(`"${operator}" of the correlation must be a number`);
    conditions.push({ operator: operator as CorrelationCondition['operator'], value: number });
  }
  return conditions;
}

function timespan(value: unknown): number {
  const match = /^(\d+)\s*([smhdwMy])$/.exec(String(value ?? '').trim());
  const unit = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000, M: 2_592_000_000, y: 31_536_000_000 };
  const ms = match ? Number(match[1]) * unit[match[2] as keyof typeof unit] : 0;
  if (ms <= 0) throw new SigmaError('"timespan" must be a time such as 10m or 1h');
  return ms;
}
