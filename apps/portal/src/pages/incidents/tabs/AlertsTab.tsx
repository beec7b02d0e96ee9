import { Button, makeStyles, tokens } from '@fluentui/react-components';
import type { AlertChanges, IncidentAlert, IncidentDetail } from '@parapet/schema/wire';
import { Link, useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useCan } from '../../../api/session.ts';
import { SeverityBadge, StatusBadge, Tag } from '../../../components/Badges.tsx';
import { EntityChip, EntityChips } from '../../../components/EntityChip.tsx';
import { PaneSection } from '../../../components/Facts.tsx';
import { type QueueColumn, QueueGrid } from '../../../components/QueueGrid.tsx';
import { TimeText } from '../../../components/TimeText.tsx';
import { BulkBar, OutcomeDialog } from '../../../features/triage/BulkBar.tsx';
import { useBulk } from '../../../features/triage/bulk.ts';
import { useLiveList } from '../../../lib/liveList.ts';
import { gridProps, useSelection } from '../../../lib/queue.ts';
import { visibleText } from '../../../lib/text.ts';
import { plural } from '../../../lib/time.ts';
import { EmptyState } from '../../../shell/EmptyState.tsx';
import { categoryLabel, words } from '../../../theme/meaning.ts';
import { ALERT_CSV } from '../../alerts/columns.tsx';
import { AlertFacts } from '../../alerts/parts/AlertFacts.tsx';
import { AssignMenu, ClassifyDialog, StatusMenu } from '../../alerts/parts/ManageMenus.tsx';
import { MoveDialog } from '../parts/MoveDialog.tsx';
import { useQueueLink } from '../parts/useQueueLink.ts';

const useStyles = makeStyles({
  why: { display: 'flex', flexDirection: 'column', gap: '6px', overflowWrap: 'anywhere' },
  codes: { display: 'flex', flexWrap: 'wrap', gap: '4px', alignItems: 'center' },
  soft: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 },
});

const rowId = (row: IncidentAlert) => row.id;

function TitleLink({ alert }: { readonly alert: IncidentAlert }) {
  const styles = useQueueLink();
  return (
    <Link to="/alerts/$id" params={{ id: alert.id }} className={styles.link} title={visibleText(alert.title)}>
      {visibleText(alert.title)}
    </Link>
  );
}

const COLUMNS: readonly QueueColumn<IncidentAlert>[] = [
  {
    id: 'time',
    header: 'First activity',
    width: 178,
    render: (row) => <TimeText value={row.firstActivity} mode="absolute" />,
  },
  { id: 'title', header: 'Alert', required: true, render: (row) => <TitleLink alert={row} /> },
  { id: 'severity', header: 'Severity', width: 122, render: (row) => <SeverityBadge severity={row.severity} /> },
  { id: 'status', header: 'Status', width: 116, render: (row) => <StatusBadge status={row.status} /> },
  {
    id: 'assets',
    header: 'Impacted assets',
    width: 220,
    render: (row) => <EntityChips entities={row.impactedAssets} />,
  },
  {
    id: 'why',
    header: 'Why it is here',
    width: 320,
    render: (row) => <span title={visibleText(row.mergeReason.text)}>{visibleText(row.mergeReason.text)}</span>,
  },
  { id: 'category', header: 'Category', width: 150, render: (row) => categoryLabel(row.category) },
  { id: 'source', header: 'Source', width: 130, hidden: true, render: (row) => words(row.detectionSource) },
  {
    id: 'assignedTo',
    header: 'Assigned to',
    width: 120,
    hidden: true,
    render: (row) => (row.assignedTo ? visibleText(row.assignedTo) : '–'),
  },
  {
    id: 'classification',
    header: 'Classification',
    width: 150,
    hidden: true,
    render: (row) => (row.classification ? words(row.classification) : '–'),
  },
];

export interface AlertsTabProps {
  readonly incident: IncidentDetail;
  readonly editable: boolean;
  readonly state: { readonly page: number; readonly pageSize: number; readonly row: string };
  readonly setState: (patch: { page?: number; pageSize?: number; row?: string }, options?: { push?: boolean }) => void;
}

/** The alerts in order of activity, each with the reason why it is in this incident; what does not belong is moved out. */
export function AlertsTab({ incident, editable, state, setState }: AlertsTabProps) {
  const navigate = useNavigate();
  const canManage = useCan('Alerts.Manage') && editable;
  const { page, pageSize } = state;
  const query = useMemo(() => ({ page, pageSize }), [page, pageSize]);
  const path = `/api/incidents/${encodeURIComponent(incident.id)}/alerts`;
  const list = useLiveList<IncidentAlert>(path, query, rowId);
  const selection = useSelection(list, rowId);
  const [asking, setAsking] = useState<'classify' | 'move'>();
  const bulk = useBulk<IncidentAlert, AlertChanges>({
    path: '/api/alerts',
    noun: 'alert',
    rowId,
    onDone: list.refresh,
  });
  const { rows } = selection;
  const change = (changes: AlertChanges, what: string) => void bulk.run(rows, changes, what);
  return (
    <>
      <QueueGrid
        label="Alerts of this incident"
        preferenceKey="grid.incident-alerts"
        columns={COLUMNS}
        rowId={rowId}
        rowLabel={(row) => visibleText(row.title)}
        {...gridProps(list, state, setState)}
        onOpenPage={(row) => void navigate({ to: '/alerts/$id', params: { id: row.id } })}
        {...(canManage ? { selection: selection.ids, onSelection: selection.select } : {})}
        toolbar={
          <BulkBar noun="alert" path={path} query={query} list={list} selection={selection} csv={ALERT_CSV}>
            <AssignMenu onChange={change} />
            <StatusMenu onChange={change} />
            <Button size="small" appearance="subtle" onClick={() => setAsking('classify')}>
              Classify
            </Button>
            <Button size="small" appearance="subtle" onClick={() => setAsking('move')}>
              Move out
            </Button>
          </BulkBar>
        }
        renderPane={(row) => <Pane alert={row} />}
        empty={<EmptyState title="No alerts" reason="They were moved to another incident." />}
      />
      {asking === 'classify' ? (
        <ClassifyDialog
          subject={plural(rows.length, 'alert')}
          classification={null}
          determination={null}
          onClose={() => setAsking(undefined)}
          onClassify={async (changes) => {
            await bulk.run(rows, changes, changes.status ? 'Classified and resolved' : 'Classified');
            selection.clear();
            return true;
          }}
        />
      ) : null}
      {asking === 'move' ? (
        <MoveDialog
          incident={incident}
          alerts={rows}
          onClose={() => setAsking(undefined)}
          onMoved={() => {
            selection.clear();
            list.refresh();
          }}
        />
      ) : null}
      {bulk.outcome ? (
        <OutcomeDialog outcome={bulk.outcome} noun="alert" onClose={bulk.dismiss} onSelect={selection.select} />
      ) : null}
    </>
  );
}

function Pane({ alert }: { readonly alert: IncidentAlert }) {
  const styles = useStyles();
  const { text, codes, keys, score, matchedAlertId } = alert.mergeReason;
  return (
    <>
      <AlertFacts alert={alert} />
      <PaneSection title="Why it is here">
        <div className={styles.why}>
          <span>{visibleText(text)}</span>
          {codes.length > 0 ? (
            <span className={styles.codes}>
              {codes.map((code) => (
                <Tag key={code}>{words(code)}</Tag>
              ))}
              {score ? <span className={styles.soft}>{score} of 100 points</span> : null}
            </span>
          ) : null}
          {keys.length > 0 ? <span className={styles.soft}>Matched on {keys.map(visibleText).join(', ')}</span> : null}
          {matchedAlertId ? (
            <Link to="/alerts/$id" params={{ id: matchedAlertId }}>
              Open the matching alert
            </Link>
          ) : null}
        </div>
      </PaneSection>
      <PaneSection title={`Evidence (${alert.evidence.length})`}>
        <span className={styles.codes}>
          {alert.evidence.slice(0, 30).map((entity) => (
            <EntityChip key={`${entity.type}|${entity.key}`} entity={entity} />
          ))}
        </span>
      </PaneSection>
    </>
  );
}
