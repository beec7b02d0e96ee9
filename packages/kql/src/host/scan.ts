/**
 * `scan`: matches sequences of steps along ordered rows. The logic is the published one: each row is compared with the
 * steps from the last to the first; a step is entered from the state of the one before it, or repeated in its own state.
 * Source: the matching logic of the scan operator's reference page; match numbers as the reference engine counts them.
 */
import type { Expr } from '../plan/ir.ts';
import type { KqlType } from '../types.ts';
import { type Cell, type Evaluate, prepare, readCell, writeCell } from './interpret.ts';
import type { RelationHost } from './relation.ts';

export interface ScanColumn {
  readonly id: string;
  readonly type: KqlType;
}

export interface ScanStep {
  readonly name: string;
  readonly output: 'all' | 'last' | 'none';
  readonly condition: Expr;
  readonly assign: readonly { readonly declared: number; readonly expr: Expr }[];
}

export interface ScanOptions {
  /** Columns of the input rows, in order. */
  readonly columns: readonly ScanColumn[];
  /** How many of them are part of the output; the rest only feed expressions. */
  readonly shown: number;
  readonly declared: readonly (ScanColumn & { readonly value: Expr })[];
  readonly steps: readonly ScanStep[];
  /** State columns that expressions read: id → step, and index into `columns` then `declared`. */
  readonly state: readonly { readonly id: string; readonly step: number; readonly index: number }[];
  readonly matchId: boolean;
}

/** State of a step: the latest extended row of each step so far, and the number of the match. */
interface State {
  readonly rows: (readonly Cell[])[];
  match: number;
  /** Last row of an `output=last` step, not given out yet. */
  pending: readonly Cell[] | undefined;
}

export const scan: RelationHost = ([input], raw) => {
  const o = raw as unknown as ScanOptions;
  const at = new Map<string, number>();
  for (const [i, c] of [...o.columns, ...o.declared, ...o.state].entries()) at.set(c.id, i);
  const defaults = o.declared.map((c) => prepare(c.value, at)([]));
  const nothing: readonly Cell[] = [...o.columns.map((c) => (c.type === 'string' ? '' : null)), ...defaults];
  const steps = o.steps.map((s) => ({
    condition: prepare(s.condition, at),
    assign: s.assign.map((a) => ({ index: o.columns.length + a.declared, value: prepare(a.expr, at) })),
    output: s.output,
  }));
  const states: (State | undefined)[] = steps.map(() => undefined);
  const out: unknown[][] = [];
  let matches = 0;

  const emit = (row: readonly Cell[], match: number): void => {
    const cells = o.columns.slice(0, o.shown).map((c, i) => writeCell(row[i]!, c.type));
    const extra = o.declared.map((c, i) => writeCell(row[o.columns.length + i]!, c.type));
    out.push(o.matchId ? [...cells, ...extra, match] : [...cells, ...extra]);
  };
  const finish = (state: State | undefined): void => {
    if (state?.pending) emit(state.pending, state.match);
    if (state) state.pending = undefined;
  };
  /** What expressions see: the row, declared columns at their defaults, and values of the state. */
  const view = (row: readonly Cell[], state: State | undefined): Cell[] => [
    ...row,
    ...defaults,
    ...o.state.map((s) => (state?.rows[s.step] ?? nothing)[s.index]!),
  ];
  const extended = (row: readonly Cell[], seen: Cell[], assign: readonly { index: number; value: Evaluate }[]) => {
    const made: Cell[] = [...row, ...defaults];
    for (const a of assign) made[a.index] = a.value(seen);
    return made;
  };

  for (const cells of input ?? []) {
    const row = o.columns.map((c, i) => readCell(cells[i], c.type));
    for (let k = steps.length - 1; k >= 0; k--) {
      const step = steps[k]!;
      const before = k > 0 ? states[k - 1] : undefined;
      if (before) {
        const seen = view(row, before);
        if (step.condition(seen) === true) {
          finish(states[k]);
          finish(before);
          const made = extended(row, seen, step.assign);
          const state: State = { rows: [...before.rows], match: before.match, pending: undefined };
          state.rows[k] = made;
          states[k] = state;
          states[k - 1] = undefined;
          if (step.output === 'all') emit(made, state.match);
          else if (step.output === 'last') state.pending = made;
          continue;
        }
      }
      const own = states[k];
      if (!own && k > 0) continue;
      const seen = view(row, own);
      if (step.condition(seen) !== true) continue;
      const made = extended(row, seen, step.assign);
      const state: State = own ?? { rows: [], match: matches++, pending: undefined };
      state.rows[k] = made;
      states[k] = state;
      if (step.output === 'all') emit(made, state.match);
      else if (step.output === 'last') state.pending = made;
    }
  }
  for (const state of states) finish(state);
  return out;
};
