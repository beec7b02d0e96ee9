import {
  Button,
  Menu,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
  makeStyles,
  Text,
  tokens,
} from '@fluentui/react-components';
import { ArrowUpload20Regular } from '@fluentui/react-icons/svg/arrow-upload';
import { MoreHorizontal20Regular } from '@fluentui/react-icons/svg/more-horizontal';
import { PeopleList20Regular } from '@fluentui/react-icons/svg/people-list';
import type { WatchlistInfo } from '@parapet/schema/wire';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useCan } from '../../api/session.ts';
import { FilterBar } from '../../components/FilterBar.tsx';
import { Loaded } from '../../components/Loaded.tsx';
import { Identifier } from '../../components/Mono.tsx';
import { notify } from '../../components/Notifier.tsx';
import { SimpleTable } from '../../components/SimpleTable.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { HuntLink } from '../../features/hunt-link/HuntLink.tsx';
import { visibleText } from '../../lib/text.ts';
import { formatCount, plural } from '../../lib/time.ts';
import { useUrlState } from '../../lib/urlState.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { PageShell } from '../../shell/PageShell.tsx';
import { useWatchlistChanges, useWatchlists } from './data.ts';
import { NewListDialog } from './parts/NewListDialog.tsx';
import { UploadDialog } from './parts/UploadDialog.tsx';
import { watchlistsSchema } from './search.ts';

const useStyles = makeStyles({
  link: {
    color: tokens.colorNeutralForeground1,
    fontWeight: tokens.fontWeightSemibold,
    textDecoration: 'none',
    ':hover': { color: tokens.colorBrandForegroundLinkHover, textDecoration: 'underline' },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
  name: { display: 'flex', flexDirection: 'column', gap: '1px' },
  soft: { color: tokens.colorNeutralForeground3 },
  actions: { display: 'flex', alignItems: 'center', gap: '4px', margin: '-4px 0' },
});

/** Reads the list in the hunting page. */
export const listQuery = (list: Pick<WatchlistInfo, 'alias'>): string => `_GetWatchlist('${list.alias}')`;

/** Lists of reference values that queries and rules read by their alias. */
export function WatchlistsPage() {
  const styles = useStyles();
  const [state, setState] = useUrlState(watchlistsSchema);
  const lists = useWatchlists();
  const canManage = useCan('DetTune.Manage');
  const navigate = useNavigate();
  const [dialog, setDialog] = useState<'upload' | 'new'>();
  const { remove } = useWatchlistChanges();
  const needle = state.search.trim().toLowerCase();
  const open = (list: WatchlistInfo) => void navigate({ to: '/watchlists/$id', params: { id: list.id } });
  const removeList = (list: WatchlistInfo) =>
    void remove(list).catch((error: unknown) => notify.failure(`${list.name} was not deleted`, error));
  const upload = (
    <Button size="small" appearance="primary" icon={<ArrowUpload20Regular />} onClick={() => setDialog('upload')}>
      Upload a list
    </Button>
  );
  return (
    <PageShell
      title="Watchlists"
      purpose="Tables of your own, such as VIP users or office addresses, that queries and rules read by their alias."
      commands={
        canManage ? (
          <>
            {upload}
            <Button size="small" onClick={() => setDialog('new')}>
              New empty list
            </Button>
          </>
        ) : undefined
      }
      filters={
        <FilterBar
          filters={[]}
          search={{
            value: state.search,
            onChange: (search) => setState({ search }),
            placeholder: 'Name, alias or description',
          }}
        />
      }
    >
      <Loaded query={lists} what="The watchlists">
        {(all) => {
          const shown = all.filter((list) =>
            [list.name, list.alias, list.description].some((text) => text.toLowerCase().includes(needle)),
          );
          if (all.length === 0)
            return (
              <EmptyState
                icon={PeopleList20Regular}
                title="No watchlists yet"
                reason="Upload a CSV, TSV or JSON file with a column that identifies each row: an address, an account, a host name. Queries then read it with _GetWatchlist('alias')."
                action={canManage ? upload : 'Needs the permission DetTune.Manage.'}
              />
            );
          if (shown.length === 0)
            return (
              <EmptyState
                icon={PeopleList20Regular}
                title="No watchlist has this in its name"
                action={<Button onClick={() => setState({ search: '' })}>Show all watchlists</Button>}
              />
            );
          return (
            <>
              <SimpleTable<WatchlistInfo>
                label="Watchlists"
                rows={shown}
                rowKey={(list) => list.id}
                columns={[
                  {
                    id: 'name',
                    header: 'Watchlist',
                    minWidth: 220,
                    render: (list) => (
                      <div className={styles.name}>
                        <Link to="/watchlists/$id" params={{ id: list.id }} className={styles.link}>
                          {visibleText(list.name)}
                        </Link>
                        {list.description ? (
                          <Text size={200} className={styles.soft}>
                            {visibleText(list.description)}
                          </Text>
                        ) : null}
                      </div>
                    ),
                  },
                  {
                    id: 'alias',
                    header: 'Alias',
                    render: (list) => <Identifier value={list.alias} what="alias" max={32} />,
                  },
                  { id: 'rows', header: 'Rows', align: 'end', render: (list) => formatCount(list.items) },
                  { id: 'key', header: 'SearchKey', render: (list) => visibleText(list.searchKey) },
                  { id: 'source', header: 'Source', minWidth: 120, render: (list) => visibleText(list.source) },
                  { id: 'by', header: 'Changed by', render: (list) => visibleText(list.updatedBy) },
                  { id: 'at', header: 'Changed', nowrap: true, render: (list) => <TimeText value={list.updatedAt} /> },
                  {
                    id: 'do',
                    header: 'Actions',
                    width: '96px',
                    render: (list) => (
                      <div className={styles.actions}>
                        <HuntLink query={listQuery(list)} as="icon" label={`Query ${list.name}`} />
                        {canManage ? (
                          <Menu>
                            <MenuTrigger disableButtonEnhancement>
                              <Button
                                size="small"
                                appearance="subtle"
                                icon={<MoreHorizontal20Regular />}
                                aria-label={`Actions for ${list.name}`}
                              />
                            </MenuTrigger>
                            <MenuPopover>
                              <MenuList>
                                <MenuItem onClick={() => open(list)}>Open</MenuItem>
                                <MenuItem onClick={() => removeList(list)}>Delete</MenuItem>
                              </MenuList>
                            </MenuPopover>
                          </Menu>
                        ) : null}
                      </div>
                    ),
                  },
                ]}
              />
              <Text size={200} className={styles.soft} block style={{ marginTop: 8 }}>
                {plural(shown.length, 'watchlist')}
              </Text>
            </>
          );
        }}
      </Loaded>
      {dialog === 'upload' ? <UploadDialog onClose={() => setDialog(undefined)} onDone={open} /> : null}
      {dialog === 'new' ? <NewListDialog onClose={() => setDialog(undefined)} onDone={open} /> : null}
    </PageShell>
  );
}
