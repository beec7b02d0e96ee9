/** `parse-kv`: columns from keys and values in a text. */
import { child, list, must, nameOf, textOf } from '../../bind/syntax.ts';
import type { KvOptions } from '../../host/parse.ts';
import type { KNode } from '../../kusto-api.ts';
import { cast } from '../coerce.ts';
import { PlanError } from '../errors.ts';
import { planExpression } from '../expressions.ts';
import type { Expr } from '../ir.ts';
import { typeName } from '../type-name.ts';
import { textAs, withColumns } from './parse.ts';
import type { OperatorPlan } from './registry.ts';

const text = (value: string): Expr => ({ op: 'literal', type: 'string', value });

/** Settings of the `with` clause; quote and escape may be given several times. */
function settings(n: KNode): Map<string, KNode[]> {
  const clause = child(n, 'WithClause');
  const out = new Map<string, KNode[]>();
  for (const p of clause ? list(clause, 'Properties') : []) {
    const name = nameOf(must(p, 'Name'));
    out.set(name, [...(out.get(name) ?? []), must(p, 'Expression')]);
  }
  return out;
}

const parseKv: OperatorPlan = (n, input, scope, planner) => {
  const given = settings(n);
  const values = (name: string): string[] =>
    (given.get(name) ?? []).map((node) => {
      const e = planExpression(node, { env: scope.env }, planner);
      if (e.op !== 'literal' || typeof e.value !== 'string')
        throw new PlanError(node, 'KQL0091', `The setting ${name} must be a constant text.`);
      return e.value;
    });
  const source = cast(planExpression(must(n, 'Expression'), scope, planner), 'string');
  const columns = list(must(n, 'Keys'), 'Columns').map((c) => ({
    name: nameOf(must(c, 'Name')),
    type: typeName(must(c, 'Type')),
  }));
  const [regex] = values('regex');
  const [pair] = values('pair_delimiter');
  const [kv] = values('kv_delimiter');
  const quotes = values('quote');
  const escapes = values('escape');
  const greedy = (given.get('greedy') ?? []).some((node) => /^true$/i.test(textOf(node)));
  if (regex === undefined && (pair === undefined) !== (kv === undefined))
    throw new PlanError(n, 'KQL0091', 'Give both delimiters or none.', "pair_delimiter=',', kv_delimiter='='");
  const plain = pair && kv && quotes.length === 0 && escapes.length === 0 && !greedy;
  const options: KvOptions = {
    keys: columns.map((c) => c.name),
    ...(pair === undefined ? {} : { pair }),
    ...(kv === undefined ? {} : { kv }),
    quotes,
    escapes,
    greedy,
  };
  const found: Expr = {
    op: 'call',
    fn: 'parse_kv_text',
    args: [source, text(JSON.stringify(options))],
    type: 'dynamic',
  };
  const made = columns.map(({ name, type }, i) => {
    let e: Expr;
    if (regex !== undefined)
      e = { op: 'call', fn: 'parse_kv_regex', args: [source, text(regex), text(name)], type: 'string' };
    else if (plain)
      e = { op: 'call', fn: 'parse_kv_plain', args: [source, text(pair), text(kv), text(name)], type: 'string' };
    else e = cast({ op: 'path', of: found, path: [i], type: 'dynamic' }, 'string');
    return { name, expr: textAs(e, type) };
  });
  return withColumns(input!, made, planner);
};

export const PARSE_KV_OPERATORS: Readonly<Record<string, OperatorPlan>> = { ParseKvOperator: parseKv };
