import { Button, makeStyles, tokens } from '@fluentui/react-components';
import type { ActivityEntry, IncidentDetail } from '@parapet/schema/wire';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type RefObject, useState } from 'react';
import { api } from '../../../api/client.ts';
import { useCan } from '../../../api/session.ts';
import { Tag } from '../../../components/Badges.tsx';
import { FilterBar } from '../../../components/FilterBar.tsx';
import { Loaded } from '../../../components/Loaded.tsx';
import { notify } from '../../../components/Notifier.tsx';
import { TimeText } from '../../../components/TimeText.tsx';
import { CommentCard } from '../../../features/comments/CommentCard.tsx';
import { Composer } from '../../../features/comments/Composer.tsx';
import { visibleText } from '../../../lib/text.ts';
import { formatCount } from '../../../lib/time.ts';
import { useStored } from '../../../lib/useStored.ts';
import { EmptyState } from '../../../shell/EmptyState.tsx';
import { words } from '../../../theme/meaning.ts';
import { activityText, commentOf } from '../activity.ts';
import { useIncidentActivity } from '../useIncident.ts';

/** More lines at once make the page slow and nobody reads them. */
const PAGE = 100;

const useStyles = makeStyles({
  columns: { display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: '16px', maxWidth: '980px' },
  list: { listStyle: 'none', margin: 0, padding: 0 },
  entry: {
    display: 'grid',
    gridTemplateColumns: '150px minmax(0, 1fr)',
    gap: '12px',
    padding: '9px 0',
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  soft: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 },
  head: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '8px' },
  actor: { fontWeight: tokens.fontWeightSemibold },
  text: { overflowWrap: 'anywhere' },
});

const CATEGORIES: readonly ActivityEntry['category'][] = [
  'comment',
  'status',
  'assignment',
  'classification',
  'severity',
  'name',
  'tags',
  'task',
  'proposal',
  'alertAdded',
  'merged',
  'created',
];
const ORIGINS: readonly ActivityEntry['origin'][] = ['user', 'correlation', 'rule', 'system'];

export interface ActivityTabProps {
  readonly incident: IncidentDetail;
  readonly composer: RefObject<HTMLTextAreaElement | null>;
  readonly categories: readonly string[];
  readonly origins: readonly string[];
  readonly onFilter: (patch: { readonly categories?: string[]; readonly origins?: string[] }) => void;
}

/** Who did what and when, people and engine alike, and the place to write a comment. */
export function ActivityTab({ incident, composer, categories, origins, onFilter }: ActivityTabProps) {
  const styles = useStyles();
  const [most, setMost] = useState(PAGE);
  const activity = useIncidentActivity(incident.id, incident.lastUpdate);
  return (
    <div className={styles.columns}>
      {incident.status === 'redirected' ? null : <NewComment incident={incident} composer={composer} />}
      <FilterBar
        filters={[
          {
            id: 'category',
            label: 'What',
            options: CATEGORIES.map((value) => ({ value, label: words(value) })),
            selected: categories,
            onChange: (values) => onFilter({ categories: values }),
          },
          {
            id: 'origin',
            label: 'By',
            options: ORIGINS.map((value) => ({ value, label: words(value) })),
            selected: origins,
            onChange: (values) => onFilter({ origins: values }),
          },
        ]}
        onReset={categories.length || origins.length ? () => onFilter({ categories: [], origins: [] }) : undefined}
      />
      <Loaded query={activity} what="The activity log">
        {({ items: entries, total }) => {
          const shown = entries.filter(
            (entry) =>
              (categories.length === 0 || categories.includes(entry.category)) &&
              (origins.length === 0 || origins.includes(entry.origin)),
          );
          return shown.length === 0 ? (
            <EmptyState small title="Nothing matches" reason={`${entries.length} entries are filtered out.`} />
          ) : (
            <>
              <ol className={styles.list} aria-label="Activity, newest first">
                {shown.slice(0, most).map((entry) => (
                  <Entry key={entry.id} entry={entry} incident={incident} />
                ))}
              </ol>
              {shown.length > most ? (
                <Button size="small" onClick={() => setMost(most + PAGE)}>
                  Show more ({formatCount(shown.length - most)} left)
                </Button>
              ) : null}
              {total > entries.length ? (
                <span className={styles.soft}>
                  The newest {formatCount(entries.length)} of {formatCount(total)} entries.
                </span>
              ) : null}
            </>
          );
        }}
      </Loaded>
    </div>
  );
}

function Entry({ entry, incident }: { readonly entry: ActivityEntry; readonly incident: IncidentDetail }) {
  const styles = useStyles();
  const written = commentOf(entry, incident.comments);
  const client = useQueryClient();
  return (
    <li className={styles.entry}>
      <span className={styles.soft}>
        <TimeText value={entry.time} mode="absolute" />
      </span>
      <div>
        <div className={styles.head}>
          <span className={styles.actor}>
            <Actor actor={entry.actor} />
          </span>
          <Tag>{words(entry.category)}</Tag>
          {written ? null : <span className={styles.text}>{visibleText(activityText(entry, incident.comments))}</span>}
        </div>
        {written ? (
          <CommentCard
            comment={written}
            path={`/api/incidents/${encodeURIComponent(incident.id)}`}
            onChanged={() => void client.invalidateQueries({ queryKey: ['/api/incidents'] })}
          />
        ) : null}
      </div>
    </li>
  );
}

function Actor({ actor }: { readonly actor: string }) {
  if (actor.startsWith('rule:'))
    return (
      <Link to="/detections/$id" params={{ id: actor.slice(5) }}>
        Detection rule
      </Link>
    );
  return actor === 'correlation' || actor === 'system' ? words(actor) : visibleText(actor);
}

function NewComment({
  incident,
  composer,
}: {
  readonly incident: IncidentDetail;
  readonly composer: RefObject<HTMLTextAreaElement | null>;
}) {
  const styles = useStyles();
  const client = useQueryClient();
  const allowed = useCan('Alerts.Manage');
  const [text, setText] = useStored(`draft.comment.${incident.id}`, '');
  if (!allowed) return <span className={styles.soft}>Commenting needs the permission Alerts.Manage.</span>;
  return (
    <Composer
      label="Add a comment"
      value={text}
      onChange={setText}
      action="Save comment"
      input={composer}
      onSend={async (written) => {
        try {
          await api.post(`/api/incidents/${encodeURIComponent(incident.id)}/comments`, { text: written });
          setText('');
          await client.invalidateQueries({ queryKey: ['/api/incidents'] });
          return true;
        } catch (error) {
          notify.failure('The comment was not saved. What you wrote is still here.', error);
          return false;
        }
      }}
    />
  );
}
