import {
  Button,
  Checkbox,
  Input,
  Menu,
  MenuDivider,
  MenuItem,
  MenuItemCheckbox,
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
import { Search16Regular } from '@fluentui/react-icons/svg/search';
import { Table16Regular } from '@fluentui/react-icons/svg/table';
import type { HuntResult } from '@parapet/schema/wire';
import { type ReactNode, useEffect, useMemo, useState } from 'react';
import { middle, visibleText } from '../../lib/text.ts';
import { formatCount } from '../../lib/time.ts';
import { csvChunks, download, jsonChunks } from './csv.ts';
import { type ValueFilter, valueCounts } from './model.ts';
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
  search: { width: '180px' },
  spring: { flexGrow: 1 },
  count: { color: tokens.colorNeutralForeground3, whiteSpace: 'nowrap', marginLeft: '6px' },
  pills: { display: 'flex', flexWrap: 'wrap', gap: '4px', padding: '4px 8px', flexShrink: 0 },
  pill: { borderRadius: tokens.borderRadiusCircular, fontWeight: tokens.fontWeightRegular, maxWidth: '360px' },
  menu: { maxHeight: '50vh', overflowY: 'auto' },
  surface: { width: '340px', padding: '12px', display: 'flex', flexDirection: 'column', gap: '8px' },
  values: { maxHeight: '280px', overflowY: 'auto', display: 'flex', flexDirection: 'column' },
  value: { display: 'flex', alignItems: 'center', justifyContent: 'space-between', gap: '8px' },
  label: { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap', maxWidth: '240px', display: 'block' },
  actions: { display: 'flex', gap: '8px', justifyContent: 'flex-end' },
  soft: { color: tokens.colorNeutralForeground3 },
});

export interface GridToolbarProps {
  readonly result: HuntResult;
  readonly grid: Grid;
  /** Without its ending. */
  readonly fileName: string;
  /** Column whose values are being chosen; "choose" when no column is picked yet. */
  readonly choosing: number | 'choose' | undefined;
  readonly onChoosing: (column: number | 'choose' | undefined) => void;
  /** The chart and table switch. */
  readonly children?: ReactNode;
}

export function GridToolbar({ result, grid, fileName, choosing, onChoosing, children }: GridToolbarProps) {
  const styles = useStyles();
  const { state, patch, order, empty } = grid;
  const visible = () => grid.shown.map((index) => result.columns[index]!);
  const project = () => {
    const indices = grid.shown;
    return result.rows.map((row) => indices.map((index) => row[index]));
  };
  const csv = () =>
    download(`${fileName}.csv`, 'text/csv;charset=utf-8', ['\ufeff', ...csvChunks(visible(), project(), order)]);
  const json = () => download(`${fileName}.json`, 'application/json', jsonChunks(visible(), project(), order));
  const everything = () =>
    download(`${fileName}.csv`, 'text/csv;charset=utf-8', ['\ufeff', ...csvChunks(result.columns, result.rows)]);
  const narrowed = order.length !== result.rows.length || grid.shown.length !== result.columns.length;
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
        <Menu>
          <MenuTrigger disableButtonEnhancement>
            <Button size="small" appearance="subtle" icon={<ArrowDownload16Regular />}>
              Export
            </Button>
          </MenuTrigger>
          <MenuPopover>
            <MenuList>
              <MenuItem onClick={csv}>CSV, as shown ({formatCount(order.length)} rows)</MenuItem>
              <MenuItem onClick={json}>JSON, as shown ({formatCount(order.length)} rows)</MenuItem>
              {narrowed ? (
                <MenuItem onClick={everything}>
                  CSV, everything returned ({formatCount(result.rows.length)} rows)
                </MenuItem>
              ) : null}
            </MenuList>
          </MenuPopover>
        </Menu>
        <div className={styles.spring} />
        <Text size={200} className={styles.count} role="status">
          {order.length === result.rows.length
            ? `${formatCount(order.length)} ${order.length === 1 ? 'row' : 'rows'}`
            : `${formatCount(order.length)} of ${formatCount(result.rows.length)} rows`}
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

/** Values shown at once; the search finds the others. */
const SHOWN_VALUES = 200;

interface ChooserProps {
  readonly result: HuntResult;
  readonly grid: Grid;
  readonly column: number | undefined;
  readonly onColumn: (column: number | 'choose') => void;
  readonly onDone: () => void;
}

function FilterChooser({ result, grid, column, onColumn, onDone }: ChooserProps) {
  const styles = useStyles();
  const [search, setSearch] = useState('');
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  // biome-ignore lint/correctness/useExhaustiveDependencies: another column starts afresh
  useEffect(() => {
    setSearch('');
    setChosen(new Set());
  }, [column]);
  const counts = useMemo(
    () => (column === undefined ? [] : valueCounts(result.rows, column, grid.order)),
    [result, column, grid.order],
  );
  const needle = search.toLowerCase();
  if (column === undefined) {
    const names = result.columns.map((one, index) => ({ ...one, index }));
    return (
      <>
        <Input
          size="small"
          placeholder="Find a column"
          aria-label="Find a column"
          value={search}
          onChange={(_, data) => setSearch(data.value)}
        />
        <div className={styles.values}>
          {names
            .filter(({ name }) => name.toLowerCase().includes(needle))
            .map(({ name, index }) => (
              <Button
                key={index}
                size="small"
                appearance="subtle"
                style={{ justifyContent: 'flex-start' }}
                onClick={() => onColumn(index)}
              >
                {visibleText(name)}
              </Button>
            ))}
        </div>
      </>
    );
  }
  const found = counts.filter(({ value }) => value.toLowerCase().includes(needle));
  const apply = (exclude: boolean) => {
    grid.patch({ filters: [...grid.state.filters, { column, exclude, values: [...chosen] }] });
    onDone();
  };
  return (
    <>
      <Text weight="semibold">{visibleText(result.columns[column]!.name)}</Text>
      <Input
        size="small"
        placeholder={`Find among ${formatCount(counts.length)} values`}
        aria-label="Find a value"
        value={search}
        onChange={(_, data) => setSearch(data.value)}
      />
      <div className={styles.values}>
        {found.slice(0, SHOWN_VALUES).map(({ value, count }) => (
          <div key={value} className={styles.value}>
            <Checkbox
              size="medium"
              checked={chosen.has(value)}
              label={<span className={styles.label}>{value === '' ? '(empty)' : visibleText(middle(value, 60))}</span>}
              onChange={(_, data) => {
                const next = new Set(chosen);
                if (data.checked) next.add(value);
                else next.delete(value);
                setChosen(next);
              }}
            />
            <Text size={200} className={styles.soft}>
              {formatCount(count)}
            </Text>
          </div>
        ))}
        {found.length > SHOWN_VALUES ? (
          <Text size={200} className={styles.soft}>
            {formatCount(found.length - SHOWN_VALUES)} more: type to find them.
          </Text>
        ) : null}
      </div>
      <div className={styles.actions}>
        <Button size="small" appearance="subtle" onClick={() => onColumn('choose')}>
          Other column
        </Button>
        <Button size="small" disabled={chosen.size === 0} onClick={() => apply(true)}>
          Hide these
        </Button>
        <Button size="small" appearance="primary" disabled={chosen.size === 0} onClick={() => apply(false)}>
          Show only these
        </Button>
      </div>
    </>
  );
}
