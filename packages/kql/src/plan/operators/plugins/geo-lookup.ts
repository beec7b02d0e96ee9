/**
 * `geo_polygon_lookup` and `geo_line_lookup`: a join of coordinates with shapes. Every shape is covered by a few S2 cells
 * of different sizes and every different coordinate gets its cell of each of these sizes, so that candidates come from a
 * join on equal keys; only they are measured.
 */
import { bare, kindOf } from '../../../bind/syntax.ts';
import type { KNode } from '../../../kusto-api.ts';
import { cast } from '../../coerce.ts';
import { PlanError } from '../../errors.ts';
import type { Column, Expr, Rel } from '../../ir.ts';
import { freeName } from '../../scope.ts';
import {
  columnArg,
  constantArg,
  type Plugin,
  type PluginCall,
  renamed,
  runProgram,
  valueArg,
  withNames,
} from './call.ts';

/** An optional argument: by name, else by place. */
function option(call: PluginCall, name: string, place: number): KNode | undefined {
  return call.named.get(name) ?? call.args[place];
}

function real(call: PluginCall, n: KNode | undefined): Expr {
  return n ? cast(valueArg(call, n), 'real') : { op: 'literal', type: 'real', value: null };
}

/** @param within condition on `X`, `Y`, the shape and the radius `R` */
const lookup =
  (within: (shape: string, hasRadius: boolean) => string, radiusNeeded: boolean) =>
  (call: PluginCall): Rel => {
    const table = call.planner.table(call.args[0]!, { env: call.scope.env });
    const shape = columnArg(call, call.args[1]!, table);
    if (shape.type !== 'dynamic')
      throw new PlanError(call.args[1]!, 'KQL0120', `A shape is dynamic, but '${shape.name}' is ${shape.type}.`);
    const at = [columnArg(call, call.args[2]!), columnArg(call, call.args[3]!)] as const;
    at.forEach((c, i) => {
      if (!['real', 'decimal', 'int', 'long'].includes(c.type))
        throw new PlanError(call.args[i + 2]!, 'KQL0120', `A coordinate is a number, but '${c.name}' is ${c.type}.`);
    });
    const radius = option(call, 'radius', 4);
    if (radiusNeeded && !radius)
      throw new PlanError(call.node, 'KQL0016', `${call.name}() needs a radius in metres as its fifth argument.`);
    if (radius && kindOf(bare(radius)) === 'BooleanLiteralExpression')
      throw new PlanError(radius, 'KQL0121', `${call.name}() needs a radius in metres here.`);
    const unmatched = constantArg(call, option(call, 'return_unmatched', 5)) === true;
    // The sixth argument only tunes the reference engine's way of finding candidates.
    const keepShape = constantArg(call, option(call, 'return_lookup_key', 7)) === true;

    const visible = (rel: Rel): Column[] => rel.columns.filter((c) => !c.hidden);
    const left = visible(call.input!).map((column, i) => ({ as: `L${i}`, column }));
    const right = visible(table).map((column, i) => ({ as: `R${i}`, column }));
    const [x, y] = at.map((c) => left.find((l) => l.column === c)!.as);
    const key = right.find((r) => r.column === shape)!.as;
    const rel = runProgram(
      call,
      `let Cells = materialize(Lookup | extend Cell = _geo_cover(${key}, R) | mv-expand Cell to typeof(string));
       let Levels = toscalar(Cells | summarize make_set(toint(split(Cell, '/')[0])));
       let Matches = Source | summarize by X = toreal(${x}), Y = toreal(${y})
         | mv-expand Level = Levels to typeof(int)
         | extend Cell = strcat(Level, '/', geo_point_to_s2cell(X, Y, Level))
         | join kind=inner Cells on Cell
         | where ${within(key, radius !== undefined)}
         | project X, Y, ${right.map((r) => r.as).join(', ')};
       Source | extend X = toreal(${x}), Y = toreal(${y})
         | join kind=${unmatched ? 'leftouter' : 'inner'} Matches on X, Y`,
      { Source: renamed(call, call.input!, left), Lookup: renamed(call, table, right), R: real(call, radius) },
    );
    const taken = new Set<string>();
    const kept = [...left, ...right.filter((r) => keepShape || r.column !== shape)];
    return withNames(
      call,
      rel,
      kept.map((k) => {
        const name = freeName(k.column.name, taken);
        taken.add(name);
        return { from: k.as, name };
      }),
    );
  };

const NAMES = ['radius', 'return_unmatched', 'lookup_area_radius', 'return_lookup_key'];

export const GEO_LOOKUP_PLUGINS: Readonly<Record<string, Plugin>> = {
  geo_polygon_lookup: {
    args: 'table, polygon, longitude, latitude, [radius, return_unmatched, lookup_area_radius, return_lookup_key]',
    doc: 'A join of places with the polygons that hold them.',
    plan: lookup(
      (shape, hasRadius) =>
        hasRadius ? `geo_distance_point_to_polygon(X, Y, ${shape}) <= R` : `geo_point_in_polygon(X, Y, ${shape})`,
      false,
    ),
    min: 4,
    max: 8,
    names: NAMES,
  },
  geo_line_lookup: {
    args: 'table, line, longitude, latitude, radius, [return_unmatched, lookup_area_radius, return_lookup_key]',
    doc: 'A join of places with the lines near them.',
    plan: lookup((shape) => `geo_distance_point_to_line(X, Y, ${shape}) <= R`, true),
    min: 4,
    max: 8,
    names: NAMES,
  },
};
