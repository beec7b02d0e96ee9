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
export const NUMBER_WIDTH = 58;

export const useRowStyles = makeStyles({
  row: {
    position: 'absolute',
    left: 0,
    top: 0,
    height: `${ROW_HEIGHT}px`,
    contain: 'layout style',
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
    backgroundColor: tokens.colorNeutralBackground1,
    ':hover': { backgroundColor: tokens.colorNeutralBackground1Hover },
  },
  selected: { backgroundColor: tokens.colorNeutralBackground1Selected },
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
  /** Position in the shown order, from 0. */
  readonly position: number;
  readonly top: number;
  readonly width: number;
  /** Column numbers by place. */
  readonly shown: readonly number[];
  readonly items: readonly VirtualItem[];
  /** Place of the active cell in this row: -1 is the row number, undefined elsewhere. */
  readonly activePlace: number | undefined;
  readonly selected: boolean;
  readonly zone: 'local' | 'utc';
}

export const cellId = (gridId: string, position: number, place: number): string => `${gridId}-r${position}-c${place}`;

export const GridRow = memo(function GridRow(props: GridRowProps) {
  const styles = useRowStyles();
  const { gridId, columns, row, position, shown, items, activePlace, zone } = props;
  let record: Record<string, unknown> | undefined;
  return (
    <div
      role="row"
      aria-rowindex={position + 2}
      aria-selected={props.selected}
      className={mergeClasses(styles.row, props.selected && styles.selected)}
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
        {position + 1}
      </div>
      {items.map((item) => {
        const index = shown[item.index]!;
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
            key={item.key}
            role="gridcell"
            id={cellId(gridId, position, item.index)}
            aria-colindex={item.index + 2}
            className={mergeClasses(
              styles.cell,
              isNumeric(column.type) && column.type !== 'bool' && styles.numeric,
              (column.type === 'dynamic' || column.type === 'datetime') && styles.mono,
              activePlace === item.index && styles.active,
            )}
            style={{ left: item.start + NUMBER_WIDTH, width: item.size }}
            data-place={item.index}
            title={hoverText(value, column.type, zone)}
          >
            {target ? <CellLink target={target} text={text} className={styles.link} /> : text}
          </div>
        );
      })}
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
