import { Button, makeStyles, Switch, Text, tokens } from '@fluentui/react-components';
import type { ActivityEntry, AttackStory, IncidentDetail } from '@parapet/schema/wire';
import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { SeverityBadge, Tag } from '../../../components/Badges.tsx';
import { Loaded } from '../../../components/Loaded.tsx';
import { TimeText } from '../../../components/TimeText.tsx';
import { visibleText } from '../../../lib/text.ts';
import { formatCount } from '../../../lib/time.ts';
import { EmptyState } from '../../../shell/EmptyState.tsx';
import { useAppearance } from '../../../theme/Appearance.tsx';
import { categoryLabel, words } from '../../../theme/meaning.ts';
import { activityText } from '../activity.ts';
import { byDay, type Moment, momentsOf } from '../timeline.ts';
import { useIncidentActivity, useStory } from '../useIncident.ts';

/** More lines at once make the page slow and nobody reads them. */
const PAGE = 200;

const useStyles = makeStyles({
  bar: { display: 'flex', gap: '16px', flexWrap: 'wrap', marginBottom: '8px' },
  day: { display: 'block', margin: '14px 0 4px' },
  list: { listStyle: 'none', margin: 0, padding: 0, maxWidth: '1100px' },
  row: {
    display: 'grid',
    gridTemplateColumns: '190px 22px minmax(0, 1fr)',
    gap: '10px',
    padding: '6px 0',
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    overflowWrap: 'anywhere',
  },
  soft: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 },
  dot: {
    width: '10px',
    height: '10px',
    marginTop: '5px',
    marginInlineStart: '4px',
    borderRadius: '50%',
    border: `2px solid ${tokens.colorBrandStroke1}`,
  },
});

/** What the attack did and what was done about it, in one order of time. */
export function TimelineTab({ incident }: { readonly incident: IncidentDetail }) {
  const styles = useStyles();
  const { zone } = useAppearance();
  const story = useStory(incident.id, incident.lastUpdate);
  const activity = useIncidentActivity(incident.id, incident.lastUpdate);
  const [work, setWork] = useState(true);
  const [most, setMost] = useState(PAGE);
  return (
    <Loaded query={story} what="The timeline">
      {(data: AttackStory) => (
        <Loaded query={activity} what="What was done">
          {(log) => (
            <Lines
              story={data}
              entries={work ? log.items : []}
              incident={incident}
              zone={zone}
              most={most}
              onMore={() => setMost(most + PAGE)}
              head={
                <div className={styles.bar}>
                  <Switch
                    label="Show what people and rules did about it"
                    checked={work}
                    onChange={(_, state) => setWork(state.checked)}
                  />
                </div>
              }
            />
          )}
        </Loaded>
      )}
    </Loaded>
  );
}

function Lines({
  story,
  entries,
  incident,
  zone,
  most,
  onMore,
  head,
}: {
  readonly story: AttackStory;
  readonly entries: readonly ActivityEntry[];
  readonly incident: IncidentDetail;
  readonly zone: 'local' | 'utc';
  readonly most: number;
  readonly onMore: () => void;
  readonly head: React.ReactNode;
}) {
  const styles = useStyles();
  const moments = useMemo(() => momentsOf(story.steps, entries), [story, entries]);
  return (
    <>
      {head}
      {moments.length === 0 ? <EmptyState small title="Nothing happened" reason="The incident has no alerts." /> : null}
      {byDay(moments.slice(0, most), zone).map(({ day, moments: of }) => (
        <section key={day} aria-label={day}>
          <Text as="h2" weight="semibold" className={styles.day}>
            {day}
          </Text>
          <ol className={styles.list}>
            {of.map((moment) => (
              <Line key={moment.key} moment={moment} incident={incident} />
            ))}
          </ol>
        </section>
      ))}
      {moments.length > most ? (
        <Button size="small" onClick={onMore} style={{ marginTop: 12 }}>
          Show more ({formatCount(moments.length - most)} left)
        </Button>
      ) : null}
    </>
  );
}

function Line({ moment, incident }: { readonly moment: Moment; readonly incident: IncidentDetail }) {
  const styles = useStyles();
  return (
    <li className={styles.row}>
      <TimeText value={moment.time} mode="absolute" />
      {moment.step ? <SeverityBadge severity={moment.step.severity} iconOnly /> : <span className={styles.dot} />}
      {moment.step ? (
        <div>
          <Link to="/alerts/$id" params={{ id: moment.step.alertId }}>
            {visibleText(moment.step.title)}
          </Link>{' '}
          <Tag>{categoryLabel(moment.step.category)}</Tag>
          <div className={styles.soft}>{visibleText(moment.step.narrative)}</div>
        </div>
      ) : moment.entry ? (
        <div>
          {visibleText(activityText(moment.entry, incident.comments)).slice(0, 500)}{' '}
          <span className={styles.soft}>
            {words(moment.entry.category)} · {visibleText(moment.entry.actor.replace(/^rule:.*/, 'detection rule'))}
          </span>
        </div>
      ) : null}
    </li>
  );
}
