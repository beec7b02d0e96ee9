/**
 * `ipv4_lookup` and `ipv6_lookup`: a join on networks. Every different address is cut to each prefix length that the
 * lookup table has, so the match itself is a join on equal keys, whatever the sizes of the tables.
 */
import { bare, kindOf } from '../../../bind/syntax.ts';
import { PlanError } from '../../errors.ts';
import type { Column, Rel } from '../../ir.ts';
import { freeName } from '../../scope.ts';
import { columnArg, constantArg, type Plugin, type PluginCall, renamed, runProgram, withNames } from './call.ts';

interface Family {
  /** Function that masks an address. */
  readonly mask: string;
  readonly bits: number;
  /** The lookup table's columns come first. */
  readonly lookupFirst: boolean;
}

const V4: Family = { mask: 'parse_ipv4_mask', bits: 32, lookupFirst: false };
const V6: Family = { mask: 'parse_ipv6_mask', bits: 128, lookupFirst: true };

const lookup =
  (family: Family) =>
  (call: PluginCall): Rel => {
    const table = call.planner.table(call.args[0]!, { env: call.scope.env });
    const key = columnArg(call, call.args[1]!);
    const network = columnArg(call, call.args[2]!, table);
    const rest = call.args.slice(3);
    const lastNode = rest[rest.length - 1];
    const positional = lastNode && kindOf(bare(lastNode)) === 'BooleanLiteralExpression' ? rest.pop() : undefined;
    const unmatched = constantArg(call, call.named.get('return_unmatched') ?? positional) === true;
    for (const [c, n] of [
      [key, call.args[1]!],
      [network, call.args[2]!],
    ] as const)
      if (c.type !== 'string') throw new PlanError(n, 'KQL0120', `An address is a text, but '${c.name}' is ${c.type}.`);
    const extra = rest.map((n) => ({ left: columnArg(call, n), right: columnArg(call, n, table) }));

    const left = call.input!.columns.filter((c) => !c.hidden);
    const right = table.columns.filter((c) => !c.hidden);
    const named = (columns: readonly Column[], letter: string) =>
      columns.map((column, i) => ({ as: `${letter}${i}`, column }));
    const nameOf = (list: readonly { as: string; column: Column }[], c: Column): string =>
      list.find((x) => x.column === c)!.as;
    const [l, r] = [named(left, 'L'), named(right, 'R')];
    const on = ['Key', ...extra.map((_, i) => `E${i}`)].join(', ');
    const extraOf = (side: 'left' | 'right', list: readonly { as: string; column: Column }[]): string =>
      extra.map((e, i) => `, E${i} = ${nameOf(list, e[side])}`).join('');
    const rel = runProgram(
      call,
      `let Networks = materialize(Lookup
         | extend Parts = split(${nameOf(r, network)}, '/')
         | extend Bits = iff(array_length(Parts) == 2, tolong(Parts[1]), ${family.bits})
         | extend Net = tostring(${family.mask}(tostring(Parts[0]), Bits))
         | where isnotempty(Net));
       let Lengths = toscalar(Networks | summarize make_set(Bits));
       let Matches = Source | summarize by Key = ${nameOf(l, key)}
         | extend Parts = split(Key, '/')
         | extend Own = iff(array_length(Parts) == 2, tolong(Parts[1]), ${family.bits})
         | mv-expand Bits = Lengths to typeof(long)
         | where Bits <= Own
         | extend Net = tostring(${family.mask}(tostring(Parts[0]), Bits))
         | where isnotempty(Net)
         | join kind=inner Networks on Net, Bits
         | project Key${extraOf('right', r)}, ${r.map((x) => x.as).join(', ')};
       Source | extend Key = ${nameOf(l, key)}${extraOf('left', l)}
         | join kind=${unmatched ? 'leftouter' : 'inner'} Matches on ${on}`,
      { Source: renamed(call, call.input!, l), Lookup: renamed(call, table, r) },
    );
    const dropped = new Set(extra.map((e) => e.right));
    const leftNames = l.map((x) => ({ from: x.as, name: x.column.name }));
    const rightNames = r.filter((x) => !dropped.has(x.column)).map((x) => ({ from: x.as, name: x.column.name }));
    const taken = new Set<string>();
    const all = (family.lookupFirst ? [...rightNames, ...leftNames] : [...leftNames, ...rightNames]).map((x) => {
      const name = freeName(x.name, taken);
      taken.add(name);
      return { from: x.from, name };
    });
    return withNames(call, rel, all);
  };

export const LOOKUP_PLUGINS: Readonly<Record<string, Plugin>> = {
  ipv4_lookup: {
    args: 'table, address, network, [column, …, return_unmatched]',
    doc: 'A join of IPv4 addresses with the networks that hold them; further columns must be equal.',
    plan: lookup(V4),
    min: 3,
    names: ['return_unmatched'],
  },
  ipv6_lookup: {
    args: 'table, address, network, [return_unmatched]',
    doc: 'A join of IPv6 addresses with the networks that hold them.',
    plan: lookup(V6),
    min: 3,
    max: 4,
    names: ['return_unmatched'],
  },
};
