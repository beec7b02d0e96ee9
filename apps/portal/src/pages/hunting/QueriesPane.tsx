import { Input, mergeClasses, Text } from '@fluentui/react-components';
import { People16Regular } from '@fluentui/react-icons/svg/people';
import { Search16Regular } from '@fluentui/react-icons/svg/search';
import type { QueryRun, SavedQuery } from '@parapet/schema/wire';
import { useState } from 'react';
import { TimeText } from '../../components/TimeText.tsx';
import { visibleText } from '../../lib/text.ts';
import { duration, formatCount } from '../../lib/time.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { ErrorState } from '../../shell/ErrorState.tsx';
import { TextSkeleton } from '../../shell/Skeletons.tsx';
import { SavedMenu } from './SavedMenu.tsx';
import { usePaneStyles } from './SchemaPane.tsx';
import { useHistory, useSavedQueries } from './saved-queries.ts';

export interface QueriesPaneProps {
  readonly onOpen: (saved: SavedQuery) => void;
  /** Ask for a new name. */
  readonly onRename: (saved: SavedQuery) => void;
}

/** Saved queries, one's own and shared ones. */
export function QueriesPane({ onOpen, onRename }: QueriesPaneProps) {
  const styles = usePaneStyles();
  const { list } = useSavedQueries();
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
  if (queries.length === 0)
    return (
      <EmptyState
        small
        title="No saved queries yet"
        reason="Write a query and choose Save. It appears here, for you alone or for everyone."
      />
    );
  const needle = search.trim().toLowerCase();
  const found = queries.filter(
    (saved) => !needle || saved.name.toLowerCase().includes(needle) || saved.query.toLowerCase().includes(needle),
  );
  const groups = [
    { name: 'My queries', items: found.filter((saved) => saved.own) },
    { name: 'Shared by others', items: found.filter((saved) => !saved.own) },
  ];
  return (
    <div className={styles.pane}>
      <div className={styles.search}>
        <Input
          size="small"
          type="search"
          style={{ width: '100%' }}
          contentBefore={<Search16Regular />}
          placeholder="Search saved queries"
          aria-label="Search saved queries"
          value={search}
          onChange={(_, data) => setSearch(data.value)}
        />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <section className={styles.scroll} aria-label="Saved queries" tabIndex={0}>
        {groups.map((group) =>
          group.items.length === 0 ? null : (
            <div key={group.name}>
              <Text block weight="semibold" size={200} style={{ padding: '6px 4px' }}>
                {group.name}
              </Text>
              <ul className={styles.list}>
                {group.items.map((saved) => (
                  <li key={saved.id} className={styles.line}>
                    <button
                      type="button"
                      className={styles.name}
                      title={saved.query.slice(0, 600)}
                      onClick={() => onOpen(saved)}
                    >
                      <span className={styles.text}>{visibleText(saved.name)}</span>
                      {saved.shared ? <People16Regular aria-label="shared" /> : null}
                    </button>
                    <SavedMenu saved={saved} onRename={onRename} />
                  </li>
                ))}
              </ul>
            </div>
          ),
        )}
        {found.length === 0 ? <Text className={styles.facts}>No saved query has this in its name or text.</Text> : null}
      </section>
    </div>
  );
}

/** The last 30 runs of the signed-in person within 28 days. */
export function HistoryPane({ onOpen }: { readonly onOpen: (run: QueryRun) => void }) {
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
              onClick={() => onOpen(run)}
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
          </li>
        ))}
      </ul>
    </section>
  );
}
