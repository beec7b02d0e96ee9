import { Button, makeStyles, Tab, TabList, Text, tokens } from '@fluentui/react-components';
import { Add20Regular } from '@fluentui/react-icons/svg/add';
import { ArrowUpload20Regular } from '@fluentui/react-icons/svg/arrow-upload';
import { PeopleList20Regular } from '@fluentui/react-icons/svg/people-list';
import type { Page, WatchlistInfo, WatchlistItem } from '@parapet/schema/wire';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { api } from '../../api/client.ts';
import { useCan } from '../../api/session.ts';
import { CopyButton } from '../../components/CopyButton.tsx';
import { Facts } from '../../components/Facts.tsx';
import { FilterBar } from '../../components/FilterBar.tsx';
import { Mono } from '../../components/Mono.tsx';
import { notify } from '../../components/Notifier.tsx';
import { type QueueColumn, QueueGrid } from '../../components/QueueGrid.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { HuntLink } from '../../features/hunt-link/HuntLink.tsx';
import { formatSort, parseSort } from '../../lib/queue.ts';
import { visibleText } from '../../lib/text.ts';
import { formatCount, plural } from '../../lib/time.ts';
import { useUrlState } from '../../lib/urlState.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { ErrorState } from '../../shell/ErrorState.tsx';
import { PageShell } from '../../shell/PageShell.tsx';
import { PageSkeleton } from '../../shell/Skeletons.tsx';
import { useWatchlist, useWatchlistChanges } from './data.ts';
import { DetailsDialog } from './parts/DetailsDialog.tsx';
import { HistoryTab } from './parts/HistoryTab.tsx';
import { ItemDialog } from './parts/ItemDialog.tsx';
import { UploadDialog } from './parts/UploadDialog.tsx';
import { itemsQuery, watchlistSchema } from './search.ts';
import { listQuery } from './WatchlistsPage.tsx';

const crumbs = [{ label: 'Watchlists', to: '/watchlists' }];
/** Columns that the grid shows before somebody chooses others. */
const SHOWN = 8;
const rowId = (item: WatchlistItem) => item.id;

const useStyles = makeStyles({
  head: { display: 'flex', flexDirection: 'column', gap: '4px' },
  title: {
    margin: 0,
    fontSize: tokens.fontSizeBase500,
    lineHeight: tokens.lineHeightBase500,
    fontWeight: tokens.fontWeightSemibold,
    overflowWrap: 'anywhere',
  },
  titleRow: { display: 'flex', alignItems: 'center', gap: '4px', minWidth: 0, flexWrap: 'wrap' },
  meta: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 },
  tabs: { padding: '0 14px', flexShrink: 0 },
  expired: { color: tokens.colorNeutralForeground3 },
  footer: { display: 'flex', gap: '8px' },
});

/** One watchlist: its rows, where they are edited, and its history. */
export function WatchlistPage() {
  const { id = '' } = useParams({ strict: false });
  const list = useWatchlist(id);
  if (!list.data)
    return list.isError ? (
      <PageShell title="Watchlist" crumbs={crumbs}>
        <ErrorState
          error={list.error}
          title="The watchlist could not be loaded"
          onRetry={() => void list.refetch()}
          action={<Link to="/watchlists">Go to the watchlists</Link>}
        />
      </PageShell>
    ) : (
      <PageSkeleton />
    );
  return <WatchlistView key={id} list={list.data} />;
}

function WatchlistView({ list }: { readonly list: WatchlistInfo }) {
  const styles = useStyles();
  const [state, setState] = useUrlState(watchlistSchema);
  const canManage = useCan('DetTune.Manage');
  const navigate = useNavigate();
  const { remove } = useWatchlistChanges();
  const [dialog, setDialog] = useState<'upload' | 'edit' | 'add'>();
  const [editing, setEditing] = useState<WatchlistItem>();
  const name = visibleText(list.name);
  const removeList = () =>
    void remove(list).then(
      () => void navigate({ to: '/watchlists' }),
      (error: unknown) => notify.failure(`${list.name} was not deleted`, error),
    );
  return (
    <PageShell
      title={name}
      crumbs={crumbs}
      fill
      heading={
        <div className={styles.head}>
          <div className={styles.titleRow}>
            <h1 className={styles.title}>{name}</h1>
          </div>
        </div>
      }
      purpose={
        <>
          {list.description ? `${visibleText(list.description)} ` : ''}
          <span className={styles.meta}>
            <Mono>{list.alias}</Mono> <CopyButton value={listQuery(list)} what="query of the list" />
            {' · '}SearchKey {visibleText(list.searchKey)}
            {' · '}
            {plural(list.items, 'row')}
            {list.itemLifeDays === null ? '' : ` · rows live ${plural(list.itemLifeDays, 'day')}`}
            {' · '}
            {visibleText(list.source)}, changed <TimeText value={list.updatedAt} /> by {visibleText(list.updatedBy)}
          </span>
        </>
      }
      commands={
        <>
          <HuntLink query={listQuery(list)} as="button">
            Open in hunting
          </HuntLink>
          {canManage ? (
            <>
              <Button size="small" icon={<ArrowUpload20Regular />} onClick={() => setDialog('upload')}>
                Update from a file
              </Button>
              <Button size="small" onClick={() => setDialog('edit')}>
                Edit
              </Button>
              <Button size="small" onClick={removeList}>
                Delete
              </Button>
            </>
          ) : null}
        </>
      }
      filters={
        state.tab === 'rows' ? (
          <FilterBar
            filters={[]}
            search={{
              value: state.search,
              onChange: (search) => setState({ search, page: 1, row: '' }),
              placeholder: 'Search all columns',
            }}
          />
        ) : undefined
      }
    >
      <TabList
        size="small"
        className={styles.tabs}
        selectedValue={state.tab}
        onTabSelect={(_, data) => setState({ tab: data.value as typeof state.tab, row: '' })}
      >
        <Tab value="rows">Rows</Tab>
        <Tab value="history">History</Tab>
      </TabList>
      {state.tab === 'history' ? (
        <HistoryTab list={list} />
      ) : (
        <Rows
          list={list}
          canManage={canManage}
          onAdd={() => setDialog('add')}
          onUpload={() => setDialog('upload')}
          onEdit={setEditing}
        />
      )}
      {dialog === 'upload' ? <UploadDialog list={list} onClose={() => setDialog(undefined)} /> : null}
      {dialog === 'edit' ? <DetailsDialog list={list} onClose={() => setDialog(undefined)} /> : null}
      {dialog === 'add' ? <ItemDialog list={list} onClose={() => setDialog(undefined)} /> : null}
      {editing ? <ItemDialog list={list} item={editing} onClose={() => setEditing(undefined)} /> : null}
    </PageShell>
  );
}

function Rows({
  list,
  canManage,
  onAdd,
  onUpload,
  onEdit,
}: {
  readonly list: WatchlistInfo;
  readonly canManage: boolean;
  readonly onAdd: () => void;
  readonly onUpload: () => void;
  readonly onEdit: (item: WatchlistItem) => void;
}) {
  const styles = useStyles();
  const [state, setState] = useUrlState(watchlistSchema);
  const { removeItem } = useWatchlistChanges();
  const query = itemsQuery(state);
  const items = useQuery({
    queryKey: ['/api/watchlists', list.id, 'items', query],
    queryFn: ({ signal }): Promise<Page<WatchlistItem>> =>
      api.get(`/api/watchlists/${encodeURIComponent(list.id)}/items`, query, signal),
    placeholderData: keepPreviousData,
  });
  const keyAt = list.columns.indexOf(list.searchKey);
  const columns = useMemo(
    (): readonly QueueColumn<WatchlistItem>[] => [
      ...list.columns.map(
        (column, i): QueueColumn<WatchlistItem> => ({
          id: column,
          header: visibleText(column),
          sortable: true,
          ...(i === keyAt ? { required: true } : { width: 180 }),
          ...(i >= SHOWN && i !== keyAt ? { hidden: true } : {}),
          render: (item) => (
            <span title={visibleText(item.cells[i] ?? '')}>
              {visibleText((item.cells[i] ?? '').replace(/\s+/g, ' ').slice(0, 400)) || '–'}
            </span>
          ),
        }),
      ),
      {
        id: '_updated',
        header: 'Changed',
        width: 128,
        render: (item) => (
          <span className={item.expired ? styles.expired : undefined}>
            <TimeText value={item.updatedAt} />
            {item.expired ? ' · life over' : ''}
          </span>
        ),
      },
    ],
    [list.columns, keyAt, styles.expired],
  );
  const drop = (item: WatchlistItem) => {
    setState({ row: '' });
    void removeItem(list.id, item).catch((error: unknown) => notify.failure('The row was not deleted', error));
  };
  return (
    <QueueGrid
      label="Rows"
      preferenceKey={`grid.watchlist.${list.id}`}
      columns={columns}
      rowId={rowId}
      rowLabel={(item) => visibleText(item.cells[keyAt] ?? '')}
      data={items.data}
      error={items.error}
      isFetching={items.isFetching}
      onRetry={() => void items.refetch()}
      {...(state.sort ? { sort: parseSort(state.sort) } : {})}
      onSort={(sort) => setState({ sort: formatSort(sort), page: 1 })}
      onPage={(page) => setState({ page, row: '' }, { push: true })}
      onPageSize={(pageSize) => setState({ pageSize, page: 1 })}
      openId={state.row || undefined}
      onOpenDetails={(row) => setState({ row: row ?? '' })}
      {...(canManage ? { onOpenPage: onEdit } : {})}
      toolbar={
        <>
          {canManage ? (
            <Button size="small" appearance="primary" icon={<Add20Regular />} onClick={onAdd}>
              Add a row
            </Button>
          ) : null}
          <Text aria-live="polite">
            {items.data
              ? state.search
                ? `${formatCount(items.data.total)} found`
                : plural(items.data.total, 'row')
              : ''}
          </Text>
        </>
      }
      renderPane={(item) => (
        <Facts
          rows={[
            ...list.columns.map((column, i) => ({
              label: visibleText(column),
              value: visibleText(item.cells[i] ?? '') || '–',
            })),
            { label: 'Changed', value: <TimeText value={item.updatedAt} mode="absolute" /> },
            { label: '_DTItemId', value: <Mono>{item.id}</Mono> },
          ]}
        />
      )}
      {...(canManage
        ? {
            paneFooter: (item: WatchlistItem) => (
              <div className={styles.footer}>
                <Button size="small" appearance="primary" onClick={() => onEdit(item)}>
                  Edit the row
                </Button>
                <Button size="small" onClick={() => drop(item)}>
                  Delete the row
                </Button>
              </div>
            ),
          }
        : {})}
      empty={
        state.search ? (
          <EmptyState
            icon={PeopleList20Regular}
            title="No row has this text"
            action={<Button onClick={() => setState({ search: '' })}>Show all rows</Button>}
          />
        ) : (
          <EmptyState
            icon={PeopleList20Regular}
            title="This list has no rows"
            reason={`Its columns are ${list.columns.map(visibleText).join(', ')}.`}
            action={
              canManage ? (
                <>
                  <Button appearance="primary" onClick={onAdd}>
                    Add a row
                  </Button>
                  <Button onClick={onUpload}>Upload a file</Button>
                </>
              ) : undefined
            }
          />
        )
      }
    />
  );
}
