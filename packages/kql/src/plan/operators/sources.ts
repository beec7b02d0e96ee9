import { REMOTE_FUNCTIONS } from '../../bind/schema.ts';
import { child, kindOf, list, must, nameOf, textOf } from '../../bind/syntax.ts';
import type { KNode } from '../../kusto-api.ts';
import { cast, meet } from '../coerce.ts';
import { PlanError } from '../errors.ts';
import { planExpression } from '../expressions.ts';
import type { Rel } from '../ir.ts';
import type { Planner } from '../planner.ts';
import type { Scope } from '../scope.ts';
import { emptyTable } from '../table-names.ts';
import { typeName } from '../type-name.ts';
import { externalData } from './external.ts';

/** Plans the sources of a pipe that are no tables: `datatable`, `range`. Undefined for everything else. */
export function sourceOperator(n: KNode, scope: Scope, planner: Planner): Rel | undefined {
  switch (kindOf(n)) {
    case 'DataTableExpression':
      return datatable(n, scope, planner);
    case 'RangeOperator':
      return range(n, scope, planner);
    case 'PathExpression':
      return remote(n, planner);
    case 'InlineExternalTableExpression':
    case 'ExternalDataExpression':
      return externalData(n, scope, planner);
    default:
      return undefined;
  }
}

const REMOTE: ReadonlySet<string> = new Set(['cluster', 'database', ...REMOTE_FUNCTIONS]);

/** `workspace("x").T`, `cluster("a").database("b").T`: data held elsewhere reads as an empty table. */
function remote(n: KNode, planner: Planner): Rel | undefined {
  let root = n;
  while (kindOf(root) === 'PathExpression') root = must(root, 'Expression');
  if (kindOf(root) !== 'FunctionCallExpression' || !REMOTE.has(nameOf(must(root, 'Name')))) return undefined;
  const selector = must(n, 'Selector');
  const name = nameOf(kindOf(selector) === 'FunctionCallExpression' ? must(selector, 'Name') : selector);
  // The database itself is no table.
  if (kindOf(selector) === 'FunctionCallExpression' && name === 'database') return undefined;
  planner.warn(n, 'KQL0073', `Data of '${textOf(root)}' is not configured here; '${name}' reads as an empty table.`);
  return emptyTable(name, planner);
}

/** Names and types of a row schema: `(a:string, b:long)`. */
export function rowSchema(schema: KNode, planner: Planner) {
  return list(schema, 'Columns')
    .filter((c) => kindOf(c) === 'NameAndTypeDeclaration')
    .map((c) => planner.context.column(nameOf(must(c, 'Name')), typeName(must(c, 'Type'))));
}

function datatable(n: KNode, scope: Scope, planner: Planner): Rel {
  const columns = rowSchema(must(n, 'Schema'), planner);
  const values = list(n, 'Values').map((v) => ({ v, e: planExpression(v, { env: scope.env }, planner) }));
  if (values.length % columns.length !== 0) {
    throw new PlanError(
      n,
      'KQL0071',
      `The number of values (${values.length}) is no multiple of the number of columns (${columns.length}).`,
    );
  }
  const rows = [];
  for (let i = 0; i < values.length; i += columns.length) {
    rows.push(values.slice(i, i + columns.length).map(({ e }, j) => cast(e, columns[j]!.type)));
  }
  return { op: 'rows', columns, rows };
}

function range(n: KNode, scope: Scope, planner: Planner): Rel {
  const plan = (name: string) => planExpression(must(n, name), { env: scope.env }, planner);
  const [from, to, step] = [plan('From'), plan('To'), plan('Step')];
  const temporal = from.type === 'datetime' || from.type === 'timespan';
  const type = temporal ? from.type : meet([from.type, to.type, step.type]);
  if (!type) throw new PlanError(n, 'KQL0072', 'The bounds and the step of a range must go together.');
  const stepType = temporal ? 'timespan' : type;
  const column = planner.context.column(nameOf(must(n, 'Name')), type === 'int' ? 'int' : type);
  return { op: 'range', columns: [column], from: cast(from, type), to: cast(to, type), step: cast(step, stepType) };
}

export { child, textOf };
