import { MessageBar, MessageBarBody, makeStyles, mergeClasses, Text, tokens } from '@fluentui/react-components';
import { TextBulletListTree24Regular } from '@fluentui/react-icons/svg/text-bullet-list-tree';
import type { AlertDetail, AlertEvent, ProcessTree } from '@parapet/schema/wire';
import type { UseQueryResult } from '@tanstack/react-query';
import { EntityChip } from '../../../components/EntityChip.tsx';
import { Facts, PaneSection } from '../../../components/Facts.tsx';
import { Loaded } from '../../../components/Loaded.tsx';
import { TimeText } from '../../../components/TimeText.tsx';
import { HuntLink } from '../../../features/hunt-link/HuntLink.tsx';
import { ProcessTreeView } from '../../../features/process-tree/index.ts';
import { rowEntities } from '../../../features/results-grid/index.ts';
import { JsonTree } from '../../../features/results-grid/JsonTree.tsx';
import { visibleText } from '../../../lib/text.ts';
import { plural } from '../../../lib/time.ts';
import { EmptyState } from '../../../shell/EmptyState.tsx';
import { words } from '../../../theme/meaning.ts';

const useStyles = makeStyles({
  notes: { display: 'flex', flexDirection: 'column', gap: '6px', marginBottom: '12px' },
  soft: { color: tokens.colorNeutralForeground3 },
  list: { listStyle: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: '2px' },
  event: {
    display: 'grid',
    gridTemplateColumns: '190px minmax(0, 1fr)',
    gap: '2px 14px',
    width: '100%',
    padding: '8px 10px',
    textAlign: 'left',
    border: 'none',
    borderLeft: '3px solid transparent',
    fontFamily: 'inherit',
    fontSize: tokens.fontSizeBase300,
    color: tokens.colorNeutralForeground1,
    backgroundColor: 'transparent',
    borderRadius: tokens.borderRadiusMedium,
    cursor: 'pointer',
    ':hover': { backgroundColor: tokens.colorNeutralBackground1Hover },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  selected: { backgroundColor: tokens.colorNeutralBackground1Selected, borderLeftColor: tokens.colorBrandStroke1 },
  what: { overflowWrap: 'anywhere', unicodeBidi: 'isolate' },
  chips: { display: 'flex', flexWrap: 'wrap', gap: '6px' },
});

/** Events have no id of their own in every table. */
export function eventKey(event: AlertEvent, index: number): string {
  return `event:${event.table}:${event.reportId}:${index}`;
}

export interface AlertStoryProps {
  readonly alert: AlertDetail;
  readonly tree: UseQueryResult<ProcessTree>;
  readonly selected: string | undefined;
  readonly onSelect: (key: string) => void;
}

/** What happened: the process tree from telemetry, or the events in order where processes are not the point. */
export function AlertStory({ alert, tree, selected, onSelect }: AlertStoryProps) {
  const styles = useStyles();
  return (
    <Loaded query={tree} what="The alert story">
      {(story) => {
        const events = story.events.length > 0 ? story.events : story.roots.length === 0 ? alert.events : [];
        return (
          <>
            {story.gaps.length > 0 ? (
              <div className={styles.notes}>
                {story.gaps.map((gap) => (
                  <MessageBar key={gap} intent="warning">
                    <MessageBarBody>{visibleText(gap)}</MessageBarBody>
                  </MessageBar>
                ))}
              </div>
            ) : null}
            {story.roots.length > 0 ? (
              <>
                <Text as="p" size={200} className={styles.soft} style={{ margin: '0 0 8px' }}>
                  Processes on {visibleText(story.deviceName || story.deviceId)}; marked ones belong to this alert.
                  Choose one to see what it did.
                </Text>
                <ProcessTreeView
                  roots={story.roots}
                  selected={selected}
                  onSelect={(node) => onSelect(node.key)}
                  label={`Process tree of ${visibleText(alert.title)}`}
                />
              </>
            ) : null}
            {events.length > 0 ? (
              <EventList alert={alert} events={events} selected={selected} onSelect={onSelect} />
            ) : null}
            {story.roots.length === 0 && events.length === 0 ? (
              <EmptyState
                icon={TextBulletListTree24Regular}
                title="No telemetry is left for this story"
                reason="The rows behind this alert are older than what is kept. The evidence and the rule are still here."
              />
            ) : null}
          </>
        );
      }}
    </Loaded>
  );
}

/** The words that tell most about a row, in the order people look for them. */
const TELLING = [
  'ActionType',
  'FileName',
  'ProcessCommandLine',
  'AccountName',
  'RemoteUrl',
  'RemoteIP',
  'IPAddress',
  'RegistryKey',
  'ServiceName',
  'Title',
];

function summary(event: AlertEvent): string {
  const parts = TELLING.flatMap((name) => {
    const value = event.row[name];
    return typeof value === 'string' && value ? [name === 'ActionType' ? words(value) : value] : [];
  });
  return visibleText(parts.slice(0, 4).join(' · ')) || event.table;
}

function EventList({
  alert,
  events,
  selected,
  onSelect,
}: Pick<AlertStoryProps, 'alert' | 'selected' | 'onSelect'> & { readonly events: readonly AlertEvent[] }) {
  const styles = useStyles();
  return (
    <>
      <Text as="p" size={200} className={styles.soft} style={{ margin: '0 0 8px' }}>
        {alert.eventCount > events.length
          ? `The first ${events.length} of ${plural(alert.eventCount, 'event')}, in order of time.`
          : `${plural(events.length, 'event')}, in order of time.`}
      </Text>
      <ol className={styles.list}>
        {events.map((event, index) => {
          const key = eventKey(event, index);
          return (
            <li key={key}>
              <button
                type="button"
                className={mergeClasses(styles.event, key === selected && styles.selected)}
                aria-pressed={key === selected}
                onClick={() => onSelect(key)}
              >
                <TimeText value={event.time} mode="absolute" />
                <span className={styles.what}>{summary(event)}</span>
              </button>
            </li>
          );
        })}
      </ol>
    </>
  );
}

/** One event in full: what it names, the raw row, the way to hunting. */
export function EventDetails({ event }: { readonly event: AlertEvent }) {
  const styles = useStyles();
  const entities = rowEntities(event.row);
  return (
    <>
      <Facts
        rows={[
          { label: 'Time', value: <TimeText value={event.time} mode="absolute" precision="milli" /> },
          { label: 'Table', value: event.table },
          event.reportId ? { label: 'Report id', value: visibleText(event.reportId) } : undefined,
        ]}
      />
      {entities.length > 0 ? (
        <PaneSection title="Entities">
          <div className={styles.chips}>
            {entities.map((entity) => (
              <EntityChip key={`${entity.type}|${entity.key}`} entity={entity} />
            ))}
          </div>
        </PaneSection>
      ) : null}
      <PaneSection title="Hunt">
        <HuntLink query={event.huntingQuery} as="button">
          Hunt for this row
        </HuntLink>
      </PaneSection>
      <PaneSection title="Raw row">
        <JsonTree value={event.row} />
      </PaneSection>
    </>
  );
}
