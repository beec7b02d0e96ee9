import {
  Button,
  Input,
  Menu,
  MenuDivider,
  MenuItem,
  MenuItemCheckbox,
  MenuItemRadio,
  MenuList,
  MenuPopover,
  MenuTrigger,
  makeStyles,
  Popover,
  PopoverSurface,
  PopoverTrigger,
  Text,
  tokens,
} from '@fluentui/react-components';
import { ArrowDownload16Regular } from '@fluentui/react-icons/svg/arrow-download';
import { Dismiss12Regular } from '@fluentui/react-icons/svg/dismiss';
import { Filter16Regular } from '@fluentui/react-icons/svg/filter';
import { ListBar16Regular } from '@fluentui/react-icons/svg/list-bar';
import { Search16Regular } from '@fluentui/react-icons/svg/search';
import { Table16Regular } from '@fluentui/react-icons/svg/table';
import type { HuntResult } from '@parapet/schema/wire';
import type { ReactNode } from 'react';
import { copyText } from '../../components/CopyButton.tsx';
import { notify } from '../../components/Notifier.tsx';
import { middle, visibleText } from '../../lib/text.ts';
import { formatCount } from '../../lib/time.ts';
import { csvChunks, download, jsonChunks } from './csv.ts';
import { FilterChooser } from './FilterChooser.tsx';
import { tabbed, type ValueFilter } from './model.ts';
import { parquetFile } from './parquet.ts';
import type { Grid } from './useGridState.ts';

const useStyles = makeStyles({
  bar: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: '4px',
    padding: '4px 8px',
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground1,
    flexShrink: 0,
  },
  // Gives way before the bar breaks into two lines, which would push the rows down while they are chosen.
  search: { flex: '1 1 100px', minWidth: '100px', maxWidth: '180px' },
  count: { color: tokens.colorNeutralForeground3, whiteSpace: 'nowrap', marginLeft: 'auto', paddingLeft: '6px' },
  pills: { display: 'flex', flexWrap: 'wrap', gap: '4px', padding: '4px 8px', flexShrink: 0 },
  pill: { borderRadius: tokens.borderRadiusCircular, fontWeight: tokens.fontWeightRegular, maxWidth: '360px' },
  menu: { maxHeight: '50vh', overflowY: 'auto' },
  surface: { width: '340px', padding: '12px', display: 'flex', flexDirection: 'column', gap: '8px' },
  label: { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap', maxWidth: '240px', display: 'block' },
});

export interface GridToolbarProps {
  readonly result: HuntResult;
  readonly grid: Grid;
  /** Without its ending. */
  readonly fileName: string;
  /** Column whose values are being chosen; "choose" when no column is picked yet. */
  readonly choosing: number | 'choose' | undefined;
  readonly onChoosing: (column: number | 'choose' | undefined) => void;
  /** Absent where rows cannot become an alert. */
  readonly onLink?: ((rows: readonly number[]) => void) | undefined;
  /** The chart and table switch. */
  readonly children?: ReactNode;
}

export function GridToolbar({ result, grid, fileName, choosing, onChoosing, onLink, children }: GridToolbarProps) {
  const styles = useStyles();
  const { state, patch, empty } = grid;
  const chosen = state.selected.size > 0 ? grid.order.filter((row) => state.selected.has(row)) : [];
  /** Chosen rows go out alone. */
  const order = chosen.length > 0 ? chosen : grid.order;
  const what = chosen.length > 0 ? 'chosen' : 'as shown';
  const visible = () => grid.shown.map((index) => result.columns[index]!);
  const project = () => {
    const indices = grid.shown;
    return result.rows.map((row) => indices.map((index) => row[index]));
  };
  const csv = () =>
    download(`${fileName}.csv`, 'text/csv;charset=utf-8', ['\ufeff', ...csvChunks(visible(), project(), order)]);
  const json = () => download(`${fileName}.json`, 'application/json', jsonChunks(visible(), project(), order));
  const parquet = () =>
    void parquetFile(visible(), project(), order).then(
      (file) => download(`${fileName}.parquet`, 'application/vnd.apache.parquet', [file]),
      (error: unknown) => notify.failure('The file was not written', error),
    );
  const copyRows = () =>
    void copyText(tabbed(result.columns, result.rows, grid.shown, order)).then(
      () => notify.success(`Copied ${formatCount(order.length)} rows with their heading`),
      (error: unknown) => notify.failure('Nothing was copied', error),
    );
  const everything = () =>
    download(`${fileName}.csv`, 'text/csv;charset=utf-8', ['\ufeff', ...csvChunks(result.columns, result.rows)]);
  const narrowed = grid.order.length !== result.rows.length || grid.shown.length !== result.columns.length;
  return (
    <>
      <div className={styles.bar}>
        {children}
        <Input
          size="small"
          type="search"
          className={styles.search}
          contentBefore={<Search16Regular />}
          placeholder="Search returned rows"
          aria-label="Search returned rows"
          value={state.search}
          onChange={(_, data) => patch({ search: data.value })}
        />
        <Popover
          open={choosing !== undefined}
          onOpenChange={(_, data) => onChoosing(data.open ? 'choose' : undefined)}
          trapFocus
          positioning="below-start"
        >
          <PopoverTrigger disableButtonEnhancement>
            <Button size="small" appearance="subtle" icon={<Filter16Regular />}>
              Filter
            </Button>
          </PopoverTrigger>
          <PopoverSurface className={styles.surface} aria-label="Filter returned rows">
            <FilterChooser
              result={result}
              grid={grid}
              column={typeof choosing === 'number' ? choosing : undefined}
              onColumn={onChoosing}
              onDone={() => onChoosing(undefined)}
            />
          </PopoverSurface>
        </Popover>
        <Menu
          checkedValues={{ columns: grid.shown.map(String) }}
          onCheckedValueChange={(_, data) => {
            const chosen = new Set(data.checkedItems);
            const hidden = new Set(state.hidden);
            result.columns.forEach((column, index) => {
              if (state.hideEmpty && empty.has(index)) return;
              if (chosen.has(String(index))) hidden.delete(column.name);
              else hidden.add(column.name);
            });
            patch({ hidden });
          }}
          persistOnItemClick
        >
          <MenuTrigger disableButtonEnhancement>
            <Button size="small" appearance="subtle" icon={<Table16Regular />}>
              Columns
            </Button>
          </MenuTrigger>
          <MenuPopover>
            <MenuList className={styles.menu}>
              <MenuItem onClick={() => patch({ hidden: new Set(), hideEmpty: false })}>Show all columns</MenuItem>
              <MenuItem onClick={() => patch({ hideEmpty: !state.hideEmpty })}>
                {state.hideEmpty ? 'Show empty columns' : 'Hide empty columns'} ({empty.size})
              </MenuItem>
              <MenuDivider />
              {result.columns.map((column, index) => (
                <MenuItemCheckbox
                  // biome-ignore lint/suspicious/noArrayIndexKey: a column is its number; names may repeat
                  key={index}
                  name="columns"
                  value={String(index)}
                  disabled={state.hideEmpty && empty.has(index)}
                >
                  {visibleText(column.name)}
                </MenuItemCheckbox>
              ))}
            </MenuList>
          </MenuPopover>
        </Menu>
        <Menu
          checkedValues={{ group: [state.groupBy ?? ''] }}
          onCheckedValueChange={(_, data) =>
            patch({ groupBy: data.checkedItems[0] || undefined, openGroups: new Set() })
          }
        >
          <MenuTrigger disableButtonEnhancement>
            <Button size="small" appearance="subtle" icon={<ListBar16Regular />}>
              {grid.groupColumn === undefined ? 'Group' : `By ${state.groupBy}`}
            </Button>
          </MenuTrigger>
          <MenuPopover>
            <MenuList className={styles.menu}>
              <MenuItemRadio name="group" value="">
                No groups
              </MenuItemRadio>
              {grid.groupColumn === undefined ? null : (
                <MenuItem onClick={() => patch({ openGroups: new Set(grid.groups.map(({ value }) => value)) })}>
                  Open all groups
                </MenuItem>
              )}
              {grid.shown.map((index) => (
                <MenuItemRadio key={index} name="group" value={result.columns[index]!.name}>
                  {visibleText(result.columns[index]!.name)}
                </MenuItemRadio>
              ))}
            </MenuList>
          </MenuPopover>
        </Menu>
        <Menu>
          <MenuTrigger disableButtonEnhancement>
            <Button size="small" appearance="subtle" icon={<ArrowDownload16Regular />}>
              Export
            </Button>
          </MenuTrigger>
          <MenuPopover>
            <MenuList>
              <MenuItem onClick={csv}>
                CSV, {what} ({formatCount(order.length)} rows)
              </MenuItem>
              <MenuItem onClick={parquet}>
                Parquet, {what} ({formatCount(order.length)} rows)
              </MenuItem>
              <MenuItem onClick={json}>
                JSON, {what} ({formatCount(order.length)} rows)
              </MenuItem>
              {narrowed ? (
                <MenuItem onClick={everything}>
                  CSV, everything returned ({formatCount(result.rows.length)} rows)
                </MenuItem>
              ) : null}
            </MenuList>
          </MenuPopover>
        </Menu>
        {chosen.length > 0 ? (
          <>
            {onLink ? (
              <Button size="small" appearance="primary" onClick={() => onLink(chosen)}>
                Link to incident
              </Button>
            ) : null}
            <Button size="small" appearance="subtle" onClick={copyRows}>
              Copy rows
            </Button>
            <Button
              size="small"
              appearance="subtle"
              icon={<Dismiss12Regular />}
              aria-label="Choose none"
              title="Choose none (Esc)"
              onClick={() => patch({ selected: new Set() })}
            />
          </>
        ) : null}
        <Text size={200} className={styles.count} role="status">
          {chosen.length > 0 ? `${formatCount(chosen.length)} chosen of ` : ''}
          {grid.order.length === result.rows.length
            ? `${formatCount(grid.order.length)} ${grid.order.length === 1 ? 'row' : 'rows'}`
            : `${formatCount(grid.order.length)} of ${formatCount(result.rows.length)} rows`}
          {grid.groupColumn === undefined ? '' : ` in ${formatCount(grid.groups.length)} groups`}
        </Text>
      </div>
      <FilterPills result={result} grid={grid} />
    </>
  );
}

function pillLabel(result: HuntResult, filter: ValueFilter): string {
  const name = result.columns[filter.column]?.name ?? '';
  const shown = filter.values.slice(0, 2).map((value) => (value === '' ? '(empty)' : middle(visibleText(value), 32)));
  const rest = filter.values.length > 2 ? ` and ${filter.values.length - 2} more` : '';
  return `${name} ${filter.exclude ? 'is not' : 'is'} ${shown.join(', ')}${rest}`;
}

function FilterPills({ result, grid }: { readonly result: HuntResult; readonly grid: Grid }) {
  const styles = useStyles();
  const { filters } = grid.state;
  if (filters.length === 0) return null;
  return (
    <div className={styles.pills}>
      {filters.map((filter, index) => (
        <Button
          // biome-ignore lint/suspicious/noArrayIndexKey: the same filter may be there twice
          key={index}
          size="small"
          className={styles.pill}
          icon={<Dismiss12Regular />}
          iconPosition="after"
          aria-label={`Remove filter ${pillLabel(result, filter)}`}
          onClick={() => grid.patch({ filters: filters.filter((_, at) => at !== index) })}
        >
          <span className={styles.label}>{pillLabel(result, filter)}</span>
        </Button>
      ))}
      <Button size="small" appearance="transparent" onClick={() => grid.patch({ filters: [] })}>
        Remove all
      </Button>
    </div>
  );
}
