import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { type ReactNode, useState } from 'react';
import { rowTokens } from '../theme/theme.ts';
import { Pager } from './Pager.tsx';

const useStyles = makeStyles({
  scroll: {
    overflow: 'auto',
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
  },
  table: { borderCollapse: 'separate', borderSpacing: 0, width: '100%' },
  th: {
    position: 'sticky',
    top: 0,
    zIndex: 1,
    textAlign: 'left',
    height: '32px',
    padding: '0 10px',
    whiteSpace: 'nowrap',
    fontSize: tokens.fontSizeBase200,
    fontWeight: tokens.fontWeightSemibold,
    color: tokens.colorNeutralForeground2,
    backgroundColor: tokens.colorNeutralBackground1,
    borderBottom: `1px solid ${tokens.colorNeutralStroke1}`,
  },
  td: {
    padding: '5px 10px',
    verticalAlign: 'top',
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
    overflowWrap: 'break-word',
  },
  row: {
    ':last-child > td': { borderBottom: 'none' },
    ':hover > td': { backgroundColor: rowTokens.rowHover },
  },
  end: { textAlign: 'right', fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' },
  nowrap: { whiteSpace: 'nowrap' },
});

/** Rows drawn at once; chips and menus make more of them slow. */
const AT_ONCE = 100;

export interface SimpleColumn<T> {
  readonly id: string;
  readonly header: string;
  readonly width?: string;
  readonly align?: 'end';
  readonly nowrap?: boolean;
  /** Pixels; for text that may break anywhere and would otherwise shrink to a letter's width. */
  readonly minWidth?: number;
  readonly render: (row: T) => ReactNode;
}

/** A short list that fits in one answer: rows may be taller than one line, it pages by itself. */
export function SimpleTable<T>({
  label,
  columns,
  rows,
  rowKey,
}: {
  readonly label: string;
  readonly columns: readonly SimpleColumn<T>[];
  readonly rows: readonly T[];
  readonly rowKey: (row: T) => string;
}) {
  const styles = useStyles();
  const [asked, setPage] = useState(1);
  const page = Math.min(asked, Math.max(1, Math.ceil(rows.length / AT_ONCE)));
  const shown = rows.length > AT_ONCE ? rows.slice((page - 1) * AT_ONCE, page * AT_ONCE) : rows;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a legend and its own layout */}
      <div role="group" className={styles.scroll} aria-label={label} tabIndex={0}>
        <table className={styles.table} aria-label={label}>
          <thead>
            <tr>
              {columns.map((column) => (
                <th
                  key={column.id}
                  scope="col"
                  className={mergeClasses(styles.th, column.align && styles.end)}
                  style={column.width ? { width: column.width } : undefined}
                >
                  {column.header}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr key={rowKey(row)} className={styles.row}>
                {columns.map((column) => (
                  <td
                    key={column.id}
                    className={mergeClasses(styles.td, column.align && styles.end, column.nowrap && styles.nowrap)}
                  >
                    {column.minWidth ? (
                      <div style={{ minWidth: column.minWidth }}>{column.render(row)}</div>
                    ) : (
                      column.render(row)
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rows.length > AT_ONCE ? <Pager page={page} pageSize={AT_ONCE} total={rows.length} onPage={setPage} /> : null}
    </>
  );
}
