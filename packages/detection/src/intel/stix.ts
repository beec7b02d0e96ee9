/** STIX 2.0 and 2.1 objects to indicators. Patterns are read as far as they name single observables. */
import type { IntelKind } from '@parapet/schema';
import { normalised } from './observables.ts';
import type { IndicatorInput, ObjectInput, Verdict } from './types.ts';

const MAX_OBJECTS = 2_000_000;
const PATHS: readonly (readonly [RegExp, IntelKind])[] = [
  [/^file:hashes\.'?sha-?256'?$/i, 'sha256'],
  [/^file:hashes\.'?sha-?1'?$/i, 'sha1'],
  [/^file:hashes\.'?md5'?$/i, 'md5'],
  [/^ipv[46]-addr:value$/i, 'ip'],
  [/^network-traffic:(?:src|dst)_ref\.value$/i, 'ip'],
  [/^domain-name:value$/i, 'domain'],
  [/^url:value$/i, 'url'],
  [/^email-addr:value$/i, 'email'],
  [/^email-message:(?:from_ref|sender_ref)\.value$/i, 'email'],
  [/^x509-certificate:hashes\.'?sha-?(?:1|256)'?$/i, 'certificate'],
];
const STRENGTH: readonly IntelKind[] = ['sha256', 'sha1', 'md5'];

export interface Observable {
  readonly kind: IntelKind;
  readonly value: string;
}

/**
 * The observables of a pattern, any of which is a match.
 * @throws Error with what cannot be read
 */
export function patternObservables(pattern: string): Observable[] {
  if (pattern.length > 50_000) throw new Error('the pattern is longer than 50,000 characters');
  const tokens =
    pattern.match(/'(?:[^'\\]|\\.)*'|[[\]()]|!=|<=|>=|[=<>,]|[^\s[\]()=<>!,']+(?:'[^']*'[^\s[\]()=<>!,']*)?/g) ?? [];
  let at = 0;
  const word = (): string => (tokens[at] ?? '').toUpperCase();
  const take = (expected: string): void => {
    if (tokens[at] !== expected)
      throw new Error(`the pattern has "${tokens[at] ?? 'its end'}" where "${expected}" is expected`);
    at++;
  };
  /** An alternative is a set of conditions that hold together. */
  type Alternatives = Observable[][];
  const both = (a: Alternatives, b: Alternatives): Alternatives => {
    const product = a.flatMap((left) => b.map((right) => [...left, ...right]));
    if (product.length > 5_000) throw new Error('the pattern has too many combinations');
    return product;
  };
  const comparison = (): Alternatives => {
    if (tokens[at] === '(') {
      at++;
      const inner = disjunction();
      take(')');
      return inner;
    }
    const path = tokens[at++] ?? '';
    if (word() === 'NOT') throw new Error('the pattern says NOT, which cannot be matched');
    const operator = word();
    at++;
    const kind = PATHS.find(([form]) => form.test(path))?.[1];
    if (!kind) throw new Error(`"${path.slice(0, 80)}" is not matched`);
    if (operator !== '=' && operator !== 'IN')
      throw new Error(`the comparison "${operator || 'nothing'}" is not matched`);
    const values: string[] = [];
    if (operator === 'IN') {
      take('(');
      for (;;) {
        values.push(literal(tokens[at++]));
        if (tokens[at] !== ',') break;
        at++;
      }
      take(')');
    } else values.push(literal(tokens[at++]));
    return values.map((text) => [observable(kind, text)]);
  };
  const conjunction = (): Alternatives => {
    let all = comparison();
    while (word() === 'AND') {
      at++;
      all = both(all, comparison());
    }
    return all;
  };
  const disjunction = (): Alternatives => {
    const all = conjunction();
    while (word() === 'OR') {
      at++;
      all.push(...conjunction());
    }
    return all;
  };
  const found: Alternatives = [];
  for (;;) {
    take('[');
    found.push(...disjunction());
    take(']');
    if (word() !== 'OR') break;
    at++;
  }
  if (at < tokens.length) throw new Error(`the pattern goes on with "${tokens[at]}", which is not matched`);
  return found.map((alternative) => {
    const first = alternative[0] as Observable;
    if (alternative.length === 1) return first;
    // Several hashes of one file: the strongest says the same.
    const hash = STRENGTH.map((kind) => alternative.find((each) => each.kind === kind)).find(Boolean);
    if (hash && alternative.every(({ kind }) => STRENGTH.includes(kind))) return hash;
    throw new Error('the pattern wants several things at once (AND), which cannot be matched');
  });
}

function literal(token: string | undefined): string {
  if (!token?.startsWith("'")) throw new Error('the pattern compares with something that is no text');
  return token.slice(1, -1).replace(/\\(.)/g, '$1');
}

function observable(kind: IntelKind, text: string): Observable {
  const real: IntelKind = kind === 'ip' && text.includes('/') ? (/\/(32|128)$/.test(text) ? 'ip' : 'cidr') : kind;
  const value = normalised(real, real === 'ip' ? text.replace(/\/(32|128)$/, '') : text);
  if (value === undefined) throw new Error(`"${text.slice(0, 80)}" is no ${real}`);
  return { kind: real, value };
}

interface StixObject {
  readonly [key: string]: unknown;
}

export interface StixResult {
  readonly indicators: IndicatorInput[];
  readonly objects: ObjectInput[];
  /** What was left out and why. */
  readonly verdicts: Verdict[];
}

/**
 * Read a bundle, a TAXII envelope or a list of objects. Never throws for what an object says.
 * @throws Error when it is none of them
 */
export function readStix(data: unknown, now: Date): StixResult {
  const bag = (value: unknown): value is StixObject =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  const list = Array.isArray(data)
    ? data
    : bag(data) && Array.isArray(data.objects)
      ? data.objects
      : bag(data) && typeof data.type === 'string' && data.type !== 'bundle'
        ? [data]
        : undefined;
  if (!list) throw new Error('this is no STIX bundle: it has no "objects"');
  if (list.length > MAX_OBJECTS) throw new Error('the bundle has more than 2,000,000 objects');
  const result: StixResult = { indicators: [], objects: [], verdicts: [] };
  for (const [index, object] of list.entries()) {
    const name = bag(object) && typeof object.id === 'string' ? object.id : `object ${index + 1}`;
    try {
      if (!bag(object) || typeof object.type !== 'string') throw new Error('it has no type');
      if (typeof object.id !== 'string' || !/^[a-z0-9-]+--[0-9a-f-]{36}$/i.test(object.id))
        throw new Error('it has no valid id');
      if (object.type === 'indicator') result.indicators.push(...indicatorsOf(object, now));
      else if (KNOWN.has(object.type))
        result.objects.push({ id: object.id, type: object.type, data: object, revoked: object.revoked === true });
      else throw new Error(`objects of type "${object.type.slice(0, 40)}" are not kept`);
    } catch (error) {
      result.verdicts.push({ item: name, problem: (error as Error).message });
    }
  }
  return result;
}

const KNOWN = new Set([
  'threat-actor',
  'attack-pattern',
  'identity',
  'relationship',
  'malware',
  'campaign',
  'vulnerability',
  'report',
  'intrusion-set',
  'tool',
  'course-of-action',
  'infrastructure',
  'location',
  'marking-definition',
  'note',
  'opinion',
  'grouping',
  'observed-data',
  'sighting',
  'malware-analysis',
  'incident',
]);

function indicatorsOf(object: StixObject, now: Date): IndicatorInput[] {
  const text = (key: string): string => (typeof object[key] === 'string' ? (object[key] as string) : '');
  const patternType = text('pattern_type') || 'stix';
  if (patternType !== 'stix') throw new Error(`patterns of type "${patternType}" are not matched`);
  const pattern = text('pattern');
  if (!pattern) throw new Error('it has no pattern');
  const observables = patternObservables(pattern);
  const confidence = object.confidence;
  const labels = [object.labels, object.indicator_types]
    .flat()
    .filter((item): item is string => typeof item === 'string');
  return observables.map(({ kind, value }, index) => ({
    id: observables.length === 1 ? text('id') : `${text('id')}#${index}`,
    kind,
    value,
    pattern,
    name: text('name'),
    description: text('description'),
    confidence: typeof confidence === 'number' && confidence >= 0 && confidence <= 100 ? Math.round(confidence) : 50,
    validFrom: time(text('valid_from')) ?? now.toISOString(),
    validUntil: time(text('valid_until')),
    created: time(text('created')) ?? now.toISOString(),
    tags: labels.slice(0, 50),
    revoked: object.revoked === true,
  }));
}

function time(text: string): string | undefined {
  if (!text) return undefined;
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) throw new Error(`"${text.slice(0, 40)}" is no time`);
  return date.toISOString();
}
