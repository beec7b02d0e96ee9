import {
  Button,
  Link as FluentLink,
  makeStyles,
  mergeClasses,
  ProgressBar,
  Text,
  tokens,
} from '@fluentui/react-components';
import type { FluentIcon } from '@fluentui/react-icons';
import { Alert16Regular } from '@fluentui/react-icons/svg/alert';
import { Apps16Regular } from '@fluentui/react-icons/svg/apps';
import { BookContacts16Regular } from '@fluentui/react-icons/svg/book-contacts';
import { Circle16Regular } from '@fluentui/react-icons/svg/circle';
import { ClipboardTextLtr16Regular } from '@fluentui/react-icons/svg/clipboard-text-ltr';
import { Cloud16Regular } from '@fluentui/react-icons/svg/cloud';
import { Cube16Regular } from '@fluentui/react-icons/svg/cube';
import { Document16Regular } from '@fluentui/react-icons/svg/document';
import { DocumentText16Regular } from '@fluentui/react-icons/svg/document-text';
import { Flag16Filled } from '@fluentui/react-icons/svg/flag';
import { Globe16Regular } from '@fluentui/react-icons/svg/globe';
import { Key16Regular } from '@fluentui/react-icons/svg/key';
import { Mail16Regular } from '@fluentui/react-icons/svg/mail';
import { Person16Regular } from '@fluentui/react-icons/svg/person';
import { PersonKey16Regular } from '@fluentui/react-icons/svg/person-key';
import type { EntityType, TimelineGroup } from '@parapet/schema/wire';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react';
import * as v from 'valibot';
import { SeverityBadge } from '../../components/Badges.tsx';
import { FilterBar } from '../../components/FilterBar.tsx';
import { useHotkey } from '../../lib/hotkeys.ts';
import { visibleText } from '../../lib/text.ts';
import { absoluteTime, formatCount, plural } from '../../lib/time.ts';
import { url, useUrlState } from '../../lib/urlState.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { ErrorState } from '../../shell/ErrorState.tsx';
import { RowsSkeleton } from '../../shell/Skeletons.tsx';
import { useAppearance } from '../../theme/Appearance.tsx';
import { words } from '../../theme/meaning.ts';
import { gridTime } from '../results-grid/cell-format.ts';
import { EventPane } from './EventPane.tsx';
import { ExportMenu } from './ExportMenu.tsx';
import { Histogram } from './Histogram.tsx';
import { JumpMenu } from './JumpMenu.tsx';
import { aroundRange, GROUP_LABELS, GROUPS, withDays } from './model.ts';
import { RangeMenu } from './RangeMenu.tsx';
import { useFlag } from './useFlag.ts';
import { useTimeline } from './useTimeline.ts';

const ROW = 30;

const ICONS: Readonly<Record<TimelineGroup, FluentIcon>> = {
  process: Apps16Regular,
  network: Globe16Regular,
  file: Document16Regular,
  registry: Key16Regular,
  logon: Person16Regular,
  imageLoad: Cube16Regular,
  other: Circle16Regular,
  alert: Alert16Regular,
  signIn: PersonKey16Regular,
  directory: BookContacts16Regular,
  cloud: Cloud16Regular,
  email: Mail16Regular,
  inventory: ClipboardTextLtr16Regular,
  log: DocumentText16Regular,
};

const schema = v.object({
  types: url.list(GROUPS),
  actionType: url.strings(),
  search: url.text(),
  from: url.text(),
  to: url.text(),
  at: url.text(),
  flagged: url.flag(),
  event: url.text(),
});

const useStyles = makeStyles({
  frame: { display: 'flex', flexGrow: 1, minHeight: 0, minWidth: 0 },
  main: { display: 'flex', flexDirection: 'column', flexGrow: 1, minWidth: 0, minHeight: 0 },
  filters: { padding: '8px 24px 4px', flexShrink: 0 },
  progress: { height: '2px', flexShrink: 0 },
  count: { padding: '2px 24px 4px', color: tokens.colorNeutralForeground3, flexShrink: 0 },
  scroll: {
    flexGrow: 1,
    minHeight: 0,
    overflow: 'auto',
    overflowAnchor: 'none',
    outline: 'none',
    backgroundColor: tokens.colorNeutralBackground1,
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
    ':focus-visible': { boxShadow: `inset 0 0 0 2px ${tokens.colorStrokeFocus2}` },
  },
  list: { position: 'relative', minWidth: '560px' },
  line: {
    position: 'absolute',
    left: 0,
    right: 0,
    top: 0,
    height: `${ROW}px`,
    display: 'grid',
    gridTemplateColumns: '182px 104px minmax(0, 1fr) 160px',
    alignItems: 'center',
    gap: '12px',
    padding: '0 24px',
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
    cursor: 'default',
    ':hover': { backgroundColor: tokens.colorNeutralBackground1Hover },
  },
  narrow: { gridTemplateColumns: '182px 104px minmax(0, 1fr)', '& [data-action]': { display: 'none' } },
  day: {
    gridTemplateColumns: '1fr',
    backgroundColor: tokens.colorNeutralBackground2,
    fontWeight: tokens.fontWeightSemibold,
    fontSize: tokens.fontSizeBase200,
  },
  active: { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  open: { backgroundColor: tokens.colorNeutralBackground1Selected },
  time: { fontFamily: tokens.fontFamilyMonospace, fontSize: '12px', whiteSpace: 'nowrap' },
  kind: {
    display: 'flex',
    alignItems: 'center',
    gap: '6px',
    color: tokens.colorNeutralForeground2,
    fontSize: tokens.fontSizeBase200,
    whiteSpace: 'nowrap',
  },
  marks: { display: 'inline-flex', alignItems: 'center', gap: '6px', flexShrink: 0 },
  flag: { color: tokens.colorPaletteDarkOrangeForeground1, display: 'inline-flex' },
  technique: {
    fontSize: tokens.fontSizeBase100,
    padding: '0 4px',
    border: `1px solid ${tokens.colorNeutralStroke1}`,
    borderRadius: tokens.borderRadiusSmall,
    fontWeight: tokens.fontWeightSemibold,
    whiteSpace: 'nowrap',
  },
  titleCell: { display: 'flex', alignItems: 'center', gap: '6px', minWidth: 0 },
  bar: {
    padding: '4px 24px',
    flexShrink: 0,
    display: 'flex',
    gap: '12px',
    alignItems: 'center',
    backgroundColor: tokens.colorNeutralBackground3,
  },
  title: { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap', unicodeBidi: 'isolate' },
  action: {
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    color: tokens.colorNeutralForeground3,
    fontSize: tokens.fontSizeBase200,
  },
  strong: { fontWeight: tokens.fontWeightSemibold },
});

export interface TimelineProps {
  /** Whose: `/api/entities/<type>/<key>/timeline`. */
  readonly type: EntityType;
  readonly id: string;
  /** "ws-004", for what screen readers hear. */
  readonly name: string;
}

/**
 * Everything recorded of an entity, newest first. The filter, the range and the open event live in the address. Arrow
 * keys, `j` and `k` walk, Enter opens an event beside the list.
 */
export function Timeline({ type, id, name }: TimelineProps) {
  const path = `/api/entities/${type}/${encodeURIComponent(id)}/timeline`;
  const styles = useStyles();
  const { zone } = useAppearance();
  const [state, setState] = useUrlState(schema);
  const { types, actionType, search, from, to, at, flagged } = state;
  const filter = useMemo(
    () => ({ types, actionType, search, from, to, at, flagged }),
    [types, actionType, search, from, to, at, flagged],
  );
  const { query, events, first } = useTimeline(path, filter);
  const lines = useMemo(() => withDays(events, (iso) => absoluteTime(iso, zone, 'date')), [events, zone]);
  const listId = useId().replaceAll(':', '');
  const scroll = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const [focused, setFocused] = useState(false);
  const open = state.event ? events.findIndex((event) => event.id === state.event) : -1;
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW,
    overscan: 10,
  });
  const items = rows.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && lines.length > 0 && lastShown >= lines.length - 30) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage, lastShown, lines.length]);

  const lineOf = (event: number) => lines.findIndex((line) => line.kind === 'event' && line.index === event);
  const go = (index: number) => {
    const next = Math.min(events.length - 1, Math.max(0, index));
    setActive(next);
    rows.scrollToIndex(Math.max(0, lineOf(next)));
    if (state.event) setState({ event: events[next]?.id ?? '' });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor((scroll.current?.clientHeight ?? 300) / ROW) - 1);
    if (event.key === 'ArrowDown') go(active + 1);
    else if (event.key === 'ArrowUp') go(active - 1);
    else if (event.key === 'PageDown') go(active + page);
    else if (event.key === 'PageUp') go(active - page);
    else if (event.key === 'Home') go(0);
    else if (event.key === 'End') go(events.length - 1);
    else if (event.key === '!') flagIt(active);
    else if (event.key === 'Enter' || event.key === ' ') setState({ event: events[active]?.id ?? '' });
    else return;
    event.preventDefault();
  };
  const flags = useFlag(path);
  const flagIt = (index: number) => {
    const event = events[index];
    if (event && flags.allowed) void flags.set(event, !event.flag);
  };
  useHotkey('!', 'Flag the event', 'Timeline', () => flagIt(open >= 0 ? open : active), flags.allowed);
  useHotkey('j', 'Next event', 'Timeline', () => go((open >= 0 ? open : active) + 1));
  useHotkey('k', 'Previous event', 'Timeline', () => go((open >= 0 ? open : active) - 1));

  const reset = () =>
    setState({ types: [], actionType: [], search: '', from: '', to: '', at: '', flagged: false, event: '' });
  const countOf = new Map(first?.groups.map(({ group, count }) => [group, count]));
  const present = GROUPS.filter((group) => !first || countOf.has(group) || types.includes(group));
  const actions = [...new Set([...events.map((event) => event.actionType), ...actionType])].filter(Boolean).sort();
  const filtered = types.length > 0 || actionType.length > 0 || Boolean(search || from || to || at || flagged);
  const opened = open >= 0 ? events[open] : undefined;
  const newest = events[0]?.time;
  return (
    <div className={styles.frame}>
      <div className={styles.main}>
        <div className={styles.filters}>
          <FilterBar
            search={{
              value: search,
              onChange: (text) => setState({ search: text, event: '' }),
              placeholder: 'Search events',
            }}
            filters={[
              {
                id: 'types',
                label: 'Kind',
                options: present.map((value) => {
                  const Icon = ICONS[value];
                  const count = countOf.get(value);
                  return {
                    value,
                    label: count === undefined ? GROUP_LABELS[value] : `${GROUP_LABELS[value]} (${formatCount(count)})`,
                    icon: <Icon />,
                  };
                }),
                selected: types,
                onChange: (values) => setState({ types: values as TimelineGroup[], event: '' }),
              },
              {
                id: 'actionType',
                label: 'Action',
                // What the loaded events did; the filter itself asks the server.
                options: actions.map((value) => ({ value, label: words(value) })),
                selected: actionType,
                onChange: (values) => setState({ actionType: values, event: '' }),
              },
              {
                id: 'flagged',
                label: 'Flag',
                options: [{ value: 'yes', label: 'Flagged only', icon: <Flag16Filled /> }],
                selected: flagged ? ['yes'] : [],
                onChange: (values) => setState({ flagged: values.length > 0, event: '' }),
              },
            ]}
            onReset={filtered ? reset : undefined}
          >
            <RangeMenu
              from={from}
              to={to}
              newest={newest}
              onRange={(begin, end) => setState({ from: begin, to: end, at: '', event: '' }, { push: true })}
            />
            <JumpMenu at={at} newest={first?.to} onJump={(time) => setState({ at: time, event: '' }, { push: true })} />
            <ExportMenu path={path} filter={filter} total={first?.total ?? 0} name={name} />
          </FilterBar>
        </div>
        {first ? (
          <Histogram page={first} onRange={(range) => setState({ ...range, event: '' }, { push: true })} />
        ) : null}
        {at ? (
          <div className={styles.bar}>
            <Text size={200}>Starting at {absoluteTime(at, zone, 'second')}; newer events are above it.</Text>
            <FluentLink as="button" onClick={() => setState({ at: '', event: '' })}>
              Back to the newest
            </FluentLink>
          </div>
        ) : null}
        {first?.leftOut.includes('log') && countOf.has('log') ? (
          <div className={styles.bar}>
            <Text size={200}>
              {plural(countOf.get('log') ?? 0, 'raw log record')} left out, because other rows tell of the same events.
            </Text>
            <FluentLink
              as="button"
              onClick={() => setState({ types: GROUPS.filter((group) => countOf.has(group)), event: '' })}
            >
              Show them too
            </FluentLink>
          </div>
        ) : null}
        <Text size={200} className={styles.count} role="status">
          {first
            ? `${plural(first.total, 'event')}${events.length < first.total ? `, the newest ${formatCount(events.length)} are loaded and more follow as you scroll` : ''}`
            : ''}
        </Text>
        <div className={styles.progress}>
          {query.isFetching && query.data ? <ProgressBar thickness="medium" aria-label="Loading events" /> : null}
        </div>
        {query.isError && !query.data ? (
          <ErrorState
            error={query.error}
            title="The timeline could not be loaded"
            onRetry={() => void query.refetch()}
          />
        ) : !query.data ? (
          <RowsSkeleton />
        ) : events.length === 0 ? (
          <EmptyState
            title={filtered ? 'No event matches these filters' : 'No events recorded'}
            reason={
              filtered
                ? 'Widen the time range or remove a filter.'
                : 'Either no source has sent anything about it, or what was sent has passed its retention.'
            }
            action={filtered ? <Button onClick={reset}>Show all events</Button> : undefined}
          />
        ) : (
          <div
            ref={scroll}
            role="listbox"
            aria-label={`Timeline of ${name}`}
            aria-activedescendant={`${listId}-${active}`}
            tabIndex={0}
            className={styles.scroll}
            onKeyDown={onKeyDown}
            onFocus={() => setFocused(true)}
            onBlur={() => setFocused(false)}
            data-testid="timeline"
          >
            <div className={styles.list} role="presentation" style={{ height: rows.getTotalSize() }}>
              {items.map((item) => {
                const line = lines[item.index]!;
                const style = { transform: `translateY(${item.start}px)` };
                if (line.kind === 'day')
                  return (
                    <div
                      key={`day-${line.day}`}
                      role="presentation"
                      className={mergeClasses(styles.line, styles.day)}
                      style={style}
                    >
                      {line.day}
                    </div>
                  );
                const { event, index } = line;
                const Icon = ICONS[event.group];
                return (
                  // biome-ignore lint/a11y/useKeyWithClickEvents: the list holds the keyboard
                  // biome-ignore lint/a11y/useFocusableInteractive: the list names the active option
                  <div
                    key={event.id}
                    id={`${listId}-${index}`}
                    role="option"
                    aria-selected={index === open}
                    aria-setsize={first?.total ?? events.length}
                    aria-posinset={index + 1}
                    className={mergeClasses(
                      styles.line,
                      opened !== undefined && styles.narrow,
                      focused && index === active && styles.active,
                      index === open && styles.open,
                    )}
                    style={style}
                    onClick={() => {
                      setActive(index);
                      setState({ event: event.id });
                    }}
                  >
                    <span className={styles.time}>{gridTime(event.time, zone)}</span>
                    <span className={styles.kind}>
                      <Icon />
                      {GROUP_LABELS[event.group]}
                    </span>
                    <span className={styles.titleCell}>
                      {event.severity ? <SeverityBadge severity={event.severity} iconOnly /> : null}
                      <span
                        className={mergeClasses(
                          styles.title,
                          (event.group === 'alert' || event.techniques) && styles.strong,
                        )}
                        title={visibleText(event.title)}
                      >
                        {visibleText(event.title)}
                      </span>
                      <span className={styles.marks}>
                        {event.techniques?.slice(0, 2).map((technique) => (
                          <span key={technique} className={styles.technique}>
                            {technique}
                          </span>
                        ))}
                        {event.techniques && event.techniques.length > 2 ? `+${event.techniques.length - 2}` : null}
                        {event.flag ? (
                          <span
                            className={styles.flag}
                            title={`Flagged by ${event.flag.by}${event.flag.note ? `: ${visibleText(event.flag.note)}` : ''}`}
                          >
                            <Flag16Filled aria-label="Flagged" />
                          </span>
                        ) : null}
                      </span>
                    </span>
                    <span className={styles.action} data-action="">
                      {words(event.actionType)}
                    </span>
                  </div>
                );
              })}
            </div>
          </div>
        )}
      </div>
      {opened ? (
        <EventPane
          key={opened.id}
          event={opened}
          onClose={() => {
            setState({ event: '' });
            setActive(open);
            scroll.current?.focus();
          }}
          {...(open > 0 ? { onPrevious: () => go(open - 1) } : {})}
          {...(open < events.length - 1 ? { onNext: () => go(open + 1) } : {})}
          onAround={(minutes) =>
            setState(
              { ...aroundRange(opened.time, minutes), types: [], actionType: [], search: '', at: '', flagged: false },
              { push: true },
            )
          }
          {...(flags.allowed ? { onFlag: (flagged: boolean, note: string) => flags.set(opened, flagged, note) } : {})}
        />
      ) : null}
    </div>
  );
}
