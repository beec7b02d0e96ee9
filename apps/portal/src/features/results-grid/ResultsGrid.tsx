// biome-ignore-all lint/a11y/useSemanticElements: rows and cells of a virtual grid cannot be table elements
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid holds focus and names the active cell
import { makeStyles, tokens } from '@fluentui/react-components';
import type { HuntResult } from '@parapet/schema/wire';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type MouseEvent, useEffect, useId, useRef, useState } from 'react';
import { copyText } from '../../components/CopyButton.tsx';
import { notify } from '../../components/Notifier.tsx';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { useAppearance } from '../../theme/Appearance.tsx';
import { type CellActions, CellMenu, type MenuPlace } from './CellMenu.tsx';
import { cellText } from './csv.ts';
import { GridHeader, HEADER_HEIGHT } from './GridHeader.tsx';
import { cellId, GridRow, NUMBER_WIDTH, ROW_HEIGHT } from './GridRow.tsx';
import { type GridCursor, moveCursor } from './grid-keys.ts';
import type { Grid } from './useGridState.ts';

const useStyles = makeStyles({
  scroll: {
    position: 'relative',
    flexGrow: 1,
    minHeight: 0,
    minWidth: 0,
    overflow: 'auto',
    overflowAnchor: 'none',
    backgroundColor: tokens.colorNeutralBackground1,
    outline: 'none',
    ':focus-visible': { boxShadow: `inset 0 0 0 1px ${tokens.colorStrokeFocus2}` },
  },
  body: { position: 'relative' },
});

export interface ResultsGridProps {
  readonly result: HuntResult;
  readonly grid: Grid;
  /** Row number in the result that the inspect pane shows. */
  readonly inspected: number | undefined;
  readonly onInspect: (row: number | undefined) => void;
  readonly actions: CellActions;
  readonly onFilterColumn: (column: number) => void;
}

/**
 * The grid of rows: virtual in both directions, one tab stop, the active cell named by `aria-activedescendant`.
 * Arrows, Home, End, PageUp and PageDown move; Enter inspects a row or sorts by a header; the menu key or Shift+F10
 * opens what a right click opens; Ctrl+C copies the cell.
 */
export function ResultsGrid(props: ResultsGridProps) {
  const { result, grid, inspected, onInspect } = props;
  const styles = useStyles();
  const { zone } = useAppearance();
  const gridId = useId().replaceAll(':', '');
  const scroll = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState<GridCursor>({ row: 0, place: 0 });
  const [focused, setFocused] = useState(false);
  const [menu, setMenu] = useState<MenuPlace>();
  const { order, shown } = grid;

  const rows = useVirtualizer({
    count: order.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
    scrollPaddingStart: HEADER_HEIGHT,
    scrollMargin: HEADER_HEIGHT,
  });
  const columns = useVirtualizer({
    horizontal: true,
    count: shown.length,
    getScrollElement: () => scroll.current,
    estimateSize: (place) => grid.widthOf(shown[place]!),
    overscan: 2,
    scrollPaddingStart: NUMBER_WIDTH,
  });
  const { widthOf } = grid;
  // biome-ignore lint/correctness/useExhaustiveDependencies: sizes are asked for again when a width or the columns change
  useEffect(() => {
    columns.measure();
  }, [columns, shown, grid.state.widths, result]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another result starts at its first row
  useEffect(() => {
    setActive({ row: 0, place: 0 });
    scroll.current?.scrollTo({ top: 0 });
  }, [result]);

  const width = Math.max(columns.getTotalSize() + NUMBER_WIDTH, 0);
  const items = columns.getVirtualItems();

  const size = () => ({
    rows: order.length,
    places: shown.length,
    page: Math.max(1, Math.floor((scroll.current?.clientHeight ?? 400) / ROW_HEIGHT) - 2),
  });
  const go = (next: GridCursor) => {
    setActive(next);
    if (next.row >= 0) rows.scrollToIndex(next.row);
    if (next.place >= 0) columns.scrollToIndex(next.place);
    if (inspected !== undefined && next.row >= 0 && next.row !== active.row) onInspect(order[next.row]);
  };

  const openMenuAt = (row: number, place: number, at: DOMRect) => setMenu({ row, place, at });
  const openMenuForActive = () => {
    const cell = document.getElementById(cellId(gridId, active.row, active.place));
    if (cell) openMenuAt(active.row, active.place, cell.getBoundingClientRect());
  };
  const copyActive = async () => {
    const text = cellText(result.rows[order[active.row]!]?.[shown[active.place]!]);
    try {
      await copyText(text);
      notify.success('Copied the cell');
    } catch (error) {
      notify.failure('The cell was not copied', error);
    }
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (menu || event.altKey) return;
    const far = event.ctrlKey || event.metaKey;
    const moved = moveCursor(event.key, active, size(), far);
    if (moved) go(moved);
    else if (event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey)) openMenuForActive();
    else if (event.key === 'Escape' && inspected !== undefined) onInspect(undefined);
    else if (event.key === 'Enter' && active.row === -1) toggleSort(shown[active.place]!, event.shiftKey);
    else if (event.key === 'Enter') onInspect(order[active.row]);
    else if (far && event.key.toLowerCase() === 'c' && !window.getSelection()?.toString()) void copyActive();
    else return;
    event.preventDefault();
  };

  const toggleSort = (column: number, add: boolean) => {
    const { sort } = grid.state;
    const now = sort.find((key) => key.column === column);
    const next = now ? (now.descending ? undefined : { column, descending: true }) : { column, descending: false };
    const others = add ? sort.filter((key) => key.column !== column) : [];
    grid.patch({ sort: next ? [...others, next] : others });
  };

  /** Which cell an event happened in, read from the row's and the cell's own marks. */
  const placeOf = (event: MouseEvent): GridCursor | undefined => {
    const cell = (event.target as HTMLElement).closest<HTMLElement>('[data-place]');
    const row = cell?.closest<HTMLElement>('[data-position]');
    if (!cell || !row) return undefined;
    return { row: Number(row.dataset.position), place: Number(cell.dataset.place) };
  };

  if (shown.length === 0)
    return <EmptyState small title="Every column is hidden" reason="Choose columns to show in the Columns menu." />;

  return (
    <>
      <div
        ref={scroll}
        role="grid"
        aria-label="Results"
        aria-rowcount={order.length + 1}
        aria-colcount={shown.length + 1}
        aria-multiselectable={false}
        aria-busy={grid.pending}
        aria-activedescendant={focused && order.length > 0 ? cellId(gridId, active.row, active.place) : undefined}
        tabIndex={0}
        className={styles.scroll}
        onKeyDown={onKeyDown}
        onFocus={() => setFocused(true)}
        onBlur={() => setFocused(false)}
        onMouseDown={(event) => {
          const at = placeOf(event);
          if (at) setActive(at);
        }}
        onClick={(event) => {
          const at = placeOf(event);
          if (at && (at.place === -1 || inspected !== undefined)) onInspect(order[at.row]);
        }}
        onDoubleClick={(event) => {
          const at = placeOf(event);
          if (at) onInspect(order[at.row]);
        }}
        onContextMenu={(event) => {
          const at = placeOf(event);
          if (!at || at.place < 0) return;
          event.preventDefault();
          setActive(at);
          openMenuAt(at.row, at.place, new DOMRect(event.clientX, event.clientY, 0, 0));
        }}
        data-testid="results-grid"
      >
        <GridHeader
          gridId={gridId}
          columns={result.columns}
          shown={shown}
          items={items}
          width={width}
          sort={grid.state.sort}
          activePlace={focused && active.row === -1 ? active.place : undefined}
          onSort={toggleSort}
          onMenu={(place, at) => openMenuAt(-1, place, at)}
          onResize={(column, size) =>
            grid.patch({ widths: new Map(grid.state.widths).set(result.columns[column]!.name, size) })
          }
        />
        <div role="rowgroup" className={styles.body} style={{ height: rows.getTotalSize(), width }}>
          {rows.getVirtualItems().map((item) => {
            const number = order[item.index]!;
            return (
              <GridRow
                key={number}
                gridId={gridId}
                columns={result.columns}
                row={result.rows[number]!}
                position={item.index}
                top={item.start - HEADER_HEIGHT}
                width={width}
                shown={shown}
                items={items}
                activePlace={focused && active.row === item.index ? active.place : undefined}
                selected={number === inspected}
                zone={zone}
              />
            );
          })}
        </div>
        {order.length === 0 ? (
          <EmptyState
            small
            title="No returned row passes the filters"
            reason="The filters above act on the rows the query returned. Remove one to see more."
          />
        ) : null}
      </div>
      {menu ? (
        <CellMenu
          place={menu}
          result={result}
          grid={grid}
          actions={props.actions}
          onClose={() => {
            setMenu(undefined);
            scroll.current?.focus({ preventScroll: true });
          }}
          onInspect={onInspect}
          onFilterColumn={props.onFilterColumn}
          onFit={(column) => {
            const longest = order
              .slice(0, 200)
              .reduce((most, number) => Math.max(most, cellText(result.rows[number]![column]).length), 0);
            const name = result.columns[column]!.name;
            const size = Math.min(900, Math.max(72, longest * 7.2 + 24, name.length * 7.4 + 44));
            grid.patch({
              widths: new Map(grid.state.widths).set(name, Math.round(Math.max(size, widthOf(column) / 4))),
            });
          }}
        />
      ) : null}
    </>
  );
}
