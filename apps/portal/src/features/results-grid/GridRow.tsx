// biome-ignore-all lint/a11y/useSemanticElements: rows and cells of a virtual grid cannot be table elements
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid holds focus and names the active cell
import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import type { HuntResult } from '@parapet/schema/wire';
import { useRouter } from '@tanstack/react-router';
import type { VirtualItem } from '@tanstack/react-virtual';
import { type MouseEvent, memo } from 'react';
import { entityHref } from '../../lib/entity.ts';
import { hoverText, shownText } from './cell-format.ts';
import { isNumeric, rowRecord } from './model.ts';
import { type CellTarget, cellTarget, mayLink } from './row-entities.ts';

export const ROW_HEIGHT = 28;
/** Box to choose the row, and its number. */
export const NUMBER_WIDTH = 84;

export const useRowStyles = makeStyles({
  row: {
    position: 'absolute',
    left: 0,
    top: 0,
    // Lines and colours of a row go on to the edge when its columns end before.
    minWidth: '100%',
    height: `${ROW_HEIGHT}px`,
    contain: 'layout style',
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
    backgroundColor: tokens.colorNeutralBackground1,
    ':hover': { backgroundColor: tokens.colorNeutralBackground1Hover },
  },
  selected: { backgroundColor: tokens.colorNeutralBackground1Selected },
  chosen: { backgroundColor: tokens.colorBrandBackground2 },
  // Pinned cells scroll with nothing: a strip of its own beside the row number, which is as opaque as the row.
  pinned: {
    position: 'sticky',
    left: `${NUMBER_WIDTH}px`,
    zIndex: 1,
    display: 'inline-block',
    height: `${ROW_HEIGHT - 1}px`,
    verticalAlign: 'top',
    backgroundColor: 'inherit',
    borderRight: `1px solid ${tokens.colorNeutralStroke1}`,
  },
  box: {
    position: 'absolute',
    left: '8px',
    top: '7px',
    width: '13px',
    height: '13px',
    boxSizing: 'border-box',
    border: `1px solid ${tokens.colorNeutralStrokeAccessible}`,
    borderRadius: tokens.borderRadiusSmall,
    lineHeight: '12px',
    textAlign: 'center',
    fontSize: '11px',
    color: tokens.colorNeutralForegroundOnBrand,
  },
  ticked: { backgroundColor: tokens.colorCompoundBrandBackground, border: 'none' },
  number: {
    position: 'sticky',
    left: 0,
    zIndex: 1,
    display: 'inline-block',
    width: `${NUMBER_WIDTH}px`,
    height: `${ROW_HEIGHT - 1}px`,
    lineHeight: `${ROW_HEIGHT - 1}px`,
    padding: '0 8px',
    textAlign: 'right',
    fontSize: tokens.fontSizeBase100,
    color: tokens.colorNeutralForeground3,
    backgroundColor: 'inherit',
    borderRight: `1px solid ${tokens.colorNeutralStroke2}`,
    cursor: 'pointer',
    userSelect: 'none',
    fontVariantNumeric: 'tabular-nums',
  },
  cell: {
    position: 'absolute',
    top: 0,
    height: `${ROW_HEIGHT - 1}px`,
    lineHeight: `${ROW_HEIGHT - 1}px`,
    padding: '0 8px',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    fontSize: tokens.fontSizeBase200,
    unicodeBidi: 'isolate',
    cursor: 'default',
  },
  numeric: { textAlign: 'right', fontVariantNumeric: 'tabular-nums' },
  mono: { fontFamily: tokens.fontFamilyMonospace, fontSize: '12px' },
  active: { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  link: {
    color: tokens.colorBrandForegroundLink,
    textDecoration: 'none',
    ':hover': { textDecoration: 'underline', color: tokens.colorBrandForegroundLinkHover },
  },
});

/** Address a cell's value leads to. */
export function targetHref(target: CellTarget): string {
  if (target.kind === 'entity') return entityHref(target.entity);
  return target.kind === 'alert' ? `/alerts/${encodeURIComponent(target.id)}` : `/incidents/${target.id}`;
}

export interface GridRowProps {
  readonly gridId: string;
  readonly columns: HuntResult['columns'];
  readonly row: readonly unknown[];
  /** Line in the grid, from 0. */
  readonly position: number;
  /** What stands at its left: its number among the shown rows. */
  readonly label: number;
  readonly top: number;
  readonly width: number;
  /** Column numbers by place. */
  readonly shown: readonly number[];
  /** Columns in view that are not pinned; their `index` counts from the first of those. */
  readonly items: readonly VirtualItem[];
  /** Left edges of the pinned columns, and their common width at the end. */
  readonly pins: readonly number[];
  /** Place of the active cell in this row: -1 is the row number, undefined elsewhere. */
  readonly activePlace: number | undefined;
  /** The row is on show in the pane. */
  readonly selected: boolean;
  /** The row is chosen. */
  readonly chosen: boolean;
  readonly zone: 'local' | 'utc';
}

export const cellId = (gridId: string, position: number, place: number): string => `${gridId}-r${position}-c${place}`;

export const GridRow = memo(function GridRow(props: GridRowProps) {
  const styles = useRowStyles();
  const { gridId, columns, row, position, shown, items, activePlace, zone } = props;
  const { pins } = props;
  const pinnedWidth = pins.at(-1) ?? 0;
  let record: Record<string, unknown> | undefined;
  const cell = (place: number, left: number, width: number) => {
    const index = shown[place]!;
    const column = columns[index]!;
    const value = row[index];
    const text = shownText(value, column.type, zone);
    let target: CellTarget | undefined;
    if (text !== '' && mayLink(column.name)) {
      record ??= rowRecord(columns, row);
      target = cellTarget(column.name, record);
    }
    return (
      <div
        key={place}
        role="gridcell"
        id={cellId(gridId, position, place)}
        aria-colindex={place + 2}
        className={mergeClasses(
          styles.cell,
          isNumeric(column.type) && column.type !== 'bool' && styles.numeric,
          (column.type === 'dynamic' || column.type === 'datetime') && styles.mono,
          activePlace === place && styles.active,
        )}
        style={{ left, width }}
        data-place={place}
        title={hoverText(value, column.type, zone)}
      >
        {target ? <CellLink target={target} text={text} className={styles.link} /> : text}
      </div>
    );
  };
  return (
    <div
      role="row"
      aria-rowindex={position + 2}
      aria-selected={props.chosen}
      className={mergeClasses(styles.row, props.chosen && styles.chosen, props.selected && styles.selected)}
      style={{ transform: `translateY(${props.top}px)`, width: props.width }}
      data-position={position}
    >
      <div
        role="rowheader"
        id={cellId(gridId, position, -1)}
        aria-colindex={1}
        className={mergeClasses(styles.number, activePlace === -1 && styles.active)}
        data-place={-1}
        title="Inspect this row"
      >
        <span
          className={mergeClasses(styles.box, props.chosen && styles.ticked)}
          data-choose=""
          title="Choose this row (x)"
          aria-hidden
        >
          {props.chosen ? '✓' : ''}
        </span>
        {props.label}
      </div>
      {pinnedWidth > 0 ? (
        <div role="presentation" className={styles.pinned} style={{ width: pinnedWidth }}>
          {pins.slice(0, -1).map((left, place) => cell(place, left, pins[place + 1]! - left))}
        </div>
      ) : null}
      {items.map((item) => cell(item.index + pins.length - 1, item.start + NUMBER_WIDTH + pinnedWidth, item.size))}
    </div>
  );
});

function CellLink({
  target,
  text,
  className,
}: {
  readonly target: CellTarget;
  readonly text: string;
  readonly className: string;
}) {
  const router = useRouter();
  const href = targetHref(target);
  const open = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    event.stopPropagation();
    router.history.push(href);
  };
  return (
    <a href={href} tabIndex={-1} className={className} onClick={open}>
      {text}
    </a>
  );
}
