import type { HuntResult } from '@parapet/schema/wire';
import { useDeferredValue, useMemo, useState } from 'react';
import {
  emptyColumns,
  filterRows,
  groupLines,
  groupRows,
  initialWidth,
  type RowGroup,
  type SortKey,
  sortRows,
  type ValueFilter,
} from './model.ts';

export interface GridState {
  readonly sort: readonly SortKey[];
  readonly filters: readonly ValueFilter[];
  readonly search: string;
  /** Column names, so that the choice survives the next run of a changed query. */
  readonly hidden: ReadonlySet<string>;
  readonly hideEmpty: boolean;
  readonly widths: ReadonlyMap<string, number>;
  /** Names of columns that stay at the left, in order. */
  readonly pinned: readonly string[];
  /** Names in the order people gave them; columns that are not named follow as the query has them. */
  readonly columnOrder: readonly string[];
  /** Column whose equal values stand together. */
  readonly groupBy: string | undefined;
  /** Values of the groups that are open. */
  readonly openGroups: ReadonlySet<string>;
  /** Row numbers that are chosen. */
  readonly selected: ReadonlySet<number>;
}

export interface Grid {
  readonly state: GridState;
  readonly patch: (change: Partial<GridState>) => void;
  /** Row numbers to show, in order. */
  readonly order: readonly number[];
  /** What stands in each line: a row number, or `-1 - n` for the heading of group n. */
  readonly lines: readonly number[];
  readonly groups: readonly RowGroup[];
  /** Number of the column the rows are grouped by. */
  readonly groupColumn: number | undefined;
  /** Column numbers to show, in order: the pinned ones first. */
  readonly shown: readonly number[];
  /** How many of `shown` are pinned. */
  readonly pinnedCount: number;
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
  pinned: [],
  columnOrder: [],
  groupBy: undefined,
  openGroups: new Set(),
  selected: new Set(),
};

/** The order of columns after one of them moved by a step; pinned ones move among themselves. */
export function movedColumn(
  names: readonly string[],
  pinned: readonly string[],
  name: string,
  by: 1 | -1,
): { readonly pinned: readonly string[]; readonly columnOrder: readonly string[] } {
  const swap = (list: readonly string[]): string[] => {
    const next = [...list];
    const at = next.indexOf(name);
    const to = at + by;
    if (at < 0 || to < 0 || to >= next.length) return next;
    [next[at], next[to]] = [next[to]!, next[at]!];
    return next;
  };
  if (pinned.includes(name)) return { pinned: swap(pinned), columnOrder: names };
  return { pinned, columnOrder: swap(names.filter((each) => !pinned.includes(each))) };
}

/**
 * What the grid shows of a result. Filters and sort belong to one result and end with it; hidden columns and widths
 * are by name and stay.
 */
export function useGridState(result: HuntResult): Grid {
  const [state, setState] = useState(START);
  const [seen, setSeen] = useState(result);
  if (seen !== result) {
    setSeen(result);
    setState((old) => ({ ...old, sort: [], filters: [], search: '', openGroups: new Set(), selected: new Set() }));
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
  const { hidden, hideEmpty, pinned, columnOrder, groupBy, openGroups } = state;
  const shown = useMemo(() => {
    const { columns } = result;
    const rank = (index: number): number => {
      const name = columns[index]!.name;
      const pin = pinned.indexOf(name);
      if (pin >= 0) return pin - 10_000;
      const place = columnOrder.indexOf(name);
      return place < 0 ? 10_000 + index : place;
    };
    return columns
      .map((_, index) => index)
      .filter((index) => !hidden.has(columns[index]!.name) && !(hideEmpty && empty.has(index)))
      .sort((a, b) => rank(a) - rank(b));
  }, [result, hidden, hideEmpty, empty, pinned, columnOrder]);
  const pinnedCount = shown.filter((index) => pinned.includes(result.columns[index]!.name)).length;
  const grouped = groupBy === undefined ? -1 : result.columns.findIndex(({ name }) => name === groupBy);
  const groupColumn = grouped < 0 ? undefined : grouped;
  const groups = useMemo(
    () => (groupColumn === undefined ? [] : groupRows(current.result.rows, groupColumn, order)),
    [current.result, groupColumn, order],
  );
  const lines = useMemo(
    () => (groupColumn === undefined ? order : groupLines(groups, openGroups)),
    [groupColumn, order, groups, openGroups],
  );
  const first = useMemo(
    () => result.columns.map((column, index) => initialWidth(column, index, result.rows)),
    [result],
  );
  return {
    state,
    patch: (change) => setState((old) => ({ ...old, ...change })),
    order,
    lines,
    groups,
    groupColumn,
    shown,
    pinnedCount,
    empty,
    widthOf: (column) => state.widths.get(result.columns[column]!.name) ?? first[column] ?? 120,
    pending: current !== wanted,
  };
}
