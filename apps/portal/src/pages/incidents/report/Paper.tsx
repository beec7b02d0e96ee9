import { makeStyles } from '@fluentui/react-components';
import type { ReactNode } from 'react';
import { Markdown } from '../../../components/Markdown.tsx';
import { ENTITY_LABEL } from '../../../lib/entity.ts';
import { visibleText } from '../../../lib/text.ts';
import { absoluteTime } from '../../../lib/time.ts';
import { categoryLabel, INCIDENT_STATUS_LABEL, SEVERITY_LABEL, words } from '../../../theme/meaning.ts';
import { activityText } from '../activity.ts';
import { assetGroups, detailOf, MOST_EVIDENCE, type ReportData, SECTION_LABEL, type Section } from './model.ts';
import { StoryPicture } from './StoryPicture.tsx';

const LINE = '1px solid #c9c9c9';

/** Colours are those of paper, also when the portal is dark. */
const useStyles = makeStyles({
  root: {
    fontSize: '13px',
    lineHeight: '18px',
    color: '#1b1b1b',
    overflowWrap: 'anywhere',
    '& h1': { fontSize: '20px', lineHeight: '26px', margin: '0 0 4px', unicodeBidi: 'isolate' },
    '& h2': { fontSize: '16px', margin: '22px 0 8px', paddingBottom: '4px', borderBottom: LINE, breakAfter: 'avoid' },
    '& h3': { fontSize: '13px', margin: '12px 0 4px', breakAfter: 'avoid' },
    '& table': { borderCollapse: 'collapse', width: '100%' },
    '& th, & td': { textAlign: 'start', verticalAlign: 'top', padding: '3px 6px', borderBottom: LINE },
    '& th': { fontWeight: 600 },
    '& thead': { display: 'table-header-group' },
    '& tr': { breakInside: 'avoid' },
    '& ol': { paddingInlineStart: '24px', margin: 0 },
    '& code': { color: '#1b1b1b', backgroundColor: '#f0f0f0' },
    '& blockquote': { color: '#333333' },
  },
  soft: { color: '#4a4a4a' },
  mono: { fontFamily: 'monospace', fontSize: '12px' },
  comment: { margin: '0 0 10px', breakInside: 'avoid' },
});

const time = (iso: string): string => absoluteTime(iso, 'utc', 'second');

/** The report as it is printed. Times are UTC, so that everybody who reads it means the same instant. */
export function Paper({ data, sections }: { readonly data: ReportData; readonly sections: ReadonlySet<Section> }) {
  const styles = useStyles();
  const { incident, story, alerts, evidence, activity } = data;
  const part = (section: Section, body: () => ReactNode) =>
    sections.has(section) ? (
      <section key={section}>
        <h2>{SECTION_LABEL[section]}</h2>
        {body()}
      </section>
    ) : null;
  return (
    <div className={styles.root}>
      <h1>{visibleText(incident.name)}</h1>
      <div className={styles.soft}>
        Incident {incident.id} · made {time(data.madeAt)} by {visibleText(data.madeBy)}
      </div>
      {part('overview', () => (
        <>
          <Table
            head={['Field', 'Value']}
            rows={[
              ['Status', INCIDENT_STATUS_LABEL[incident.status]],
              ['Severity', SEVERITY_LABEL[incident.severity]],
              [
                'Priority',
                `${incident.priorityScore} of 100: ${incident.priorityTerms.map(({ label, points }) => `${label} ${points}`).join(', ')}`,
              ],
              ['Assigned to', incident.assignedTo ?? 'Nobody'],
              [
                'Verdict',
                [incident.classification, incident.determination]
                  .flatMap((each) => (each ? [words(each)] : []))
                  .join(', ') || 'Not set',
              ],
              ['Alerts', `${incident.activeAlerts} open of ${incident.totalAlerts}`],
              ['First activity', time(incident.firstActivity)],
              ['Last activity', time(incident.lastActivity)],
              ['Categories', incident.categories.map(categoryLabel).join(', ')],
              ['Tags', incident.tags.join(', ') || 'None'],
            ]}
          />
          {incident.outsideAlerts > 0 ? (
            <p>{incident.outsideAlerts} alerts of this incident are outside the scope of who made this report.</p>
          ) : null}
          {incident.description ? <Markdown text={incident.description} /> : null}
          {incident.resolvingComment ? (
            <>
              <h3>How it ended</h3>
              <Markdown text={incident.resolvingComment} />
            </>
          ) : null}
        </>
      ))}
      {part('story', () => (
        <>
          <StoryPicture story={story} />
          <ol>
            {story.steps.slice(0, 500).map((step) => (
              <li key={step.alertId}>
                <span className={styles.soft}>{time(step.time)}</span> {visibleText(step.narrative)}
              </li>
            ))}
          </ol>
          <Rest shown={Math.min(500, story.steps.length)} total={story.steps.length} />
        </>
      ))}
      {part('assets', () =>
        assetGroups(data.assets.items).map(({ type, shown, all }) => (
          <div key={type}>
            <h3>
              {ENTITY_LABEL[type]} ({all})
            </h3>
            <Table
              head={['Asset', 'Highest severity', 'Alerts', 'Role']}
              rows={shown.map((asset) => [
                asset.entity.label,
                SEVERITY_LABEL[asset.highestSeverity],
                String(asset.alertCount),
                asset.roles.map(words).join(', '),
              ])}
            />
            <Rest shown={shown.length} total={all} />
          </div>
        )),
      )}
      {part('alerts', () => (
        <>
          <Table
            head={['First activity', 'Alert', 'Severity', 'Status', 'Category', 'Why it is here']}
            rows={alerts.items.map((alert) => [
              time(alert.firstActivity),
              alert.title,
              SEVERITY_LABEL[alert.severity],
              words(alert.status),
              categoryLabel(alert.category),
              alert.mergeReason.text,
            ])}
          />
          <Rest shown={alerts.items.length} total={alerts.total} />
        </>
      ))}
      {part('evidence', () => (
        <>
          <Table
            head={['Kind', 'Evidence', 'Detail', 'First seen']}
            rows={evidence.items
              .slice(0, MOST_EVIDENCE)
              .map((one) => [
                ENTITY_LABEL[one.entity.type],
                one.entity.label,
                detailOf(one.entity),
                time(one.firstSeen),
              ])}
          />
          <Rest shown={Math.min(MOST_EVIDENCE, evidence.items.length)} total={evidence.total} />
        </>
      ))}
      {part('tasks', () =>
        data.tasks.length === 0 ? (
          <p>None.</p>
        ) : (
          <Table
            head={['Task', 'State', 'Who', 'Until']}
            rows={data.tasks.map((task) => [
              task.title,
              task.state,
              task.owner ?? '–',
              task.dueAt ? time(task.dueAt) : '–',
            ])}
          />
        ),
      )}
      {part('comments', () =>
        incident.comments.length === 0 ? (
          <p>None.</p>
        ) : (
          incident.comments.map((comment) => (
            <div key={comment.id} className={styles.comment}>
              <div className={styles.soft}>
                {visibleText(comment.author)}, {time(comment.createdAt)}
              </div>
              <Markdown text={comment.text} />
            </div>
          ))
        ),
      )}
      {part('activity', () => (
        <>
          <Table
            head={['Time', 'By', 'What']}
            rows={activity.items.map((entry) => [
              time(entry.time),
              entry.actor,
              activityText(entry, incident.comments).slice(0, 1_000),
            ])}
          />
          <Rest shown={activity.items.length} total={activity.total} />
        </>
      ))}
    </div>
  );
}

function Table({ head, rows }: { readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] }) {
  return (
    <table>
      <thead>
        <tr>
          {head.map((each) => (
            <th key={each} scope="col">
              {each}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((cells, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows of paper have no identity
          <tr key={index}>
            {cells.map((cell, column) => (
              <td key={head[column]} dir="auto">
                {visibleText(cell)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Rest({ shown, total }: { readonly shown: number; readonly total: number }) {
  return total > shown ? (
    <p>
      {shown} of {total} are shown.
    </p>
  ) : null;
}
