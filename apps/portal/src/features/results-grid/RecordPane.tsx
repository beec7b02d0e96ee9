import {
  Button,
  Input,
  Menu,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
  makeStyles,
  Switch,
  Tab,
  TabList,
  Text,
  tokens,
} from '@fluentui/react-components';
import { MoreHorizontal16Regular } from '@fluentui/react-icons/svg/more-horizontal';
import type { HuntResult } from '@parapet/schema/wire';
import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { CopyButton, copyText } from '../../components/CopyButton.tsx';
import { DetailsPane } from '../../components/DetailsPane.tsx';
import { EntityChip } from '../../components/EntityChip.tsx';
import { PaneSection } from '../../components/Facts.tsx';
import { notify } from '../../components/Notifier.tsx';
import { visibleText } from '../../lib/text.ts';
import { useAppearance } from '../../theme/Appearance.tsx';
import { lineageOf } from '../process-tree/lineage.ts';
import { ProcessTreeView } from '../process-tree/ProcessTreeView.tsx';
import type { CellActions } from './CellMenu.tsx';
import { gridTime } from './cell-format.ts';
import { cellText } from './csv.ts';
import { targetHref } from './GridRow.tsx';
import { JsonTree } from './JsonTree.tsx';
import { isEmptyCell, rowRecord } from './model.ts';
import { cellTarget, rowEntities } from './row-entities.ts';
import { condition } from './where.ts';

const useStyles = makeStyles({
  chips: { display: 'flex', flexWrap: 'wrap', gap: '6px' },
  tools: { display: 'flex', alignItems: 'center', gap: '8px', margin: '10px 0 6px', flexWrap: 'wrap' },
  field: {
    padding: '5px 0',
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
    '& [data-field-menu]': { opacity: 0 },
    ':hover [data-field-menu], :focus-within [data-field-menu]': { opacity: 1 },
  },
  head: { display: 'flex', alignItems: 'center', gap: '6px', minHeight: '22px' },
  name: {
    color: tokens.colorNeutralForeground3,
    fontSize: tokens.fontSizeBase200,
    flexGrow: 1,
    overflowWrap: 'anywhere',
  },
  value: { overflowWrap: 'anywhere', whiteSpace: 'pre-wrap', unicodeBidi: 'isolate' },
  mono: { fontFamily: tokens.fontFamilyMonospace, fontSize: '12.5px' },
  soft: { color: tokens.colorNeutralForeground3 },
  list: { margin: 0, padding: 0 },
  json: {
    margin: '8px 0 0',
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: '12px',
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
  },
});

export interface RecordPaneProps {
  readonly result: HuntResult;
  /** Row number in the result. */
  readonly row: number;
  readonly actions: CellActions;
  readonly onClose: () => void;
  readonly onPrevious?: () => void;
  readonly onNext?: () => void;
}

/** One row in full (spec B 2.5): what it names, its processes, every field with its menu, and the raw JSON. */
export function RecordPane({ result, row, actions, onClose, onPrevious, onNext }: RecordPaneProps) {
  const styles = useStyles();
  const [tab, setTab] = useState<'fields' | 'json'>('fields');
  const record = useMemo(() => rowRecord(result.columns, result.rows[row] ?? []), [result, row]);
  const entities = useMemo(() => rowEntities(record), [record]);
  const lineage = useMemo(() => lineageOf(record), [record]);
  const json = useMemo(() => JSON.stringify(record, null, 2), [record]);
  const [process, setProcess] = useState<string>();
  return (
    <DetailsPane
      title={`Row ${row + 1}`}
      label="Inspected row"
      onClose={onClose}
      {...(onPrevious ? { onPrevious } : {})}
      {...(onNext ? { onNext } : {})}
    >
      {entities.length > 0 ? (
        <PaneSection title="Assets and entities">
          <div className={styles.chips}>
            {entities.map((entity) => (
              <EntityChip key={`${entity.type}|${entity.key}`} entity={entity} />
            ))}
          </div>
        </PaneSection>
      ) : null}
      {lineage.length > 0 ? (
        <PaneSection title="Process tree, as this row records it">
          <ProcessTreeView
            roots={lineage}
            selected={process}
            onSelect={(node) => setProcess(node.key)}
            label="Processes of this row"
          />
        </PaneSection>
      ) : null}
      <div className={styles.tools}>
        <TabList size="small" selectedValue={tab} onTabSelect={(_, data) => setTab(data.value as 'fields' | 'json')}>
          <Tab value="fields">All fields</Tab>
          <Tab value="json">JSON</Tab>
        </TabList>
        <CopyButton value={json} what="row as JSON" />
      </div>
      {tab === 'json' ? (
        <pre className={styles.json} dir="ltr">
          {visibleText(json)}
        </pre>
      ) : (
        <Fields result={result} row={row} record={record} actions={actions} />
      )}
    </DetailsPane>
  );
}

function Fields({
  result,
  row,
  record,
  actions,
}: {
  readonly result: HuntResult;
  readonly row: number;
  readonly record: Readonly<Record<string, unknown>>;
  readonly actions: CellActions;
}) {
  const styles = useStyles();
  const [search, setSearch] = useState('');
  const [withEmpty, setWithEmpty] = useState(false);
  const needle = search.trim().toLowerCase();
  const fields = result.columns
    .map((column, index) => ({ column, index, value: result.rows[row]?.[index] }))
    .filter(
      ({ column, value }) =>
        (withEmpty || !isEmptyCell(value)) &&
        (!needle || column.name.toLowerCase().includes(needle) || cellText(value).toLowerCase().includes(needle)),
    );
  return (
    <>
      <div className={styles.tools}>
        <Input
          size="small"
          type="search"
          placeholder="Find a field or value"
          aria-label="Find a field or value"
          value={search}
          onChange={(_, data) => setSearch(data.value)}
        />
        <Switch label="Empty fields" checked={withEmpty} onChange={(_, data) => setWithEmpty(data.checked)} />
      </div>
      {fields.length === 0 ? <Text className={styles.soft}>No field matches.</Text> : null}
      <dl className={styles.list}>
        {fields.map(({ column, index, value }) => (
          <Field key={index} column={column} value={value} record={record} actions={actions} />
        ))}
      </dl>
    </>
  );
}

interface FieldProps {
  readonly column: HuntResult['columns'][number];
  readonly value: unknown;
  readonly record: Readonly<Record<string, unknown>>;
  readonly actions: CellActions;
}

function Field({ column, value, record, actions }: FieldProps) {
  const styles = useStyles();
  const { zone } = useAppearance();
  const { onWhere, onExtend } = actions;
  const target = cellTarget(column.name, record);
  const text = cellText(value);
  const copy = async () => {
    try {
      await copyText(text);
      notify.success(`Copied ${column.name}`);
    } catch (error) {
      notify.failure(`${column.name} was not copied`, error);
    }
  };
  const shown =
    column.type === 'datetime' && text ? `${gridTime(text, zone)} (${zone === 'utc' ? 'UTC' : 'local time'})` : text;
  return (
    <div className={styles.field}>
      <dt className={styles.head}>
        <span className={styles.name} title={column.type}>
          {visibleText(column.name)}
        </span>
        <Menu>
          <MenuTrigger disableButtonEnhancement>
            <Button
              size="small"
              appearance="subtle"
              data-field-menu=""
              icon={<MoreHorizontal16Regular />}
              aria-label={`Actions for ${column.name}`}
            />
          </MenuTrigger>
          <MenuPopover>
            <MenuList>
              {onWhere ? (
                <>
                  <MenuItem onClick={() => onWhere(condition(column, 'eq', value))}>Filter to this, then run</MenuItem>
                  <MenuItem onClick={() => onWhere(condition(column, 'ne', value))}>Filter this out, then run</MenuItem>
                </>
              ) : null}
              <MenuItem onClick={() => void copy()}>Copy value</MenuItem>
            </MenuList>
          </MenuPopover>
        </Menu>
      </dt>
      <dd className={styles.list}>
        {value !== null && typeof value === 'object' ? (
          <JsonTree
            value={value}
            {...(onWhere
              ? {
                  onInclude: (path, leaf) => onWhere(condition(column, 'eq', leaf, path)),
                  onExclude: (path, leaf) => onWhere(condition(column, 'ne', leaf, path)),
                }
              : {})}
            {...(onExtend ? { onExtend: (path) => onExtend(column.name, path) } : {})}
          />
        ) : isEmptyCell(value) ? (
          <span className={styles.soft}>empty</span>
        ) : target ? (
          <Link to={targetHref(target)} className={styles.value}>
            {visibleText(shown)}
          </Link>
        ) : (
          <span className={`${styles.value} ${column.type === 'string' ? '' : styles.mono}`}>{visibleText(shown)}</span>
        )}
      </dd>
    </div>
  );
}
