import type { HuntResult } from '@parapet/schema/wire';
import { useDeferredValue, useMemo, useState } from 'react';
import { emptyColumns, filterRows, initialWidth, type SortKey, sortRows, type ValueFilter } from './model.ts';

export interface GridState {
  readonly sort: readonly SortKey[];
  readonly filters: readonly ValueFilter[];
  readonly search: string;
  /** Column names, so that the choice survives the next run of a changed query. */
  readonly hidden: ReadonlySet<string>;
  readonly hideEmpty: boolean;
  readonly widths: ReadonlyMap<string, number>;
}

export interface Grid {
  readonly state: GridState;
  readonly patch: (change: Partial<GridState>) => void;
  /** Row numbers to show, in order. */
  readonly order: readonly number[];
  /** Column numbers to show, in order. */
  readonly shown: readonly number[];
  readonly empty: ReadonlySet<number>;
  readonly widthOf: (column: number) => number;
  /** True while a sort or filter of many rows is being worked out. */
  readonly pending: boolean;
}

const START: GridState = {
  sort: [],
  filters: [],
  search: '',
  hidden: new Set(),
  hideEmpty: false,
  widths: new Map(),
};

/**
 * What the grid shows of a result. Filters and sort belong to one result and end with it; hidden columns and widths
 * are by name and stay.
 */
export function useGridState(result: HuntResult): Grid {
  const [state, setState] = useState(START);
  const [seen, setSeen] = useState(result);
  if (seen !== result) {
    setSeen(result);
    setState((old) => ({ ...old, sort: [], filters: [], search: '' }));
  }
  const { sort, filters, search } = state;
  const wanted = useMemo(() => ({ result, sort, filters, search }), [result, sort, filters, search]);
  // Typing and clicking stay quick while 100,000 rows are sorted.
  const settled = useDeferredValue(wanted);
  const current = settled.result === result ? settled : wanted;
  const order = useMemo(() => {
    const { rows, columns } = current.result;
    return sortRows(filterRows(rows, current.filters, current.search), columns, rows, current.sort);
  }, [current]);
  const empty = useMemo(() => emptyColumns(result.columns, result.rows), [result]);
  const shown = useMemo(
    () =>
      result.columns
        .map((_, index) => index)
        .filter((index) => !state.hidden.has(result.columns[index]!.name) && !(state.hideEmpty && empty.has(index))),
    [result, state.hidden, state.hideEmpty, empty],
  );
  const first = useMemo(
    () => result.columns.map((column, index) => initialWidth(column, index, result.rows)),
    [result],
  );
  return {
    state,
    patch: (change) => setState((old) => ({ ...old, ...change })),
    order,
    shown,
    empty,
    widthOf: (column) => state.widths.get(result.columns[column]!.name) ?? first[column] ?? 120,
    pending: current !== wanted,
  };
}
