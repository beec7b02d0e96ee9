import {
  Menu,
  MenuDivider,
  MenuGroup,
  MenuGroupHeader,
  MenuItem,
  MenuItemLink,
  MenuList,
  MenuPopover,
} from '@fluentui/react-components';
import type { HuntResult } from '@parapet/schema/wire';
import { useRouter } from '@tanstack/react-router';
import type { MouseEvent, ReactNode } from 'react';
import { copyText } from '../../components/CopyButton.tsx';
import { notify } from '../../components/Notifier.tsx';
import { ENTITY_LABEL, entityQuery } from '../../lib/entity.ts';
import { defang, middle, visibleText } from '../../lib/text.ts';
import { huntHref } from '../hunt-link/share-link.ts';
import { cellText } from './csv.ts';
import { targetHref } from './GridRow.tsx';
import { rowRecord } from './model.ts';
import { cellTarget } from './row-entities.ts';
import type { Grid } from './useGridState.ts';
import { condition, type FilterOperator } from './where.ts';

/** What a cell may do beyond itself. */
export interface CellActions {
  /** Add `where …` to the query and run it; absent where the rows did not come from an editable query. */
  readonly onWhere?: (clause: string) => void;
  /** Add an operator such as `extend x = …` to the query and run it. */
  readonly onExtend?: (column: string, path: readonly (string | number)[]) => void;
}

export interface MenuPlace {
  readonly row: number;
  readonly place: number;
  readonly at: DOMRect;
}

export interface CellMenuProps {
  readonly place: MenuPlace;
  readonly result: HuntResult;
  readonly grid: Grid;
  readonly actions: CellActions;
  readonly onClose: () => void;
  readonly onInspect: (row: number) => void;
  readonly onFilterColumn: (column: number) => void;
  readonly onFit: (column: number) => void;
  readonly onMove: (name: string, by: 1 | -1) => void;
}

async function copy(text: string, what: string): Promise<void> {
  try {
    await copyText(text);
    notify.success(`Copied ${what}`, middle(visibleText(text), 80));
  } catch (error) {
    notify.failure('Nothing was copied', error);
  }
}

const OPERATORS: readonly (readonly [FilterOperator, string])[] = [
  ['eq', 'equals this'],
  ['ne', 'does not equal this'],
];
const TEXT_OPERATORS: readonly (readonly [FilterOperator, string])[] = [
  ['contains', 'contains this'],
  ['notContains', 'does not contain this'],
  ['startsWith', 'starts with this'],
  ['endsWith', 'ends with this'],
];

/** The menu of a cell, or of a column when the place is in the header. */
export function CellMenu(props: CellMenuProps) {
  const { place, result, grid, onClose } = props;
  const index = grid.shown[place.place];
  const column = index === undefined ? undefined : result.columns[index];
  if (index === undefined || !column) return null;
  return (
    <Menu
      open
      onOpenChange={(_, data) => {
        if (!data.open) onClose();
      }}
      positioning={{ target: { getBoundingClientRect: () => place.at }, position: 'below', align: 'start' }}
    >
      <MenuPopover style={{ maxWidth: 420 }}>
        <MenuList>
          {place.row === -1 ? <ColumnItems {...props} column={index} /> : <CellItems {...props} column={index} />}
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}

function ColumnItems({
  grid,
  result,
  column,
  onFilterColumn,
  onFit,
  onMove,
}: CellMenuProps & { readonly column: number }) {
  const name = result.columns[column]!.name;
  const { pinned } = grid.state;
  const others = grid.state.sort.filter((key) => key.column !== column);
  return (
    <>
      <MenuItem onClick={() => grid.patch({ sort: [{ column, descending: false }] })}>Sort ascending</MenuItem>
      <MenuItem onClick={() => grid.patch({ sort: [{ column, descending: true }] })}>Sort descending</MenuItem>
      {others.length > 0 ? (
        <MenuItem onClick={() => grid.patch({ sort: [...others, { column, descending: false }] })}>
          Add to the sort
        </MenuItem>
      ) : null}
      <MenuDivider />
      <MenuItem onClick={() => onFilterColumn(column)}>Filter by values…</MenuItem>
      {grid.state.groupBy === name ? (
        <MenuItem onClick={() => grid.patch({ groupBy: undefined })}>Do not group</MenuItem>
      ) : (
        <MenuItem onClick={() => grid.patch({ groupBy: name, openGroups: new Set() })}>Group by this column</MenuItem>
      )}
      <MenuDivider />
      <MenuItem
        onClick={() =>
          grid.patch({ pinned: pinned.includes(name) ? pinned.filter((each) => each !== name) : [...pinned, name] })
        }
      >
        {pinned.includes(name) ? 'Unpin' : 'Pin to the left'}
      </MenuItem>
      <MenuItem onClick={() => onMove(name, -1)} secondaryContent="Alt+Left">
        Move left
      </MenuItem>
      <MenuItem onClick={() => onMove(name, 1)} secondaryContent="Alt+Right">
        Move right
      </MenuItem>
      <MenuItem onClick={() => onFit(column)}>Fit to content</MenuItem>
      <MenuItem onClick={() => grid.patch({ hidden: new Set(grid.state.hidden).add(name) })}>Hide column</MenuItem>
      <MenuItem onClick={() => void copy(name, 'column name')}>Copy name</MenuItem>
    </>
  );
}

function CellItems(props: CellMenuProps & { readonly column: number }) {
  const { result, grid, place, column: index, actions } = props;
  const router = useRouter();
  const column = result.columns[index]!;
  const number = grid.order[place.row];
  const row = number === undefined ? undefined : result.rows[number];
  if (number === undefined || !row) return null;
  const value = row[index];
  const text = cellText(value);
  const target = cellTarget(column.name, rowRecord(result.columns, row));
  const href = target && targetHref(target);
  const entity = target?.kind === 'entity' ? target.entity : undefined;
  const hunt = entity && entityQuery(entity);
  const follow = (path: string) => (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    props.onClose();
    router.history.push(path);
  };
  const pill = (exclude: boolean) =>
    grid.patch({ filters: [...grid.state.filters, { column: index, exclude, values: [text] }] });
  const { onWhere } = actions;
  const operators = column.type === 'string' && text !== '' ? [...OPERATORS, ...TEXT_OPERATORS] : OPERATORS;
  const items: ReactNode[] = [];
  if (onWhere)
    items.push(
      <MenuGroup key="query">
        <MenuGroupHeader>Filter in the query, then run</MenuGroupHeader>
        {operators.map(([operator, label]) => (
          <MenuItem key={operator} onClick={() => onWhere(condition(column, operator, value))}>
            {column.name} {text === '' ? (operator === 'eq' ? 'is empty' : 'is not empty') : label}
          </MenuItem>
        ))}
      </MenuGroup>,
      <MenuDivider key="after-query" />,
    );
  return (
    <>
      {items}
      <MenuGroup>
        <MenuGroupHeader>Among the returned rows</MenuGroupHeader>
        <MenuItem onClick={() => pill(false)}>Show only this value</MenuItem>
        <MenuItem onClick={() => pill(true)}>Hide this value</MenuItem>
      </MenuGroup>
      <MenuDivider />
      {href ? (
        <MenuItemLink href={href} onClick={follow(href)}>
          Open {entity ? `${ENTITY_LABEL[entity.type].toLowerCase()} page` : target?.kind}
        </MenuItemLink>
      ) : null}
      {hunt ? (
        <MenuItemLink
          href={huntHref({ query: hunt, run: true })}
          onClick={follow(huntHref({ query: hunt, run: true }))}
        >
          Hunt for this {entity ? ENTITY_LABEL[entity.type].toLowerCase() : ''}
        </MenuItemLink>
      ) : null}
      <MenuItem onClick={() => props.onInspect(number)}>Inspect row</MenuItem>
      <MenuDivider />
      {entity?.type === 'url' ? (
        <MenuItem onClick={() => void copy(defang(text), 'defanged URL')}>Copy, made harmless</MenuItem>
      ) : null}
      <MenuItem onClick={() => void copy(text, column.name)}>
        {entity?.type === 'url' ? 'Copy as it is' : 'Copy value'}
      </MenuItem>
      <MenuItem onClick={() => void copy(JSON.stringify(rowRecord(result.columns, row), null, 2), 'row as JSON')}>
        Copy row as JSON
      </MenuItem>
      <MenuItem onClick={() => void copy(`| where ${condition(column, 'eq', value)}`, 'condition')}>
        Copy as condition
      </MenuItem>
    </>
  );
}
