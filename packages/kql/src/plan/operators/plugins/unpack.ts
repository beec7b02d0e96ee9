/** `bag_unpack`: properties of a bag as columns. */
import type { KqlType } from '../../../types.ts';
import { cast } from '../../coerce.ts';
import { PlanError } from '../../errors.ts';
import type { Column, Expr, Rel } from '../../ir.ts';
import { col } from '../basic.ts';
import { columnArg, constantArg, inputColumns, type Plugin, type PluginCall, runProgram } from './call.ts';
import { inferredColumns } from './inferred.ts';
import { literalTexts } from './literals.ts';

const CONFLICTS = ['error', 'replace_source', 'keep_source'] as const;
type Conflict = (typeof CONFLICTS)[number];

interface Slot {
  readonly name: string;
  readonly type: KqlType;
}

/** How the language names what it finds in a bag, and the column type for it. */
const SLOT_TYPES: Readonly<Record<string, KqlType>> = {
  long: 'long',
  int: 'long',
  double: 'real',
  real: 'real',
  bool: 'bool',
  string: 'string',
  datetime: 'datetime',
  timespan: 'timespan',
};

/**
 * The properties that the bags hold, by name, and the type all their values share. A datetime in a bag is text with
 * seven digits of a second, which is how it is told from other text.
 */
function slots(call: PluginCall, bag: Column): Slot[] {
  const found = runProgram(
    call,
    `T | where Bag startswith '{'
       | mv-expand kind=array Pair = parse_json(Bag)
       | extend Name = tostring(Pair[0]), Value = Pair[1]
       | extend Kind = gettype(Value)
       | extend Kind = iff(Kind == 'string' and tostring(Value) matches regex @'^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{7}Z$', 'datetime', Kind)
       | where Kind != 'null'
       | summarize by Name, Kind
       | sort by Name asc, Kind asc`,
    { T: call.planner.select(call.input!, [{ name: 'Bag', expr: cast(col(bag), 'string') }]) },
  );
  const types = new Map<string, Set<string>>();
  for (const [name, kind] of call.planner.context.data(found)) {
    const key = String(name);
    types.set(key, (types.get(key) ?? new Set()).add(String(kind)));
  }
  return [...types].map(([name, kinds]) => ({
    name,
    type: (kinds.size === 1 ? SLOT_TYPES[[...kinds][0]!] : undefined) ?? 'dynamic',
  }));
}

function conflictOf(call: PluginCall): Conflict {
  const node = call.named.get('columnsConflict') ?? call.args[2];
  const value = constantArg(call, node) ?? 'error';
  if (!(CONFLICTS as readonly unknown[]).includes(value))
    throw new PlanError(node!, 'KQL0127', `columnsConflict must be one of ${CONFLICTS.join(', ')}.`);
  return value as Conflict;
}

function ignoredOf(call: PluginCall): ReadonlySet<string> {
  const node = call.named.get('ignoredProperties') ?? call.args[3];
  if (!node) return new Set();
  const texts = literalTexts(call, node);
  if (!texts)
    throw new PlanError(node, 'KQL0127', 'ignoredProperties must be a constant array of names.', "dynamic(['a', 'b'])");
  return new Set(texts);
}

const bagUnpack = (call: PluginCall): Rel => {
  const bag = columnArg(call, call.args[0]!);
  if (bag.type !== 'dynamic' && bag.type !== 'string')
    throw new PlanError(call.args[0]!, 'KQL0120', `Only a dynamic column can be unpacked, not ${bag.type}.`);
  const prefix = String(constantArg(call, call.named.get('OutputColumnPrefix') ?? call.args[1]) ?? '');
  const conflict = conflictOf(call);
  const ignored = ignoredOf(call);
  const source: Expr =
    bag.type === 'dynamic' ? col(bag) : { op: 'call', fn: 'parse_json', args: [col(bag)], type: 'dynamic' };
  const value = (name: string, type: KqlType): Expr =>
    cast({ op: 'path', of: source, path: [name], type: 'dynamic' }, type);
  const kept = inputColumns(call).filter((c) => c !== bag);
  const find = (name: string): Column | undefined => kept.find((c) => c.name === name);
  const property = (column: string): string | undefined =>
    column.startsWith(prefix) && !ignored.has(column.slice(prefix.length)) ? column.slice(prefix.length) : undefined;

  if (!call.schema) call.planner.context.rowWise = false;
  // Without any property in the data, what the text goes on to read is missing in every row.
  const found = call.schema ? [] : slots(call, bag);
  const expected =
    call.schema || found.length ? [] : inferredColumns(call.node).filter((n) => n.startsWith(prefix) && !find(n));
  const made = call.schema
    ? call.schema.columns.map(({ name, type }) => ({ name, property: property(name), type }))
    : [...found, ...expected.map((n): Slot => ({ name: n.slice(prefix.length), type: 'dynamic' }))]
        .filter((s) => !ignored.has(s.name))
        .map((s) => ({ name: prefix + s.name, property: s.name, type: s.type }));

  const parts = new Map<string, Expr>();
  if (!call.schema || call.schema.star) for (const c of kept) parts.set(c.name, col(c));
  for (const { name, property: key, type } of made) {
    const existing = find(name);
    if (existing && key !== undefined && conflict === 'error' && parts.has(name)) {
      throw new PlanError(
        call.node,
        'KQL0128',
        `The property '${key}' would make a second column named '${name}'.`,
        "columnsConflict='replace_source'",
      );
    }
    // Without a star, a declared column that the input has is that column unless the bag is to replace it.
    if (existing && (conflict === 'keep_source' || (call.schema && conflict === 'error')))
      parts.set(name, cast(col(existing), type));
    else if (key === undefined)
      throw new PlanError(call.schema!.node, 'KQL0123', `The column '${name}' does not begin with '${prefix}'.`);
    else parts.set(name, value(key, type));
  }
  // A bag without properties beside no other column would leave nothing.
  if (parts.size === 0) parts.set(bag.name, col(bag));
  const hidden = call.input!.columns.filter((c) => c.hidden).map((c) => ({ name: c.name, expr: col(c), hidden: true }));
  return call.planner.select(call.input!, [...[...parts].map(([name, expr]) => ({ name, expr })), ...hidden]);
};

export const UNPACK_PLUGINS: Readonly<Record<string, Plugin>> = {
  bag_unpack: {
    args: 'column, [prefix, columnsConflict, ignoredProperties]',
    doc: 'Properties of a bag as columns: those of the output schema, or those the data has.',
    plan: bagUnpack,
    min: 1,
    max: 4,
    names: ['OutputColumnPrefix', 'columnsConflict', 'ignoredProperties'],
    readsSchema: true,
  },
};
