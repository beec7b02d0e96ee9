// biome-ignore-all lint/a11y/useSemanticElements: rows and cells of a virtual grid cannot be table elements
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid holds focus and names the active cell
// biome-ignore-all lint/a11y/noStaticElementInteractions: the role is one of two, grid or treegrid
// biome-ignore-all lint/a11y/useAriaPropsSupportedByRole: as above
import { makeStyles, tokens } from '@fluentui/react-components';
import type { HuntResult } from '@parapet/schema/wire';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type MouseEvent, useEffect, useId, useMemo, useRef, useState } from 'react';
import { copyText } from '../../components/CopyButton.tsx';
import { notify } from '../../components/Notifier.tsx';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { useAppearance } from '../../theme/Appearance.tsx';
import { type CellActions, CellMenu, type MenuPlace } from './CellMenu.tsx';
import { cellText } from './csv.ts';
import { GridHeader, HEADER_HEIGHT } from './GridHeader.tsx';
import { cellId, GridRow, NUMBER_WIDTH, ROW_HEIGHT } from './GridRow.tsx';
import { GroupRow } from './GroupRow.tsx';
import { clampCursor, type GridCursor, moveCursor } from './grid-keys.ts';
import { tabbed } from './model.ts';
import { type Grid, movedColumn } from './useGridState.ts';

const FIRST_CELL: GridCursor = { row: 0, place: 0 };

const useStyles = makeStyles({
  scroll: {
    position: 'relative',
    flexGrow: 1,
    minHeight: 0,
    minWidth: 0,
    overflow: 'auto',
    overflowAnchor: 'none',
    backgroundColor: tokens.colorNeutralBackground1,
    // The ring is around the active cell; one around the grid would stand behind its rows.
    outline: 'none',
  },
  body: { position: 'relative', minWidth: '100%' },
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
 * Arrows, Home, End, PageUp and PageDown move; Enter inspects a row, sorts by a header or opens a group; the menu key or
 * Shift+F10 opens what a right click opens; x or Space chooses the row, Shift+Space those up to it, Ctrl+A all;
 * Ctrl+C copies the chosen rows, else the cell; Alt+Left and Alt+Right move the column of the active header.
 */
export function ResultsGrid(props: ResultsGridProps) {
  const { result, grid, inspected, onInspect } = props;
  const styles = useStyles();
  const { zone } = useAppearance();
  const gridId = useId().replaceAll(':', '');
  const scroll = useRef<HTMLDivElement>(null);
  const [cursor, setActive] = useState<GridCursor>(FIRST_CELL);
  const [focused, setFocused] = useState(false);
  const [menu, setMenu] = useState<MenuPlace>();
  const { lines, groups, groupColumn, shown, pinnedCount } = grid;
  /** Line that Shift chooses from. */
  const [anchor, setAnchor] = useState<number>();
  const { selected } = grid.state;
  // In the same pass as the new rows: a key pressed between them and an effect would be undone by it.
  const [seen, setSeen] = useState(result);
  if (seen !== result) {
    setSeen(result);
    setActive(FIRST_CELL);
    setAnchor(undefined);
  }
  // Filters, closed groups and hidden columns may take away the cell that was active.
  const active = clampCursor(seen === result ? cursor : FIRST_CELL, { rows: lines.length, places: shown.length });

  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
    scrollPaddingStart: HEADER_HEIGHT,
    scrollMargin: HEADER_HEIGHT,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: edges are worked out again when a width or the columns change
  const pins = useMemo(() => {
    const edges = [0];
    for (const column of shown.slice(0, pinnedCount)) edges.push(edges.at(-1)! + grid.widthOf(column));
    return edges;
  }, [shown, pinnedCount, grid.state.widths, result]);
  const pinnedWidth = pins.at(-1)!;
  const columns = useVirtualizer({
    horizontal: true,
    count: shown.length - pinnedCount,
    getScrollElement: () => scroll.current,
    estimateSize: (place) => grid.widthOf(shown[place + pinnedCount]!),
    overscan: 2,
    scrollPaddingStart: NUMBER_WIDTH + pinnedWidth,
  });
  /** Numbers of rows among the shown ones; with groups they do not follow the lines. */
  const labels = useMemo(() => {
    if (groupColumn === undefined) return undefined;
    const numbers = new Map<number, number>();
    grid.order.forEach((row, at) => {
      numbers.set(row, at + 1);
    });
    return numbers;
  }, [groupColumn, grid.order]);
  const { widthOf } = grid;
  // biome-ignore lint/correctness/useExhaustiveDependencies: sizes are asked for again when a width or the columns change
  useEffect(() => {
    columns.measure();
  }, [columns, shown, grid.state.widths, result]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another result starts at its first row
  useEffect(() => {
    scroll.current?.scrollTo({ top: 0 });
  }, [result]);

  const width = Math.max(columns.getTotalSize() + NUMBER_WIDTH + pinnedWidth, 0);
  const items = columns.getVirtualItems();

  const size = () => ({
    rows: lines.length,
    places: shown.length,
    page: Math.max(1, Math.floor((scroll.current?.clientHeight ?? 400) / ROW_HEIGHT) - 2),
  });
  const reveal = ({ row, place }: GridCursor) => {
    if (row >= 0) rows.scrollToIndex(row);
    if (place >= pinnedCount) columns.scrollToIndex(place - pinnedCount);
  };
  const go = (next: GridCursor) => {
    setActive(next);
    reveal(next);
    const row = rowAt(next.row);
    if (inspected !== undefined && row !== undefined && next.row !== active.row) onInspect(row);
  };
  /** Row number of a line; undefined for the header and for headings of groups. */
  const rowAt = (line: number): number | undefined => {
    const number = lines[line];
    return number === undefined || number < 0 ? undefined : number;
  };
  const groupAt = (line: number) => {
    const number = lines[line];
    return number !== undefined && number < 0 ? groups[-1 - number] : undefined;
  };
  const toggleGroup = (value: string, open = !grid.state.openGroups.has(value)) => {
    const next = new Set(grid.state.openGroups);
    if (open) next.add(value);
    else next.delete(value);
    grid.patch({ openGroups: next });
  };
  const choose = (line: number, through: boolean) => {
    const next = new Set(selected);
    const members = (at: number): readonly number[] =>
      groupAt(at)?.rows ?? (rowAt(at) === undefined ? [] : [rowAt(at)!]);
    if (through && anchor !== undefined) {
      const [from, to] = [Math.min(anchor, line), Math.max(anchor, line)];
      for (let at = from; at <= to; at += 1) for (const row of members(at)) next.add(row);
    } else {
      const rows = members(line);
      const off = rows.every((row) => next.has(row));
      for (const row of rows) {
        if (off) next.delete(row);
        else next.add(row);
      }
    }
    setAnchor(line);
    grid.patch({ selected: next });
  };
  const chooseAll = () => grid.patch({ selected: new Set(selected.size === grid.order.length ? [] : grid.order) });

  const openMenuAt = (row: number, place: number, at: DOMRect) => setMenu({ row, place, at });
  const openMenuForActive = () => {
    const cell = document.getElementById(cellId(gridId, active.row, active.place));
    if (cell) openMenuAt(active.row, active.place, cell.getBoundingClientRect());
  };
  const copyActive = async () => {
    const chosen = grid.order.filter((row) => selected.has(row));
    const text =
      chosen.length > 0
        ? tabbed(result.columns, result.rows, shown, chosen)
        : (groupAt(active.row)?.value ?? cellText(result.rows[rowAt(active.row) ?? -1]?.[shown[active.place]!]));
    try {
      await copyText(text);
      notify.success(chosen.length > 0 ? `Copied ${chosen.length} rows with their heading` : 'Copied the cell');
    } catch (error) {
      notify.failure('Nothing was copied', error);
    }
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (menu) return;
    const header = active.row === -1 ? result.columns[shown[active.place]!] : undefined;
    if (event.altKey) {
      if (!header || !/^Arrow(Left|Right)$/.test(event.key)) return;
      event.preventDefault();
      const by = event.key === 'ArrowLeft' ? -1 : 1;
      moveColumn(header.name, by);
      go({ row: -1, place: Math.min(shown.length - 1, Math.max(0, active.place + by)) });
      return;
    }
    const far = event.ctrlKey || event.metaKey;
    const group = groupAt(active.row);
    const moved = moveCursor(event.key, active, size(), far);
    if (group && event.key === 'ArrowRight' && !far) toggleGroup(group.value, true);
    else if (group && event.key === 'ArrowLeft' && !far) toggleGroup(group.value, false);
    else if (group && event.key === 'Enter') toggleGroup(group.value);
    else if (moved) go(moved);
    else if (far && event.key.toLowerCase() === 'a') chooseAll();
    else if (!far && (event.key === ' ' || event.key.toLowerCase() === 'x') && active.row >= 0)
      choose(active.row, event.shiftKey);
    else if (event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey)) openMenuForActive();
    else if (event.key === 'Escape' && inspected !== undefined) onInspect(undefined);
    else if (event.key === 'Escape' && selected.size > 0) grid.patch({ selected: new Set() });
    else if (event.key === 'Enter' && active.row === -1) toggleSort(shown[active.place]!, event.shiftKey);
    else if (event.key === 'Enter') onInspect(rowAt(active.row));
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

  const moveColumn = (name: string, by: 1 | -1) =>
    grid.patch(
      movedColumn(
        shown.map((index) => result.columns[index]!.name),
        grid.state.pinned,
        name,
        by,
      ),
    );

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
        role={groupColumn === undefined ? 'grid' : 'treegrid'}
        aria-label="Results"
        aria-rowcount={lines.length + 1}
        aria-colcount={shown.length + 1}
        aria-multiselectable={true}
        aria-busy={grid.pending}
        aria-activedescendant={focused ? cellId(gridId, active.row, active.place) : undefined}
        tabIndex={0}
        className={styles.scroll}
        onKeyDown={onKeyDown}
        onFocus={(event) => {
          setFocused(true);
          // Whoever tabs in sees the active cell, wherever the wheel has gone since; a click or a closed menu moves nothing.
          if (!menu && event.target === event.currentTarget && event.target.matches(':focus-visible')) reveal(active);
        }}
        onBlur={() => setFocused(false)}
        onMouseDown={(event) => {
          const at = placeOf(event);
          if (at) setActive(at);
        }}
        onClick={(event) => {
          const at = placeOf(event);
          if (!at) return;
          const group = groupAt(at.row);
          if ((event.target as HTMLElement).closest('[data-choose]')) choose(at.row, event.shiftKey);
          else if (group) toggleGroup(group.value);
          else if (at.place === -1 || inspected !== undefined) onInspect(rowAt(at.row));
        }}
        onDoubleClick={(event) => {
          const at = placeOf(event);
          const row = at && rowAt(at.row);
          if (row !== undefined) onInspect(row);
        }}
        onContextMenu={(event) => {
          const at = placeOf(event);
          if (!at || at.place < 0 || rowAt(at.row) === undefined) return;
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
          pins={pins}
          width={width}
          chosen={selected.size === 0 ? 'none' : selected.size === grid.order.length ? 'all' : 'some'}
          onChooseAll={chooseAll}
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
            const group = groupAt(item.index);
            if (group)
              return (
                <GroupRow
                  key={`group ${group.value}`}
                  gridId={gridId}
                  name={result.columns[groupColumn!]!.name}
                  group={group}
                  position={item.index}
                  top={item.start - HEADER_HEIGHT}
                  width={width}
                  places={shown.length}
                  open={grid.state.openGroups.has(group.value)}
                  active={focused && active.row === item.index ? active.place : undefined}
                  chosen={group.rows.every((row) => selected.has(row))}
                />
              );
            const number = lines[item.index]!;
            return (
              <GridRow
                key={number}
                gridId={gridId}
                columns={result.columns}
                row={result.rows[number]!}
                position={item.index}
                label={labels?.get(number) ?? item.index + 1}
                top={item.start - HEADER_HEIGHT}
                width={width}
                shown={shown}
                items={items}
                pins={pins}
                activePlace={focused && active.row === item.index ? active.place : undefined}
                selected={number === inspected}
                chosen={selected.has(number)}
                zone={zone}
              />
            );
          })}
        </div>
        {lines.length === 0 ? (
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
          onMove={moveColumn}
          onFit={(column) => {
            const longest = grid.order
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
