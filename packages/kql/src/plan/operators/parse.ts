import { bare, child, kindOf, list, must, nameOf, parameters } from '../../bind/syntax.ts';
import { enginePattern } from '../../functions/regex.ts';
import type { KNode } from '../../kusto-api.ts';
import type { KqlType } from '../../types.ts';
import { cast } from '../coerce.ts';
import { PlanError } from '../errors.ts';
import { planExpression } from '../expressions.ts';
import type { Expr, Rel } from '../ir.ts';
import type { Planner } from '../planner.ts';
import { typeName } from '../type-name.ts';
import { keep } from './basic.ts';
import type { OperatorPlan } from './registry.ts';

interface Target {
  readonly name: string;
  readonly type: KqlType;
}

interface Pattern {
  readonly regex: string;
  readonly targets: readonly Target[];
}

const quote = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
/** Groups of the author's own regular expression do not count. */
const plainGroups = (regex: string): string =>
  regex.replace(/(\\.)|\((?!\?)/g, (_m, escaped: string) => escaped ?? '(?:');

const NUMBERS: ReadonlySet<KqlType> = new Set(['int', 'long', 'real', 'decimal']);

/** What a typed column takes from a text under kind=regex; other columns take as much as they can. */
function numberGroup(type: KqlType): string | undefined {
  if (type === 'int' || type === 'long') return '(?-U:\\s*([-+]?[0-9]+))';
  return type === 'real' || type === 'decimal'
    ? '(?-U:\\s*([-+]?[0-9]+(?:[.][0-9]*)?(?:[eE][-+]?[0-9]+)?))'
    : undefined;
}

const text = (value: string): Expr => ({ op: 'literal', type: 'string', value });

function patternOf(nodes: readonly KNode[], kind: string, flags: string): Pattern {
  const targets: Target[] = [];
  let regex = '';
  nodes.forEach((node, i) => {
    const n = bare(node);
    const last = i === nodes.length - 1;
    switch (kindOf(n)) {
      case 'StarExpression':
        regex += last ? '.*' : flags.includes('U') ? '.*' : '.*?';
        break;
      case 'StringLiteralExpression':
      case 'CompoundStringLiteralExpression': {
        const value = String(n.LiteralValue);
        regex += kind === 'regex' ? `(?:${plainGroups(enginePattern(value).replace(/^\(\?-s\)/, ''))})` : quote(value);
        break;
      }
      case 'NameAndTypeDeclaration':
      case 'NameDeclaration':
      case 'NameReference': {
        const typed = child(n, 'Type');
        const type = typed ? typeName(typed) : 'string';
        targets.push({ name: nameOf(child(n, 'Name') && typed ? must(n, 'Name') : n), type });
        const next = nodes[i + 1];
        const starFollows = next !== undefined && kindOf(bare(next)) === 'StarExpression';
        // A number before a star ends where its digits end.
        if (kind === 'regex') regex += numberGroup(type) ?? '(.*)';
        else if (starFollows && NUMBERS.has(type)) regex += '\\s*([-+]?[0-9.]*)';
        else regex += last ? '(.*)' : '(.*?)';
        break;
      }
      default:
        throw new PlanError(n, 'KQL0090', 'A parse pattern is made of texts, columns and stars.');
    }
  });
  return {
    regex: `(?${flags.includes('i') ? 'i' : ''}${kind === 'regex' ? regexFlags(flags) : 's'})^${regex}${kind === 'regex' && !regex.endsWith(')') ? '' : '$'}`,
    targets,
  };
}

/** Flags of kind=regex in the engine's spelling, where a dot matches line ends unless told otherwise. */
function regexFlags(flags: string): string {
  const on = ['s', 'm', 'U'].filter((f) => flags.includes(f)).join('');
  return flags.includes('s') ? on : `${on}-s`;
}

const group = (source: Expr, regex: string, index: number): Expr => ({
  op: 'call',
  fn: 'parse_group',
  args: [source, text(regex), { op: 'literal', type: 'long', value: String(index) }],
  type: 'string',
});

/** New columns replace those of the same name. */
export function withColumns(input: Rel, made: readonly { name: string; expr: Expr }[], planner: Planner): Rel {
  const out: { name: string; expr: Expr; hidden?: boolean }[] = keep(input);
  for (const m of made) {
    const at = out.findIndex((x) => x.name === m.name);
    if (at >= 0) out[at] = m;
    else out.push(m);
  }
  return planner.open.keep(planner.select(input, out));
}

/** A piece of text as a value of a type; JSON in it counts for dynamic. */
export function textAs(e: Expr, type: KqlType): Expr {
  return type === 'dynamic' ? { op: 'call', fn: 'parse_json', args: [e], type } : cast(e, type);
}

function parse(onlyMatches: boolean): OperatorPlan {
  return (n, input, scope, planner) => {
    const p = parameters(n);
    const kind = p.get('kind')?.value ?? 'simple';
    const source = cast(planExpression(must(n, 'Expression'), scope, planner), 'string');
    const { regex, targets } = patternOf(list(n, 'Patterns'), kind, p.get('flags')?.value ?? '');
    const matched: Expr = { op: 'call', fn: 'matches regex', args: [source, text(regex)], type: 'bool' };
    const typed = targets.map((t, i) => textAs(group(source, regex, i + 1), t.type));
    // A value that does not fit its type spoils the whole row, unless the pattern is relaxed.
    const checks =
      kind === 'relaxed'
        ? []
        : typed.filter((_e, i) => targets[i]!.type !== 'string' && targets[i]!.type !== 'dynamic');
    const whole: Expr[] = checks.map((e) => ({ op: 'call', fn: 'isnotnull', args: [e], type: 'bool' }));
    const valid: Expr | undefined =
      whole.length === 0
        ? undefined
        : whole.length === 1
          ? whole[0]
          : { op: 'call', fn: 'and', args: whole, type: 'bool' };
    const made = targets.map((t, i) => ({
      name: t.name,
      expr: valid
        ? ({
            op: 'call',
            fn: 'iff',
            args: [valid, typed[i]!, cast({ op: 'literal', type: 'dynamic', value: null }, t.type)],
            type: t.type,
          } as Expr)
        : typed[i]!,
    }));
    const condition: Expr = valid ? { op: 'call', fn: 'and', args: [matched, valid], type: 'bool' } : matched;
    const rows: Rel = onlyMatches ? { op: 'where', input: input!, condition, columns: input!.columns } : input!;
    return withColumns(rows, made, planner);
  };
}

export const PARSE_OPERATORS: Readonly<Record<string, OperatorPlan>> = {
  ParseOperator: parse(false),
  ParseWhereOperator: parse(true),
};
