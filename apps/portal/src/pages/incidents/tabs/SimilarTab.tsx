import { Button, makeStyles, Text, tokens } from '@fluentui/react-components';
import type { IncidentDetail, IncidentMerge, SimilarIncident } from '@parapet/schema/wire';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '../../../api/client.ts';
import { SeverityBadge, StatusBadge } from '../../../components/Badges.tsx';
import { EntityChips } from '../../../components/EntityChip.tsx';
import { Loaded } from '../../../components/Loaded.tsx';
import { notify } from '../../../components/Notifier.tsx';
import { SimpleTable } from '../../../components/SimpleTable.tsx';
import { TimeText } from '../../../components/TimeText.tsx';
import { refreshTriage } from '../../../features/triage/bulk.ts';
import { visibleText } from '../../../lib/text.ts';
import { plural } from '../../../lib/time.ts';
import { EmptyState } from '../../../shell/EmptyState.tsx';
import { words } from '../../../theme/meaning.ts';
import { MergeDialog } from '../parts/merge.tsx';
import { useGrouping, useSimilarIncidents } from '../useIncident.ts';

const useStyles = makeStyles({
  soft: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 },
  head: { margin: '20px 0 8px' },
});

/** Others that look like it, with what they share and how they ended; and what was merged or kept apart by hand. */
export function SimilarTab({ incident, editable }: { readonly incident: IncidentDetail; readonly editable: boolean }) {
  const styles = useStyles();
  const navigate = useNavigate();
  const similar = useSimilarIncidents(incident.id, incident.lastUpdate);
  const [merging, setMerging] = useState<SimilarIncident>();
  return (
    <>
      <Loaded query={similar} what="Similar incidents">
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              title="Nothing similar"
              reason="No other incident shares an entity or a detector with this one."
            />
          ) : (
            <SimpleTable<SimilarIncident>
              label="Similar incidents"
              rows={items}
              rowKey={(row) => row.incident.id}
              columns={[
                { id: 'score', header: 'Likeness', align: 'end', render: (row) => row.score },
                {
                  id: 'name',
                  header: 'Incident',
                  minWidth: 200,
                  width: '26%',
                  render: (row) => (
                    <>
                      <Link to="/incidents/$id" params={{ id: row.incident.id }}>
                        {row.incident.id}: {visibleText(row.incident.name)}
                      </Link>
                      <div className={styles.soft}>
                        <TimeText value={row.incident.lastActivity} />
                      </div>
                    </>
                  ),
                },
                {
                  id: 'shared',
                  header: 'What they share',
                  minWidth: 220,
                  width: '30%',
                  render: (row) => (
                    <>
                      {row.entityCount > 0 ? <EntityChips entities={row.entities} max={4} wrap /> : null}
                      <div className={styles.soft}>
                        {[
                          row.entityCount > 0 ? plural(row.entityCount, 'entity', 'entities') : '',
                          row.rules.length > 0
                            ? `detected by ${row.rules.map(({ title }) => visibleText(title)).join(', ')}`
                            : '',
                          row.techniques.join(', '),
                        ]
                          .filter(Boolean)
                          .join(' · ')}
                      </div>
                    </>
                  ),
                },
                {
                  id: 'severity',
                  header: 'Severity',
                  nowrap: true,
                  render: (row) => <SeverityBadge severity={row.incident.severity} />,
                },
                {
                  id: 'outcome',
                  header: 'Outcome',
                  render: (row) => (
                    <>
                      <StatusBadge status={row.incident.status} />
                      <div className={styles.soft}>
                        {[row.incident.classification, row.incident.determination]
                          .flatMap((each) => (each ? [words(each)] : []))
                          .join(': ') || 'Not classified'}
                      </div>
                    </>
                  ),
                },
                {
                  id: 'assignee',
                  header: 'Assigned to',
                  render: (row) => (row.incident.assignedTo ? visibleText(row.incident.assignedTo) : 'Nobody'),
                },
                ...(editable
                  ? [
                      {
                        id: 'merge',
                        header: 'Merge',
                        render: (row: SimilarIncident) =>
                          row.incident.status === 'resolved' ? (
                            '–'
                          ) : (
                            <Button size="small" onClick={() => setMerging(row)}>
                              Merge
                            </Button>
                          ),
                      },
                    ]
                  : []),
              ]}
            />
          )
        }
      </Loaded>
      <Grouping incident={incident} editable={editable} />
      {merging ? (
        <MergeDialog
          incidents={[incident, merging.incident]}
          onClose={() => setMerging(undefined)}
          onMerged={(into) => {
            if (into !== incident.id) void navigate({ to: '/incidents/$id', params: { id: into } });
          }}
        />
      ) : null}
    </>
  );
}

/** What people and the engine put together or keep apart, and the way back. */
function Grouping({ incident, editable }: { readonly incident: IncidentDetail; readonly editable: boolean }) {
  const styles = useStyles();
  const client = useQueryClient();
  const grouping = useGrouping(incident.id, incident.lastUpdate);
  const at = `/api/incidents/${encodeURIComponent(incident.id)}`;
  const act = (work: Promise<unknown>, done: string, failed: string) =>
    void work
      .then(
        () => notify.success(done),
        (error: unknown) => notify.failure(failed, error),
      )
      .finally(() => refreshTriage(client));
  if (!grouping.data) return null;
  const { merges, separations } = grouping.data;
  return (
    <>
      {merges.length > 0 ? (
        <>
          <Text as="h2" block weight="semibold" size={400} className={styles.head}>
            Merged into this incident
          </Text>
          <SimpleTable<IncidentMerge>
            label="Merged into this incident"
            rows={merges}
            rowKey={(row) => row.id}
            columns={[
              {
                id: 'incident',
                header: 'Incident',
                render: (row) => `${row.incidentId}: ${visibleText(row.incidentName)}`,
              },
              { id: 'alerts', header: 'Alerts', align: 'end', render: (row) => row.alerts },
              { id: 'why', header: 'Why', render: (row) => visibleText(row.reason.text) },
              { id: 'by', header: 'By', render: (row) => visibleText(row.actor) },
              { id: 'at', header: 'When', nowrap: true, render: (row) => <TimeText value={row.at} /> },
              {
                id: 'undo',
                header: 'Take back',
                render: (row) =>
                  row.undoneAt ? (
                    <>
                      Taken back <TimeText value={row.undoneAt} /> by {visibleText(row.undoneBy ?? '')}
                    </>
                  ) : editable && row.canUndo ? (
                    <Button
                      size="small"
                      onClick={() =>
                        act(
                          api.post(`${at}/merges/${encodeURIComponent(row.id)}/undo` as string, {}),
                          'The incidents are apart again',
                          'The merge could not be taken back',
                        )
                      }
                    >
                      Take the merge back
                    </Button>
                  ) : (
                    '–'
                  ),
              },
            ]}
          />
        </>
      ) : null}
      {separations.length > 0 ? (
        <>
          <Text as="h2" block weight="semibold" size={400} className={styles.head}>
            Kept apart
          </Text>
          <SimpleTable
            label="Kept apart"
            rows={separations}
            rowKey={(row) => row.id}
            columns={[
              {
                id: 'incident',
                header: 'Incident',
                render: (row) => (
                  <Link to="/incidents/$id" params={{ id: row.incidentId }}>
                    {row.incidentId}: {visibleText(row.incidentName)}
                  </Link>
                ),
              },
              {
                id: 'origin',
                header: 'Since',
                render: (row) => (
                  <>
                    {row.origin === 'split' ? 'split off' : 'a merge was taken back'} <TimeText value={row.at} /> by{' '}
                    {visibleText(row.actor)}
                  </>
                ),
              },
              { id: 'why', header: 'Why', render: (row) => visibleText(row.comment) || '–' },
              {
                id: 'forget',
                header: 'Let them meet',
                render: (row) =>
                  editable ? (
                    <Button
                      size="small"
                      onClick={() =>
                        act(
                          api.delete(`${at}/separations/${encodeURIComponent(row.id)}`),
                          'Correlation may join them again',
                          'They are still kept apart',
                        )
                      }
                    >
                      Let correlation join them
                    </Button>
                  ) : (
                    '–'
                  ),
              },
            ]}
          />
        </>
      ) : null}
    </>
  );
}
