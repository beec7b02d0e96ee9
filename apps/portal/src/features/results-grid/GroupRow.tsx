// biome-ignore-all lint/a11y/useSemanticElements: rows and cells of a virtual grid cannot be table elements
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid holds focus and names the active cell
import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { ChevronDown12Regular } from '@fluentui/react-icons/svg/chevron-down';
import { ChevronRight12Regular } from '@fluentui/react-icons/svg/chevron-right';
import { middle, visibleText } from '../../lib/text.ts';
import { formatCount } from '../../lib/time.ts';
import { cellId, useRowStyles } from './GridRow.tsx';
import type { RowGroup } from './model.ts';

const useStyles = makeStyles({
  row: { backgroundColor: tokens.colorNeutralBackground3, cursor: 'pointer' },
  head: {
    position: 'sticky',
    left: 0,
    display: 'inline-flex',
    alignItems: 'center',
    gap: '8px',
    height: '27px',
    padding: '0 12px 0 8px',
    maxWidth: '90vw',
    fontSize: tokens.fontSizeBase200,
    whiteSpace: 'nowrap',
  },
  box: { position: 'static', flexShrink: 0 },
  value: {
    fontWeight: tokens.fontWeightSemibold,
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    unicodeBidi: 'isolate',
  },
  soft: { color: tokens.colorNeutralForeground2 },
});

export interface GroupRowProps {
  readonly gridId: string;
  /** Column the rows are grouped by. */
  readonly name: string;
  readonly group: RowGroup;
  readonly position: number;
  readonly top: number;
  readonly width: number;
  readonly places: number;
  readonly open: boolean;
  readonly active: number | undefined;
  readonly chosen: boolean;
}

/** The heading of a group: its value and how many rows it has. */
export function GroupRow(props: GroupRowProps) {
  const styles = useStyles();
  const rows = useRowStyles();
  const { group, position } = props;
  return (
    <div
      role="row"
      aria-rowindex={position + 2}
      aria-expanded={props.open}
      aria-selected={props.chosen}
      className={mergeClasses(rows.row, styles.row)}
      style={{ transform: `translateY(${props.top}px)`, width: props.width }}
      data-position={position}
    >
      <div
        role="gridcell"
        id={cellId(props.gridId, position, props.active ?? -1)}
        aria-colindex={1}
        aria-colspan={props.places + 1}
        className={mergeClasses(styles.head, props.active !== undefined && rows.active)}
        data-place={-1}
      >
        <span
          className={mergeClasses(rows.box, styles.box, props.chosen && rows.ticked)}
          data-choose=""
          title="Choose the rows of this group (x)"
          aria-hidden
        >
          {props.chosen ? '✓' : ''}
        </span>
        {props.open ? <ChevronDown12Regular /> : <ChevronRight12Regular />}
        <span className={styles.soft}>{visibleText(props.name)}</span>
        <span className={styles.value}>{group.value === '' ? '(empty)' : visibleText(middle(group.value, 120))}</span>
        <span className={styles.soft}>
          {formatCount(group.rows.length)} {group.rows.length === 1 ? 'row' : 'rows'}
        </span>
      </div>
    </div>
  );
}
