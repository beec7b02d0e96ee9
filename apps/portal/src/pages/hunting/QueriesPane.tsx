import {
  Button,
  Menu,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
  mergeClasses,
  Text,
} from '@fluentui/react-components';
import { MoreHorizontal16Regular } from '@fluentui/react-icons/svg/more-horizontal';
import { People16Regular } from '@fluentui/react-icons/svg/people';
import type { LibraryQuery, QueryRun, SavedQuery } from '@parapet/schema/wire';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { copyText } from '../../components/CopyButton.tsx';
import { HrefLink } from '../../components/HrefLink.tsx';
import { notify } from '../../components/Notifier.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { visibleText } from '../../lib/text.ts';
import { duration, formatCount } from '../../lib/time.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { ErrorState } from '../../shell/ErrorState.tsx';
import { TextSkeleton } from '../../shell/Skeletons.tsx';
import { PaneSearch } from './PaneSearch.tsx';
import { SavedMenu } from './SavedMenu.tsx';
import { SavedTree } from './SavedTree.tsx';
import { usePaneStyles } from './SchemaPane.tsx';
import { useHistory, useSavedQueries } from './saved-queries.ts';

export interface QueriesPaneProps {
  readonly onOpen: (saved: SavedQuery) => void;
  /** Ask for a new name. */
  readonly onRename: (saved: SavedQuery) => void;
  readonly onLibrary: (query: LibraryQuery) => void;
}

/** Saved queries: one's own, shared ones, and those that come as files; each in folders. */
export function QueriesPane({ onOpen, onRename, onLibrary }: QueriesPaneProps) {
  const styles = usePaneStyles();
  const { list } = useSavedQueries();
  const library = useQuery({
    queryKey: ['hunting', 'library'],
    queryFn: async ({ signal }) => (await api.get('/api/hunting/library', {}, signal)).items,
    staleTime: 60_000,
  });
  const [search, setSearch] = useState('');
  if (list.error && !list.data)
    return (
      <ErrorState error={list.error} title="Saved queries could not be loaded" onRetry={() => void list.refetch()} />
    );
  if (!list.data)
    return (
      <div style={{ padding: 12 }}>
        <TextSkeleton lines={6} />
      </div>
    );
  const queries = list.data.filter((saved) => saved.kind === 'query');
  const needle = search.trim().toLowerCase();
  const fits = ({ name, query, folder }: Pick<SavedQuery, 'name' | 'query' | 'folder'>): boolean =>
    !needle || `${name}\n${folder}\n${query}`.toLowerCase().includes(needle);
  const files = (library.data ?? []).filter(fits);
  const found = queries.filter(fits);
  const line = (saved: SavedQuery) => (
    <li key={saved.id} className={styles.line}>
      <button type="button" className={styles.name} title={saved.query.slice(0, 600)} onClick={() => onOpen(saved)}>
        <span className={styles.text}>{visibleText(saved.name)}</span>
        {saved.shared ? <People16Regular aria-label="shared" /> : null}
      </button>
      <SavedMenu saved={saved} onRename={onRename} />
    </li>
  );
  const groups = [
    {
      name: 'My queries',
      items: found.filter((saved) => saved.own),
      empty: 'None yet. Write a query and choose Save; it stays with you unless you share it.',
    },
    { name: 'Shared by others', items: found.filter((saved) => !saved.own), empty: '' },
  ];
  return (
    <div className={styles.pane}>
      <PaneSearch label="Search saved queries" value={search} onChange={setSearch} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <section className={styles.scroll} aria-label="Saved queries" tabIndex={0}>
        {groups.map((group) =>
          group.items.length === 0 && (needle || !group.empty) ? null : (
            <div key={group.name}>
              <Text block weight="semibold" size={200} style={{ padding: '6px 4px' }}>
                {group.name}
              </Text>
              {group.items.length === 0 ? (
                <Text block className={styles.facts}>
                  {group.empty}
                </Text>
              ) : (
                <SavedTree
                  id={group.name}
                  items={group.items}
                  folderOf={(saved) => saved.folder}
                  render={line}
                  open={needle !== ''}
                />
              )}
            </div>
          ),
        )}
        {files.length > 0 ? (
          <div>
            <Text block weight="semibold" size={200} style={{ padding: '6px 4px' }}>
              Community
            </Text>
            <SavedTree
              id="library"
              items={files}
              folderOf={(one) => one.folder}
              open={needle !== ''}
              render={(one) => (
                <li key={one.id} className={styles.line}>
                  <button
                    type="button"
                    className={styles.name}
                    title={`${one.description}\n\n${one.query.slice(0, 600)}`}
                    onClick={() => onLibrary(one)}
                  >
                    <span className={styles.text}>{visibleText(one.name)}</span>
                  </button>
                </li>
              )}
            />
          </div>
        ) : null}
        {needle && found.length === 0 && files.length === 0 ? (
          <Text className={styles.facts}>No query has this in its name, folder or text.</Text>
        ) : null}
      </section>
    </div>
  );
}

/** The last 30 runs of the signed-in person within 28 days. */
export function HistoryPane({ onOpen }: { readonly onOpen: (run: QueryRun, again: boolean) => void }) {
  const styles = usePaneStyles();
  const history = useHistory();
  if (history.error && !history.data)
    return (
      <ErrorState
        error={history.error}
        title="The history could not be loaded"
        onRetry={() => void history.refetch()}
      />
    );
  if (!history.data)
    return (
      <div style={{ padding: 12 }}>
        <TextSkeleton lines={6} />
      </div>
    );
  if (history.data.length === 0)
    return <EmptyState small title="Nothing was run yet" reason="Every query you run is kept here for 28 days." />;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section className={styles.scroll} aria-label="Query history" tabIndex={0} style={{ paddingTop: 8 }}>
      <ul className={styles.list}>
        {history.data.map((run) => (
          <li key={run.id} className={styles.line}>
            <button
              type="button"
              className={styles.name}
              style={{ display: 'block' }}
              title={run.query.slice(0, 1_000)}
              onClick={() => onOpen(run, false)}
            >
              <span className={mergeClasses(styles.text)} style={{ display: 'block' }}>
                {visibleText(run.query.trim().replace(/\s+/g, ' ').slice(0, 120))}
              </span>
              <span className={styles.soft}>
                <TimeText value={run.startedAt} /> ·{' '}
                {run.state === 'completed'
                  ? `${formatCount(run.rows)} rows in ${duration(run.elapsedMs)}`
                  : run.state === 'cancelled'
                    ? 'cancelled'
                    : `failed${run.error ? `: ${visibleText(run.error.slice(0, 80))}` : ''}`}
              </span>
            </button>
            <Menu>
              <MenuTrigger disableButtonEnhancement>
                <Button
                  size="small"
                  appearance="subtle"
                  data-line-menu=""
                  className={styles.menu}
                  icon={<MoreHorizontal16Regular />}
                  aria-label={`Actions for the query ${visibleText(run.query.trim().slice(0, 40))}`}
                />
              </MenuTrigger>
              <MenuPopover>
                <MenuList>
                  <MenuItem onClick={() => onOpen(run, true)}>Run again</MenuItem>
                  <MenuItem onClick={() => onOpen(run, false)}>Open in a tab</MenuItem>
                  <MenuItem
                    onClick={() =>
                      void copyText(run.query).then(
                        () => notify.success('Copied the query'),
                        (error: unknown) => notify.failure('The query was not copied', error),
                      )
                    }
                  >
                    Copy the query
                  </MenuItem>
                </MenuList>
              </MenuPopover>
            </Menu>
          </li>
        ))}
      </ul>
      <div className={styles.facts}>
        <HrefLink href="/hunting/usage">All runs of 30 days, with what they took</HrefLink>
      </div>
    </section>
  );
}
