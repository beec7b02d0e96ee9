// biome-ignore-all lint/a11y/useSemanticElements: rows and cells of a virtual grid cannot be table elements
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid holds focus and names the active cell
import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { ArrowSortDown16Regular } from '@fluentui/react-icons/svg/arrow-sort-down';
import { ArrowSortUp16Regular } from '@fluentui/react-icons/svg/arrow-sort-up';
import { MoreVertical16Regular } from '@fluentui/react-icons/svg/more-vertical';
import type { HuntResult } from '@parapet/schema/wire';
import type { VirtualItem } from '@tanstack/react-virtual';
import type { MouseEvent, PointerEvent } from 'react';
import { visibleText } from '../../lib/text.ts';
import { cellId, NUMBER_WIDTH } from './GridRow.tsx';
import { isNumeric, type SortKey } from './model.ts';
import { plainButton } from './plain-button.ts';

export const HEADER_HEIGHT = 32;

const useStyles = makeStyles({
  row: {
    position: 'sticky',
    top: 0,
    zIndex: 3,
    minWidth: '100%',
    height: `${HEADER_HEIGHT}px`,
    backgroundColor: tokens.colorNeutralBackground2,
    borderBottom: `1px solid ${tokens.colorNeutralStroke1}`,
  },
  corner: {
    position: 'sticky',
    left: 0,
    zIndex: 4,
    display: 'inline-block',
    width: `${NUMBER_WIDTH}px`,
    height: `${HEADER_HEIGHT - 1}px`,
    backgroundColor: tokens.colorNeutralBackground2,
    borderRight: `1px solid ${tokens.colorNeutralStroke2}`,
    lineHeight: `${HEADER_HEIGHT - 1}px`,
    textAlign: 'right',
    padding: '0 8px',
    fontSize: tokens.fontSizeBase100,
    color: tokens.colorNeutralForeground3,
  },
  pinned: {
    position: 'sticky',
    left: `${NUMBER_WIDTH}px`,
    zIndex: 4,
    display: 'inline-block',
    height: `${HEADER_HEIGHT - 1}px`,
    verticalAlign: 'top',
    backgroundColor: tokens.colorNeutralBackground2,
    borderRight: `1px solid ${tokens.colorNeutralStroke1}`,
  },
  all: {
    ...plainButton,
    position: 'absolute',
    left: '8px',
    top: '9px',
    width: '13px',
    height: '13px',
    lineHeight: '11px',
    fontSize: '11px',
    textAlign: 'center',
    cursor: 'pointer',
    boxSizing: 'border-box',
    border: `1px solid ${tokens.colorNeutralStrokeAccessible}`,
    borderRadius: tokens.borderRadiusSmall,
  },
  cell: {
    position: 'absolute',
    top: 0,
    height: `${HEADER_HEIGHT - 1}px`,
    display: 'flex',
    alignItems: 'center',
    paddingLeft: '8px',
    fontSize: tokens.fontSizeBase200,
    fontWeight: tokens.fontWeightSemibold,
    color: tokens.colorNeutralForeground2,
    ':hover': { backgroundColor: tokens.colorNeutralBackground2Hover },
    '& [data-more]': { opacity: 0 },
    ':hover [data-more]': { opacity: 1 },
  },
  numeric: { justifyContent: 'flex-end' },
  active: { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px', '& [data-more]': { opacity: 1 } },
  name: {
    ...plainButton,
    display: 'flex',
    alignItems: 'center',
    gap: '2px',
    minWidth: 0,
    flexShrink: 1,
    cursor: 'pointer',
    height: '100%',
  },
  text: { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap', minWidth: 0 },
  rank: { fontSize: tokens.fontSizeBase100 },
  more: {
    ...plainButton,
    display: 'grid',
    placeItems: 'center',
    width: '20px',
    height: '24px',
    flexShrink: 0,
    cursor: 'pointer',
    borderRadius: tokens.borderRadiusSmall,
  },
  handle: {
    width: '7px',
    height: '100%',
    flexShrink: 0,
    cursor: 'col-resize',
    touchAction: 'none',
    borderRight: `1px solid ${tokens.colorNeutralStroke2}`,
    ':hover': { borderRight: `3px solid ${tokens.colorBrandStroke1}` },
  },
  spring: { flexGrow: 1 },
});

export interface GridHeaderProps {
  readonly gridId: string;
  readonly columns: HuntResult['columns'];
  readonly shown: readonly number[];
  readonly items: readonly VirtualItem[];
  /** Left edges of the pinned columns, and their common width at the end. */
  readonly pins: readonly number[];
  readonly width: number;
  /** Rows that are chosen, of all. */
  readonly chosen: 'none' | 'some' | 'all';
  readonly onChooseAll: () => void;
  readonly sort: readonly SortKey[];
  readonly activePlace: number | undefined;
  readonly onSort: (column: number, add: boolean) => void;
  readonly onMenu: (place: number, at: DOMRect) => void;
  readonly onResize: (column: number, width: number) => void;
}

export function GridHeader(props: GridHeaderProps) {
  const styles = useStyles();
  const { pins } = props;
  const pinnedWidth = pins.at(-1) ?? 0;
  return (
    <div role="row" aria-rowindex={1} className={styles.row} style={{ width: props.width }}>
      <div role="columnheader" aria-colindex={1} className={styles.corner} title="Row number">
        <button
          type="button"
          tabIndex={-1}
          className={styles.all}
          aria-label={props.chosen === 'all' ? 'Choose no row' : 'Choose all rows'}
          onClick={props.onChooseAll}
        >
          {props.chosen === 'all' ? '✓' : props.chosen === 'some' ? '–' : ''}
        </button>
        #
      </div>
      {pinnedWidth > 0 ? (
        <div role="presentation" className={styles.pinned} style={{ width: pinnedWidth }}>
          {pins.slice(0, -1).map((left, place) => cell(place, left, pins[place + 1]! - left))}
        </div>
      ) : null}
      {props.items.map((item) =>
        cell(item.index + pins.length - 1, item.start + NUMBER_WIDTH + pinnedWidth, item.size),
      )}
    </div>
  );

  function cell(place: number, left: number, width: number) {
    const index = props.shown[place]!;
    const column = props.columns[index]!;
    const rank = props.sort.findIndex((key) => key.column === index);
    const key = props.sort[rank];
    const name = visibleText(column.name);
    const startResize = (event: PointerEvent<HTMLDivElement>) => {
      event.preventDefault();
      event.stopPropagation();
      const from = event.clientX;
      const handle = event.currentTarget;
      handle.setPointerCapture(event.pointerId);
      const move = (moved: globalThis.PointerEvent) =>
        props.onResize(index, Math.max(56, Math.round(width + moved.clientX - from)));
      const stop = () => {
        handle.removeEventListener('pointermove', move);
        handle.removeEventListener('pointerup', stop);
      };
      handle.addEventListener('pointermove', move);
      handle.addEventListener('pointerup', stop);
    };
    return (
      <div
        key={place}
        role="columnheader"
        id={cellId(props.gridId, -1, place)}
        aria-colindex={place + 2}
        aria-sort={key ? (key.descending ? 'descending' : 'ascending') : 'none'}
        className={mergeClasses(
          styles.cell,
          isNumeric(column.type) && column.type !== 'bool' && styles.numeric,
          props.activePlace === place && styles.active,
        )}
        style={{ left, width }}
        title={`${name}: ${column.type}`}
        data-header-place={place}
      >
        <button
          type="button"
          tabIndex={-1}
          className={styles.name}
          onClick={(event: MouseEvent) => props.onSort(index, event.shiftKey)}
        >
          <span className={styles.text}>{name}</span>
          {key ? key.descending ? <ArrowSortDown16Regular /> : <ArrowSortUp16Regular /> : null}
          {key && props.sort.length > 1 ? <span className={styles.rank}>{rank + 1}</span> : null}
        </button>
        <span className={styles.spring} />
        <button
          type="button"
          tabIndex={-1}
          data-more=""
          className={styles.more}
          aria-label={`Column ${name}`}
          onClick={(event) => props.onMenu(place, event.currentTarget.getBoundingClientRect())}
        >
          <MoreVertical16Regular />
        </button>
        <div className={styles.handle} onPointerDown={startResize} aria-hidden="true" />
      </div>
    );
  }
}
