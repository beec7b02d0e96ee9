/** Logic of a rule as a KQL condition over the columns of its table. */
import { type LiteralShape, literal, registryPath, respelled, shapeOf, wildcardRegex } from './patterns.ts';
import type { FieldTarget, SigmaSource } from './pipeline.ts';
import { type Logic, type Pattern, SigmaError, type Test } from './types.ts';

/** Fields that no column of the table holds. */
export class UnmappedError extends Error {
  constructor(readonly fields: readonly string[]) {
    super(`no column for ${fields.join(', ')}`);
  }
}

export interface EmitResult {
  readonly kql: string;
  readonly warnings: readonly string[];
}

/** A keyword may stand anywhere, with or without the modifier. */
function within(pattern: Pattern): Pattern {
  const any = { wild: '*' } as const;
  const open = (part: Pattern[number] | undefined): boolean => typeof part === 'object' && part.wild === '*';
  return [...(open(pattern[0]) ? [] : [any]), ...pattern, ...(open(pattern.at(-1)) ? [] : [any])];
}

/** A condition, or a constant that makes the rest of the tree simpler. */
type Condition = string | boolean;

const isNumeric = (target: FieldTarget): boolean => ['int', 'long', 'real'].includes(target.type);

/**
 * @throws UnmappedError when the source has no column for a field
 * @throws SigmaError when a test makes no sense on its column
 */
export function emitCondition(logic: Logic, source: SigmaSource): EmitResult {
  const missing = new Set<string>();
  for (const field of fieldsOf(logic))
    if (field === null ? !source.keywords : !source.target(field)) missing.add(field ?? 'keywords');
  if (missing.size > 0) throw new UnmappedError([...missing]);
  const emitter = new Emitter(source);
  const condition = emitter.logic(logic, 1);
  return {
    kql: condition === true ? 'true' : condition === false ? 'false' : condition,
    warnings: [...emitter.warnings],
  };
}

/** Every field of the tree; null for keywords. */
export function fieldsOf(logic: Logic): Set<string | null> {
  const fields = new Set<string | null>();
  const walk = (node: Logic): void => {
    if (node.op === 'test') {
      fields.add(node.field);
      if (node.test.kind === 'field') fields.add(node.test.other);
    } else if (node.op === 'not') walk(node.item);
    else for (const item of node.items) walk(item);
  };
  walk(logic);
  return fields;
}

/** A nested list of the same operator says the same as its items. */
function flattened(op: 'and' | 'or', items: readonly Logic[]): Logic[] {
  return items.flatMap((item) => (item.op === op ? flattened(op, item.items) : [item]));
}

class Emitter {
  readonly warnings = new Set<string>();
  constructor(readonly source: SigmaSource) {}

  logic(node: Logic, depth: number): Condition {
    switch (node.op) {
      case 'test':
        return this.tests(node.field, [node.test], 'or', depth);
      case 'not': {
        const inner = this.logic(node.item, depth);
        return typeof inner === 'boolean' ? !inner : `not(${inner})`;
      }
      case 'atLeast': {
        const items = node.items.map((item) => this.logic(item, depth + 1));
        const sure = items.filter((item) => item === true).length;
        const open = items.filter((item): item is string => typeof item === 'string');
        if (sure >= node.count) return true;
        if (sure + open.length < node.count) return false;
        return `${open.map((item) => `toint(${item})`).join(' + ')} >= ${node.count - sure}`;
      }
      default:
        return this.joined(node.op, node.items, depth);
    }
  }

  /** Neighbours that test the same field become one list. */
  joined(op: 'and' | 'or', items: readonly Logic[], depth: number): Condition {
    const parts: Condition[] = [];
    const byField = new Map<string | null, Test[]>();
    for (const item of flattened(op, items)) {
      if (item.op !== 'test') {
        parts.push(this.logic(item, depth + 1));
        continue;
      }
      const before = byField.get(item.field);
      if (before) before.push(item.test);
      else byField.set(item.field, [item.test]);
    }
    const tests = [...byField].map(([field, list]) => this.tests(field, list, op, depth));
    return combine(op, [...tests, ...parts], depth);
  }

  tests(field: string | null, tests: readonly Test[], op: 'and' | 'or', depth: number): Condition {
    if (field === null) {
      const target: FieldTarget = { kql: this.source.keywords as string, type: 'string' };
      const anywhere = tests.map(
        (test): Test => (test.kind === 'text' ? { ...test, pattern: within(test.pattern) } : test),
      );
      return combine(op, this.texts(target, anywhere, op), depth, true);
    }
    const target = this.source.target(field) as FieldTarget;
    if (target.always) return true;
    return combine(op, this.texts(target, tests, op), depth, true);
  }

  texts(target: FieldTarget, tests: readonly Test[], op: 'and' | 'or'): Condition[] {
    const out: Condition[] = [];
    /** Literals of equality, so that "or" becomes `in`. */
    const equal = {
      folded: new Map<string, Set<string>>(),
      cased: new Map<string, Set<string>>(),
      numbers: new Map<string, Set<number>>(),
    };
    const one = (map: Map<string, Set<string>>, kql: string, value: string): void => {
      map.set(kql, (map.get(kql) ?? new Set()).add(value));
    };
    for (const test of tests) {
      const result = this.test(target, test);
      if (op === 'or' && typeof result === 'object' && result.how === 'equals') {
        if (typeof result.value === 'number') {
          equal.numbers.set(result.kql, (equal.numbers.get(result.kql) ?? new Set()).add(result.value));
        } else one(result.cased ? equal.cased : equal.folded, result.kql, result.value);
      } else out.push(typeof result === 'object' ? written(result) : result);
    }
    const lists: Condition[] = [];
    for (const [kql, values] of equal.numbers) lists.push(list(kql, [...values].map(String), '==', 'in'));
    for (const [kql, values] of equal.cased) lists.push(list(kql, [...values].map(literal), '==', 'in'));
    for (const [kql, values] of equal.folded) lists.push(list(kql, [...values].map(literal), '=~', 'in~'));
    return [...lists, ...out].filter((part, index, all) => all.indexOf(part) === index);
  }

  /** One test: a condition, or a comparison that may join a list. */
  test(target: FieldTarget, test: Test): Condition | Comparison {
    const { kql } = target;
    switch (test.kind) {
      case 'null':
        return isNumeric(target) || target.type === 'datetime' || target.type === 'bool'
          ? `isnull(${kql})`
          : `isempty(${this.text(target)})`;
      case 'exists': {
        const there =
          isNumeric(target) || target.type === 'datetime' || target.type === 'bool'
            ? `isnotnull(${kql})`
            : `isnotempty(${this.text(target)})`;
        return test.value ? there : `not(${there})`;
      }
      case 'boolean':
        return this.textTest(target, [String(test.value)], false);
      case 'number':
        if (isNumeric(target)) return { how: 'equals', kql, value: test.value, cased: true };
        return this.textTest(target, [String(test.value)], false);
      case 'compare': {
        const number = isNumeric(target) ? kql : `todouble(${this.text(target)})`;
        return `${number} ${test.operator} ${test.value}`;
      }
      case 'timePart': {
        const time = target.type === 'datetime' ? kql : `todatetime(${this.text(target)})`;
        const parts = {
          minute: 'minute',
          hour: 'hour',
          day: 'day',
          week: 'week_of_year',
          month: 'month',
          year: 'year',
        };
        return `datetime_part("${parts[test.part]}", ${time}) == ${test.value}`;
      }
      case 'regex': {
        if (target.values || target.hashes)
          throw new SigmaError('a regular expression is used on a field that has no text of its own');
        const flags = test.flags ? `(?${test.flags})` : '';
        return `${this.text(target)} matches regex ${literal(flags + test.source)}`;
      }
      case 'cidr':
        return this.range(this.text(target), test.range);
      case 'field': {
        const other = this.source.target(test.other) as FieldTarget;
        const right = this.text(other);
        const left = this.text(target);
        if (test.how === 'equals') return `${left} =~ ${right}`;
        return `${left} ${test.how} ${right}`;
      }
      default:
        return this.textTest(target, test.pattern, test.cased);
    }
  }

  /** The expression as text. */
  text(target: FieldTarget): string {
    if (target.nameOnly) return target.name as string;
    return target.type === 'string' ? target.kql : `tostring(${target.kql})`;
  }

  range(kql: string, range: string): string {
    const [address = '', bits = ''] = range.split('/');
    if (address.includes(':')) return `ipv6_is_in_any_range(${kql}, ${literal(range)})`;
    // Whole parts of an address are a prefix of its text.
    const whole = { '8': 1, '16': 2, '24': 3 }[bits];
    if (whole) return `${kql} startswith ${literal(`${address.split('.').slice(0, whole).join('.')}.`)}`;
    if (bits === '32') return `${kql} == ${literal(address)}`;
    return `ipv4_is_in_range(${kql}, ${literal(range)})`;
  }

  textTest(target: FieldTarget, given: Pattern, cased: boolean): Condition | Comparison {
    const pattern = target.replace ? respelled(given, target.replace) : given;
    if (target.values) return this.chosen(target, pattern);
    if (target.hashes) return this.hash(target.hashes, pattern);
    const shape = shapeOf(pattern);
    if (shape.how === 'anything')
      return isNumeric(target) ? `isnotnull(${target.kql})` : shape.empty ? true : `isnotempty(${this.text(target)})`;
    if (shape.how === 'equals' && shape.text === '')
      return isNumeric(target) ? `isnull(${target.kql})` : `isempty(${this.text(target)})`;
    if (isNumeric(target) && shape.how === 'equals') {
      const number = Number(shape.text);
      if (shape.text.trim() !== '' && Number.isFinite(number))
        return { how: 'equals', kql: target.kql, value: number, cased: true };
      return false;
    }
    if (shape.how === 'regex') {
      if (target.nameOnly) throw new UnmappedError([`the folder of ${target.name}`]);
      return `${this.text(target)} matches regex ${literal(wildcardRegex(pattern, cased))}`;
    }
    if (target.insideAs)
      return `${this.text(target)} contains ${literal(target.insideAs)} and ${this.text(target)} contains ${literal(shape.text)}`;
    if (target.inside && shape.how !== 'contains') {
      this.warnings.add('a value is looked for anywhere in its document, since the table keeps the whole document');
      return { how: 'contains', kql: this.text(target), value: shape.text, cased };
    }
    if (target.registry) return registryPath(shape);
    return (
      (target.registryData ? this.registryData(shape) : undefined) ??
      (target.name ? this.byName(target, shape, cased) : undefined) ?? {
        how: shape.how,
        kql: this.text(target),
        value: shape.text,
        cased,
      }
    );
  }

  /** A path whose test only concerns its last part. */
  byName(target: FieldTarget, shape: LiteralShape, cased: boolean): Comparison | undefined {
    const name = target.name as string;
    const text = shape.text;
    const last = text.split(/[\\/]/).at(-1) ?? '';
    const slashes = (text.match(/[\\/]/g) ?? []).length;
    if (shape.how === 'endswith' && slashes === 1 && /^[\\/]/.test(text) && last)
      return { how: 'equals', kql: name, value: last, cased };
    if (shape.how === 'equals' && slashes === 0) return { how: 'equals', kql: name, value: text, cased };
    if (!target.nameOnly) return undefined;
    if (slashes === 0) return { how: shape.how, kql: name, value: text, cased };
    if ((shape.how === 'equals' || shape.how === 'endswith') && last) {
      this.warnings.add('only the name of a grandparent process is recorded, its folder is not compared');
      return { how: 'equals', kql: name, value: last, cased };
    }
    throw new UnmappedError([`the folder of ${name}`]);
  }

  chosen(target: FieldTarget, pattern: Pattern): Condition {
    const values = target.values as Readonly<Record<string, string>>;
    const matcher = new RegExp(wildcardRegex(pattern, false).replace(/^\(\?is\)/, ''), 'is');
    const found = Object.entries(values).filter(([value]) => matcher.test(value));
    if (found.length === 0) return false;
    return found.length === 1 ? (found[0]?.[1] as string) : found.map(([, condition]) => `(${condition})`).join(' or ');
  }

  /** `SHA1=…,MD5=…` of the rule against the columns of each algorithm. */
  hash(columns: Readonly<Record<string, string>>, pattern: Pattern): Comparison {
    const text = pattern.filter((part) => typeof part === 'string').join('');
    const match = /^,?\s*(?:(md5|sha1|sha256|imphash)\s*=\s*)?([0-9a-f]+),?$/i.exec(text.trim());
    if (!match) throw new UnmappedError([`Hashes (${text.slice(0, 30)})`]);
    const digest = (match[2] as string).toLowerCase();
    const algorithm = match[1]?.toLowerCase() ?? { 32: 'md5', 40: 'sha1', 64: 'sha256' }[digest.length];
    const column = algorithm ? columns[algorithm] : undefined;
    if (!column) throw new UnmappedError([algorithm ?? 'Hashes']);
    return { how: digest.length < 32 ? 'startswith' : 'equals', kql: column, value: digest, cased: false };
  }

  /** Sysmon writes `DWORD (0x00000001)`; the table has the number and the type. */
  registryData(shape: LiteralShape): Condition | Comparison | undefined {
    const number = /^([DQ]WORD) \((0x[0-9a-f]+)\)$/i.exec(shape.text);
    if (number)
      return { how: 'equals', kql: 'RegistryValueData', value: String(BigInt(number[2] as string)), cased: true };
    if (/^\(?0x[0-9a-f]+\)?$/i.test(shape.text) && shape.how !== 'startswith')
      return {
        how: 'equals',
        kql: 'RegistryValueData',
        value: String(BigInt(shape.text.replace(/[()]/g, ''))),
        cased: true,
      };
    if (/^[DQ]WORD( \(0x)?$/i.test(shape.text))
      return `RegistryValueType =~ ${literal(/^d/i.test(shape.text) ? 'Dword' : 'Qword')}`;
    if (/WORD \(0x/i.test(shape.text))
      return {
        how: shape.how,
        kql: 'iff(RegistryValueType =~ "Dword", strcat("DWORD (0x", tohex(tolong(RegistryValueData), 8), ")"), RegistryValueData)',
        value: shape.text,
        cased: false,
      };
    return undefined;
  }
}

interface Comparison {
  readonly how: 'equals' | 'contains' | 'startswith' | 'endswith';
  readonly kql: string;
  readonly value: string | number;
  readonly cased: boolean;
}

function written({ how, kql, value, cased }: Comparison): string {
  const right = typeof value === 'number' ? String(value) : literal(value);
  if (how === 'equals') return `${kql} ${cased || typeof value === 'number' ? '==' : '=~'} ${right}`;
  return `${kql} ${how}${cased ? '_cs' : ''} ${right}`;
}

const list = (kql: string, values: readonly string[], single: string, many: string): string =>
  values.length === 1 ? `${kql} ${single} ${values[0]}` : `${kql} ${many} (${values.join(', ')})`;

const CHUNK = 60;

function combine(op: 'and' | 'or', parts: readonly Condition[], depth: number, flat = false): Condition {
  const absorbing = op === 'or';
  if (parts.includes(absorbing)) return absorbing;
  const open = [...new Set(parts.filter((part): part is string => typeof part === 'string'))];
  if (open.length === 0) return !absorbing;
  if (open.length === 1) return open[0] as string;
  // Long chains are nested deeper than the parser of the language goes.
  if (open.length > CHUNK) {
    const size = Math.ceil(open.length / Math.ceil(open.length / CHUNK));
    const chunks: string[] = [];
    for (let start = 0; start < open.length; start += size)
      chunks.push(combine(op, open.slice(start, start + size), depth + 1, flat) as string);
    return combine(op, chunks, depth, false);
  }
  const long = !flat && open.join('').length > 100;
  const space = long ? `\n${'    '.repeat(depth)}` : ' ';
  const joined = open.map((part) => (needsParentheses(part) ? `(${part})` : part)).join(`${space}${op} `);
  return depth === 1 && op === 'and' && !flat ? joined : `(${joined})`;
}

/** A part that is itself a list of a weaker or equal operator outside of parentheses. */
function needsParentheses(part: string): boolean {
  if (isWrapped(part)) return false;
  return /\b(?:or|and)\b|>=/.test(part.replace(/@?"(?:[^"\\]|\\.)*"/g, '""'));
}

function isWrapped(part: string): boolean {
  if (!part.startsWith('(') && !part.startsWith('not(')) return false;
  let depth = 0;
  let quoted: '' | '"' | '@' = '';
  for (let i = 0; i < part.length; i++) {
    const ch = part[i];
    if (quoted) {
      if (quoted === '"' && ch === '\\') i++;
      else if (ch === '"') quoted = '';
      continue;
    }
    if (ch === '"') quoted = part[i - 1] === '@' ? '@' : '"';
    else if (ch === '(') depth++;
    else if (ch === ')' && --depth === 0) return i === part.length - 1;
  }
  return false;
}
