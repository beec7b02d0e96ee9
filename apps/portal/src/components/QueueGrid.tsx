import { Button, Checkbox, makeStyles, mergeClasses, ProgressBar, tokens } from '@fluentui/react-components';
import { ArrowSortDown16Regular } from '@fluentui/react-icons/svg/arrow-sort-down';
import { ArrowSortUp16Regular } from '@fluentui/react-icons/svg/arrow-sort-up';
import { ArrowSync16Regular } from '@fluentui/react-icons/svg/arrow-sync';
import type { Page } from '@parapet/schema/wire';
import { type KeyboardEvent, type ReactNode, useCallback, useMemo, useRef, useState } from 'react';
import { useHotkey } from '../lib/hotkeys.ts';
import type { QueueSort } from '../lib/queue.ts';
import { plural } from '../lib/time.ts';
import { ErrorState } from '../shell/ErrorState.tsx';
import { RowsSkeleton } from '../shell/Skeletons.tsx';
import { useAppearance } from '../theme/Appearance.tsx';
import { rowTokens } from '../theme/theme.ts';
import { ColumnChooser, useColumns } from './ColumnChooser.tsx';
import { DetailsPane } from './DetailsPane.tsx';
import { Pager } from './Pager.tsx';

export interface QueueColumn<T> {
  readonly id: string;
  readonly header: string;
  /** Pixels; the first column without a width takes what is left. */
  readonly width?: number;
  readonly sortable?: boolean;
  readonly align?: 'start' | 'end';
  /** Off until chosen. */
  readonly hidden?: boolean;
  /** Cannot be taken away (the name). */
  readonly required?: boolean;
  readonly render: (row: T) => ReactNode;
}

export interface QueueGridProps<T> {
  /** Plural noun: "Incidents". */
  readonly label: string;
  /** Where the chosen columns are kept: `grid.incidents`. */
  readonly preferenceKey: string;
  readonly columns: readonly QueueColumn<T>[];
  readonly rowId: (row: T) => string;
  /** Read out for the row and its checkbox. */
  readonly rowLabel: (row: T) => string;
  readonly data: Page<T> | undefined;
  readonly error?: unknown;
  readonly isFetching?: boolean;
  readonly onRetry?: () => void;
  readonly sort?: QueueSort;
  readonly onSort?: (sort: QueueSort) => void;
  readonly onPage: (page: number) => void;
  readonly onPageSize: (size: number) => void;
  /** Row shown in the pane; lives in the address. */
  readonly openId?: string | undefined;
  readonly onOpenDetails?: (id: string | undefined) => void;
  /** Enter and double click. */
  readonly onOpenPage?: (row: T) => void;
  readonly selection?: ReadonlySet<string>;
  readonly onSelection?: (ids: ReadonlySet<string>) => void;
  readonly renderPane?: (row: T) => ReactNode;
  readonly paneFooter?: (row: T) => ReactNode;
  /** Commands left of the column chooser; with a selection, the bulk commands. */
  readonly toolbar?: ReactNode;
  /** Rows that arrived since the list was loaded; nothing moves until they are asked for. */
  readonly news?: number;
  readonly onLoadNews?: () => void;
  /** Shown when nothing matches. */
  readonly empty: ReactNode;
  /** Extra keys that act on the row under the cursor: `e` assign to me. */
  readonly rowKeys?: readonly { readonly key: string; readonly label: string; readonly run: (row: T) => void }[];
}

const useStyles = makeStyles({
  root: { display: 'flex', flexGrow: 1, minHeight: 0, minWidth: 0 },
  left: { display: 'flex', flexDirection: 'column', flexGrow: 1, minWidth: 0, minHeight: 0 },
  bar: {
    display: 'flex',
    alignItems: 'center',
    flexWrap: 'wrap',
    gap: '4px 8px',
    padding: '0 24px 6px',
    minHeight: '32px',
    flexShrink: 0,
  },
  spring: { flexGrow: 1 },
  progress: { height: '2px', flexShrink: 0 },
  scroll: {
    flexGrow: 1,
    minHeight: 0,
    overflow: 'auto',
    backgroundColor: tokens.colorNeutralBackground1,
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  table: { borderCollapse: 'separate', borderSpacing: 0, tableLayout: 'fixed', width: '100%' },
  th: {
    position: 'sticky',
    top: 0,
    zIndex: 1,
    height: '32px',
    padding: '0 8px',
    textAlign: 'left',
    fontSize: tokens.fontSizeBase200,
    fontWeight: tokens.fontWeightSemibold,
    color: tokens.colorNeutralForeground2,
    backgroundColor: tokens.colorNeutralBackground1,
    borderBottom: `1px solid ${tokens.colorNeutralStroke1}`,
    whiteSpace: 'nowrap',
    overflow: 'hidden',
  },
  sort: {
    border: 'none',
    backgroundColor: 'transparent',
    font: 'inherit',
    color: 'inherit',
    padding: '4px 2px',
    display: 'inline-flex',
    alignItems: 'center',
    gap: '3px',
    cursor: 'pointer',
    maxWidth: '100%',
    borderRadius: tokens.borderRadiusSmall,
    ':hover': { color: tokens.colorNeutralForeground1, textDecoration: 'underline' },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  row: {
    height: '32px',
    cursor: 'default',
    outlineOffset: '-2px',
    scrollMarginTop: '34px',
    ':hover > td': { backgroundColor: rowTokens.rowHover },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  roomy: { height: '44px' },
  picked: { '& > td': { backgroundColor: rowTokens.rowPicked } },
  open: { '& > td': { backgroundColor: rowTokens.rowOpen } },
  td: {
    padding: '0 8px',
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    fontSize: tokens.fontSizeBase300,
    verticalAlign: 'middle',
  },
  end: { textAlign: 'right', fontVariantNumeric: 'tabular-nums' },
  check: { width: '40px', padding: '0 0 0 8px', textOverflow: 'clip' },
  box: { margin: '-6px 0 -6px -4px' },
});

/** Server-paged list of a queue: sort, choose columns, pick rows, walk with the keyboard, details beside it. */
export function QueueGrid<T>(props: QueueGridProps<T>) {
  const { data, rowId, rowLabel, sort, selection, onSelection, onOpenDetails, onOpenPage, openId } = props;
  const styles = useStyles();
  const { density } = useAppearance();
  const body = useRef<HTMLTableSectionElement>(null);
  const [cursor, setCursor] = useState(0);
  const { visible, layout, setLayout } = useColumns(props.preferenceKey, props.columns);
  const rows = useMemo(() => data?.items ?? [], [data]);
  const openIndex = openId === undefined ? -1 : rows.findIndex((row) => rowId(row) === openId);
  const openRow = rows[openIndex];
  const at = Math.min(openIndex >= 0 ? openIndex : cursor, Math.max(rows.length - 1, 0));
  const flexible = visible.find((column) => column.width === undefined)?.id;
  const minWidth = visible.reduce((sum, column) => sum + (column.width ?? 260), 40);

  const move = useCallback(
    (index: number) => {
      const row = rows[index];
      if (!row) return;
      setCursor(index);
      if (openId !== undefined) onOpenDetails?.(rowId(row));
      body.current?.querySelectorAll<HTMLElement>('tr')[index]?.focus();
    },
    [rows, openId, onOpenDetails, rowId],
  );
  const toggle = (row: T) => {
    if (!selection || !onSelection) return;
    const next = new Set(selection);
    if (!next.delete(rowId(row))) next.add(rowId(row));
    onSelection(next);
  };
  const current = rows[at];
  const focused = () => body.current?.contains(document.activeElement) ?? false;
  useHotkey('j', 'Next row', 'In a list', () => move(focused() || openRow ? at + 1 : at));
  useHotkey('k', 'Previous row', 'In a list', () => move(focused() || openRow ? at - 1 : at));
  useHotkey('x', 'Select the row', 'In a list', () => current && toggle(current), Boolean(onSelection));
  useHotkey('o', 'Open the full page', 'In a list', () => current && onOpenPage?.(current), Boolean(onOpenPage));

  const onRowKey = (event: KeyboardEvent, row: T, index: number) => {
    if (event.target !== event.currentTarget) return;
    const to = rowTarget(event.key, index, rows.length);
    const open = onOpenPage ?? ((each: T) => onOpenDetails?.(rowId(each)));
    const action =
      to !== undefined
        ? () => move(to)
        : event.key === 'Enter'
          ? () => open(row)
          : event.key === ' '
            ? () => onOpenDetails?.(rowId(row))
            : undefined;
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
  };

  const pageIds = rows.map(rowId);
  const pickedHere = selection ? pageIds.filter((id) => selection.has(id)).length : 0;

  return (
    <div className={styles.root}>
      {(props.rowKeys ?? []).map((key) => (
        <RowKey key={key.key} name={key.key} label={key.label} run={() => current && key.run(current)} />
      ))}
      <div className={styles.left}>
        <div className={styles.bar} role="toolbar" aria-label={`${props.label}: commands`}>
          {props.toolbar}
          <span className={styles.spring} />
          <span aria-live="polite">
            {props.news ? (
              <Button size="small" appearance="primary" icon={<ArrowSync16Regular />} onClick={props.onLoadNews}>
                {plural(props.news, 'new', 'new')}
              </Button>
            ) : null}
          </span>
          <ColumnChooser columns={props.columns} layout={layout} onChange={setLayout} />
        </div>
        <div className={styles.progress}>
          {props.isFetching && data ? <ProgressBar thickness="medium" aria-label={`Loading ${props.label}`} /> : null}
        </div>
        <section className={styles.scroll} aria-label={props.label} tabIndex={rows.length ? -1 : 0}>
          {props.error && !data ? (
            <ErrorState error={props.error} title={`${props.label} could not be loaded`} onRetry={props.onRetry} />
          ) : !data ? (
            <RowsSkeleton />
          ) : rows.length === 0 ? (
            props.empty
          ) : (
            <table
              // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: the grid pattern on a real table
              role="grid"
              aria-label={props.label}
              aria-rowcount={data.total}
              aria-multiselectable={onSelection ? true : undefined}
              className={styles.table}
              style={{ minWidth }}
            >
              <colgroup>
                {onSelection ? <col style={{ width: 40 }} /> : null}
                {visible.map((column) => (
                  <col key={column.id} style={column.id === flexible ? undefined : { width: column.width ?? 240 }} />
                ))}
              </colgroup>
              <thead>
                <tr>
                  {onSelection && selection ? (
                    <th className={mergeClasses(styles.th, styles.check)}>
                      <Checkbox
                        className={styles.box}
                        aria-label="Select every row of this page"
                        checked={pickedHere === 0 ? false : pickedHere === pageIds.length ? true : 'mixed'}
                        onChange={() => {
                          const next = new Set(selection);
                          for (const id of pageIds) {
                            if (pickedHere === pageIds.length) next.delete(id);
                            else next.add(id);
                          }
                          onSelection(next);
                        }}
                      />
                    </th>
                  ) : null}
                  {visible.map((column) => {
                    const sorted = sort?.id === column.id;
                    return (
                      <th
                        key={column.id}
                        scope="col"
                        className={mergeClasses(styles.th, column.align === 'end' && styles.end)}
                        aria-sort={sorted ? (sort.descending ? 'descending' : 'ascending') : undefined}
                        title={column.header}
                      >
                        {column.sortable && props.onSort ? (
                          <button
                            type="button"
                            className={styles.sort}
                            onClick={() =>
                              props.onSort?.({ id: column.id, descending: sorted ? !sort.descending : true })
                            }
                          >
                            {column.header}
                            {sorted ? sort.descending ? <ArrowSortDown16Regular /> : <ArrowSortUp16Regular /> : null}
                          </button>
                        ) : (
                          column.header
                        )}
                      </th>
                    );
                  })}
                </tr>
              </thead>
              <tbody ref={body}>
                {rows.map((row, index) => {
                  const id = rowId(row);
                  const picked = selection?.has(id) ?? false;
                  return (
                    <tr
                      key={id}
                      tabIndex={index === at ? 0 : -1}
                      aria-label={rowLabel(row)}
                      aria-rowindex={(data.page - 1) * data.pageSize + index + 1}
                      aria-selected={onSelection ? picked : openId === id}
                      className={mergeClasses(
                        styles.row,
                        density === 'comfortable' && styles.roomy,
                        picked && styles.picked,
                        openId === id && styles.open,
                      )}
                      onFocus={() => setCursor(index)}
                      onKeyDown={(event) => onRowKey(event, row, index)}
                      onClick={(event) => {
                        if ((event.target as HTMLElement).closest('a, button, input, label')) return;
                        setCursor(index);
                        onOpenDetails?.(id);
                      }}
                      onDoubleClick={() => onOpenPage?.(row)}
                    >
                      {onSelection ? (
                        <td className={mergeClasses(styles.td, styles.check)}>
                          <Checkbox
                            className={styles.box}
                            aria-label={`Select ${rowLabel(row)}`}
                            tabIndex={-1}
                            checked={picked}
                            onChange={() => toggle(row)}
                          />
                        </td>
                      ) : null}
                      {visible.map((column) => (
                        <td key={column.id} className={mergeClasses(styles.td, column.align === 'end' && styles.end)}>
                          {column.render(row)}
                        </td>
                      ))}
                    </tr>
                  );
                })}
              </tbody>
            </table>
          )}
        </section>
        {data && data.total > 0 ? (
          <Pager
            page={data.page}
            pageSize={data.pageSize}
            total={data.total}
            onPage={props.onPage}
            onPageSize={props.onPageSize}
          />
        ) : null}
      </div>
      {openRow && props.renderPane ? (
        <DetailsPane
          title={rowLabel(openRow)}
          label={`${props.label}: details`}
          onClose={() => {
            onOpenDetails?.(undefined);
            setCursor(openIndex);
            body.current?.querySelectorAll<HTMLElement>('tr')[openIndex]?.focus();
          }}
          onPrevious={openIndex > 0 ? () => move(openIndex - 1) : undefined}
          onNext={openIndex < rows.length - 1 ? () => move(openIndex + 1) : undefined}
          onOpen={onOpenPage ? () => onOpenPage(openRow) : undefined}
          footer={props.paneFooter?.(openRow)}
        >
          {props.renderPane(openRow)}
        </DetailsPane>
      ) : null}
    </div>
  );
}

/** Row that a cursor key leads to. */
function rowTarget(key: string, index: number, count: number): number | undefined {
  if (key === 'ArrowDown') return index + 1;
  if (key === 'ArrowUp') return index - 1;
  if (key === 'Home') return 0;
  return key === 'End' ? count - 1 : undefined;
}

function RowKey({ name, label, run }: { readonly name: string; readonly label: string; readonly run: () => void }) {
  useHotkey(name, label, 'In a list', run);
  return null;
}
