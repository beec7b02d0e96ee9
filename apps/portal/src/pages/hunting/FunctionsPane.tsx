import { mergeClasses, Text } from '@fluentui/react-components';
import { People16Regular } from '@fluentui/react-icons/svg/people';
import type { HuntingSchemaInfo, SavedQuery } from '@parapet/schema/wire';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { visibleText } from '../../lib/text.ts';
import { ErrorState } from '../../shell/ErrorState.tsx';
import { TextSkeleton } from '../../shell/Skeletons.tsx';
import { PaneSearch } from './PaneSearch.tsx';
import { SavedMenu } from './SavedMenu.tsx';
import { usePaneStyles } from './SchemaPane.tsx';
import { useSavedQueries } from './saved-queries.ts';

export interface FunctionsPaneProps {
  readonly schema: HuntingSchemaInfo | undefined;
  /** Writes a call at the cursor. */
  readonly onInsert: (text: string) => void;
  /** Opens a body in a tab. */
  readonly onOpen: (saved: SavedQuery) => void;
  readonly onRename: (saved: SavedQuery) => void;
}

/** What queries may call and read besides tables: saved functions, built-in ones, watchlists. */
export function FunctionsPane({ schema, onInsert, onOpen, onRename }: FunctionsPaneProps) {
  const styles = usePaneStyles();
  const { list } = useSavedQueries();
  const [search, setSearch] = useState('');
  if (list.error && !list.data)
    return <ErrorState error={list.error} title="Functions could not be loaded" onRetry={() => void list.refetch()} />;
  if (!list.data || !schema)
    return (
      <div style={{ padding: 12 }}>
        <TextSkeleton lines={6} />
      </div>
    );
  const needle = search.trim().toLowerCase();
  const has = (...texts: readonly string[]): boolean => texts.some((text) => text.toLowerCase().includes(needle));
  const saved = list.data.filter((one) => one.kind === 'function');
  const found = saved.filter((one) => has(one.name, one.description, one.query));
  const builtIn = schema.functions.filter(
    (one) => !saved.some((own) => own.name === one.name) && has(one.name, one.doc),
  );
  const watchlists = schema.watchlists.filter((one) => has(one.alias, ...one.columns.map((column) => column.name)));
  const line = (key: string, title: string, text: ReactNode, onClick: () => void, menu?: ReactNode) => (
    <li key={key} className={styles.line}>
      <button type="button" className={styles.name} title={title} onClick={onClick}>
        {text}
      </button>
      {menu}
    </li>
  );
  const form = (name: string, parameters: string): ReactNode => (
    <span className={styles.text}>
      {name}
      <span className={styles.dim}>({parameters})</span>
    </span>
  );
  const group = (name: string, lines: readonly ReactNode[], empty?: ReactNode): ReactNode =>
    lines.length === 0 && !empty ? null : (
      <div key={name}>
        <Text block weight="semibold" size={200} style={{ padding: '6px 4px' }}>
          {name}
        </Text>
        {lines.length ? <ul className={styles.list}>{lines}</ul> : <div className={styles.facts}>{empty}</div>}
      </div>
    );
  const savedLine = (one: SavedQuery): ReactNode =>
    line(
      one.id,
      `${one.description ? `${one.description}\n\n` : ''}${one.query.slice(0, 600)}`,
      <>
        {form(visibleText(one.name), visibleText(one.parameters))}
        {one.shared ? <People16Regular aria-label="shared" /> : null}
      </>,
      () => onInsert(`${one.name}()`),
      <SavedMenu saved={one} onOpen={onOpen} onRename={onRename} />,
    );
  return (
    <div className={styles.pane}>
      <PaneSearch label="Search functions and watchlists" value={search} onChange={setSearch} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <section className={styles.scroll} aria-label="Functions and watchlists" tabIndex={0}>
        {group(
          'My functions',
          found.filter((one) => one.own).map(savedLine),
          needle ? undefined : 'None yet. Write a query and choose Save › Save as a function.',
        )}
        {group('Shared by others', found.filter((one) => !one.own).map(savedLine))}
        {group(
          'Watchlists',
          watchlists.map((one) =>
            line(
              `list ${one.alias}`,
              one.columns.map((column) => column.name).join(', '),
              <span className={mergeClasses(styles.text)}>{visibleText(one.alias)}</span>,
              () => onInsert(`_GetWatchlist('${one.alias}')`),
            ),
          ),
          needle ? undefined : <Link to="/watchlists">Upload a watchlist</Link>,
        )}
        {group(
          'Built in',
          builtIn.map((one) =>
            line(`built-in ${one.name}`, one.doc, form(one.name, one.parameters), () => onInsert(`${one.name}()`)),
          ),
        )}
        {needle && !found.length && !builtIn.length && !watchlists.length ? (
          <Text className={styles.facts}>No function or watchlist has this in its name.</Text>
        ) : null}
      </section>
    </div>
  );
}
