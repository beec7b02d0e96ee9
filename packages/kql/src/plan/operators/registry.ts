import type { KNode } from '../../kusto-api.ts';
import type { Rel } from '../ir.ts';
import type { Planner } from '../planner.ts';
import type { Scope } from '../scope.ts';
import { APPLY_OPERATORS } from './apply.ts';
import { BASIC_OPERATORS } from './basic.ts';
import { EVALUATE_OPERATORS } from './evaluate.ts';
import { EXPAND_OPERATORS } from './expand.ts';
import { FIND_OPERATORS } from './find.ts';
import { JOIN_OPERATORS } from './join.ts';
import { MISC_OPERATORS } from './misc.ts';
import { PARSE_OPERATORS } from './parse.ts';
import { PARSE_KV_OPERATORS } from './parse-kv.ts';
import { PROJECT_OPERATORS } from './project.ts';
import { REDUCE_OPERATORS } from './reduce.ts';
import { SCAN_OPERATORS } from './scan.ts';
import { SEARCH_OPERATORS } from './search.ts';
import { SERIES_OPERATORS } from './series.ts';
import { SEVERAL_OPERATORS } from './several.ts';
import { SUMMARIZE_OPERATORS } from './summarize.ts';
import { TOP_OPERATORS } from './top.ts';
import { UNION_OPERATORS } from './union.ts';

/** Plans one operator. `input` is undefined at the start of a pipe (`print`, `range`, `union` …). */
export type OperatorPlan = (n: KNode, input: Rel | undefined, scope: Scope, planner: Planner) => Rel;

const OPERATORS: Readonly<Record<string, OperatorPlan>> = {
  ...BASIC_OPERATORS,
  ...PROJECT_OPERATORS,
  ...SUMMARIZE_OPERATORS,
  ...JOIN_OPERATORS,
  ...UNION_OPERATORS,
  ...EXPAND_OPERATORS,
  ...PARSE_OPERATORS,
  ...PARSE_KV_OPERATORS,
  ...APPLY_OPERATORS,
  ...SERIES_OPERATORS,
  ...SCAN_OPERATORS,
  ...TOP_OPERATORS,
  ...MISC_OPERATORS,
  ...SEVERAL_OPERATORS,
  ...SEARCH_OPERATORS,
  ...FIND_OPERATORS,
  ...EVALUATE_OPERATORS,
  ...REDUCE_OPERATORS,
};

/** The plan of an operator by its syntax kind. */
export function operatorFor(kind: string): OperatorPlan | undefined {
  return Object.hasOwn(OPERATORS, kind) ? OPERATORS[kind] : undefined;
}
