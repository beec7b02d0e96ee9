import { Button, MessageBar, MessageBarBody, makeStyles, Tab, TabList, Text, tokens } from '@fluentui/react-components';
import { CheckmarkCircle20Regular } from '@fluentui/react-icons/svg/checkmark-circle';
import { Comment20Regular } from '@fluentui/react-icons/svg/comment';
import { DocumentText20Regular } from '@fluentui/react-icons/svg/document-text';
import type { IncidentDetail } from '@parapet/schema/wire';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useCallback, useMemo, useRef, useState } from 'react';
import * as v from 'valibot';
import { useCan, useSession } from '../../api/session.ts';
import { HuntWindowContext } from '../../components/EntityChip.tsx';
import { Loaded } from '../../components/Loaded.tsx';
import { AttackStoryView } from '../../features/attack-story/AttackStoryView.tsx';
import { ConflictDialog } from '../../features/triage/ConflictDialog.tsx';
import { paddedWindow } from '../../lib/entity.ts';
import { useHotkey } from '../../lib/hotkeys.ts';
import { url, useUrlState } from '../../lib/urlState.ts';
import { ErrorState } from '../../shell/ErrorState.tsx';
import { PageShell } from '../../shell/PageShell.tsx';
import { PageSkeleton } from '../../shell/Skeletons.tsx';
import { AssignMenu, StatusMenu } from './parts/ChangeMenus.tsx';
import { IncidentHeading } from './parts/IncidentHeading.tsx';
import { Proposals } from './parts/Proposals.tsx';
import { ResolveDialog } from './parts/ResolveDialog.tsx';
import { ActivityTab } from './tabs/ActivityTab.tsx';
import { AlertsTab } from './tabs/AlertsTab.tsx';
import { AssetsTab } from './tabs/AssetsTab.tsx';
import { EvidenceTab } from './tabs/EvidenceTab.tsx';
import { SimilarTab } from './tabs/SimilarTab.tsx';
import { SummaryTab } from './tabs/SummaryTab.tsx';
import { TasksTab } from './tabs/TasksTab.tsx';
import { TimelineTab } from './tabs/TimelineTab.tsx';
import { useIncident, useStory } from './useIncident.ts';
import { useIncidentChange } from './useIncidentChanges.ts';
import { useLive } from './useLive.ts';

const TABS = ['story', 'alerts', 'assets', 'evidence', 'timeline', 'summary', 'similar', 'tasks', 'activity'] as const;

const schema = v.object({
  tab: url.choice(TABS, 'story'),
  alert: url.text(),
  node: url.text(),
  what: url.strings(),
  by: url.strings(),
  page: url.integer(1),
  pageSize: url.integer(50, 1, 200),
  row: url.text(),
});

const useStyles = makeStyles({
  tabs: { padding: '0 14px', flexShrink: 0, flexWrap: 'wrap' },
  body: {
    flexGrow: 1,
    minHeight: 0,
    overflow: 'auto',
    padding: '12px 24px 24px',
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  story: { flexGrow: 1, minHeight: 0, display: 'flex', flexDirection: 'column' },
  grid: {
    flexGrow: 1,
    minHeight: 0,
    display: 'flex',
    flexDirection: 'column',
    paddingTop: '8px',
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  banner: { margin: '0 24px 8px', flexShrink: 0 },
});

export function IncidentPage() {
  const { id = '' } = useParams({ strict: false });
  const incident = useIncident(id);
  if (!incident.data)
    return incident.isError ? (
      <PageShell title={`Incident ${id}`} crumbs={[{ label: 'Incidents', to: '/incidents' }]}>
        <ErrorState
          error={incident.error}
          title="The incident could not be loaded"
          onRetry={() => void incident.refetch()}
          action={<Link to="/incidents">Go to the queue</Link>}
        />
      </PageShell>
    ) : (
      <PageSkeleton />
    );
  return <Incident key={incident.data.id} incident={incident.data} />;
}

function Incident({ incident }: { readonly incident: IncidentDetail }) {
  const styles = useStyles();
  const me = useSession()?.user;
  const canManage = useCan('Alerts.Manage');
  const [state, setState] = useUrlState(schema);
  const [resolving, setResolving] = useState(false);
  const navigate = useNavigate();
  const composer = useRef<HTMLTextAreaElement>(null);
  const { change, conflict } = useIncidentChange(incident.id);
  const live = useLive(incident.id);
  const merged = incident.status === 'redirected';
  const editable = canManage && !merged;
  const window = useMemo(
    () => paddedWindow(incident.firstActivity, incident.lastActivity),
    [incident.firstActivity, incident.lastActivity],
  );
  const comment = () => {
    setState({ tab: 'activity' });
    requestAnimationFrame(() => composer.current?.focus());
  };
  useHotkey(
    'e',
    'Assign to me',
    'This incident',
    () => me && void change({ assignedTo: me.username }, 'Assigned to you'),
    editable,
  );
  useHotkey('c', 'Comment', 'This incident', comment, editable);
  const onAlert = useCallback((alert: string | undefined) => setState({ alert: alert ?? '' }), [setState]);
  const onNode = useCallback((node: string | undefined) => setState({ node: node ?? '' }), [setState]);
  const report = (
    <Button
      size="small"
      appearance="subtle"
      icon={<DocumentText20Regular />}
      onClick={() => void navigate({ to: '/incidents/$id/report', params: { id: incident.id } })}
    >
      Report
    </Button>
  );
  const fire = (changes: Parameters<typeof change>[0], what: string) => void change(changes, what);

  return (
    <HuntWindowContext.Provider value={window}>
      <PageShell
        title={incident.name}
        crumbs={[{ label: 'Incidents', to: '/incidents' }]}
        heading={<IncidentHeading incident={incident} editable={editable} live={live} onChange={change} />}
        fill
        commands={
          editable ? (
            <>
              {report}
              <AssignMenu onChange={fire} label={incident.assignedTo ? 'Reassign' : 'Assign'} />
              <StatusMenu current={incident.status} onChange={fire} onResolve={() => setResolving(true)} />
              <Button size="small" appearance="subtle" icon={<Comment20Regular />} onClick={comment}>
                Comment
              </Button>
              {incident.status === 'resolved' ? null : (
                <Button
                  size="small"
                  appearance="primary"
                  icon={<CheckmarkCircle20Regular />}
                  onClick={() => setResolving(true)}
                >
                  Resolve
                </Button>
              )}
            </>
          ) : (
            <>
              {report}
              {merged ? null : <Text size={200}>Changing incidents needs the permission Alerts.Manage.</Text>}
            </>
          )
        }
      >
        {live.lost ? (
          <MessageBar intent="warning" className={styles.banner}>
            <MessageBarBody>
              The connection to the server is lost. What is shown may be old; what you type is kept, and the page
              catches up by itself.
            </MessageBarBody>
          </MessageBar>
        ) : null}
        {merged ? null : <Proposals incident={incident} canDecide={canManage} />}
        {merged && incident.redirectIncidentId ? (
          <MessageBar className={styles.banner}>
            <MessageBarBody>
              This incident was merged into{' '}
              <Link to="/incidents/$id" params={{ id: incident.redirectIncidentId }}>
                incident {incident.redirectIncidentId}
              </Link>
              , where the work goes on.
            </MessageBarBody>
          </MessageBar>
        ) : null}
        <TabList
          className={styles.tabs}
          size="small"
          selectedValue={state.tab}
          onTabSelect={(_, data) =>
            setState({ tab: data.value as (typeof TABS)[number], page: 1, row: '' }, { push: true })
          }
        >
          <Tab value="story">Attack story</Tab>
          <Tab value="alerts">Alerts ({incident.counts.alerts})</Tab>
          <Tab value="assets">Assets ({incident.counts.assets})</Tab>
          <Tab value="evidence">Evidence and response ({incident.counts.evidence})</Tab>
          <Tab value="timeline">Timeline</Tab>
          <Tab value="summary">Summary</Tab>
          <Tab value="similar">Similar</Tab>
          <Tab value="tasks">Tasks{incident.openTasks ? ` (${incident.openTasks})` : ''}</Tab>
          <Tab value="activity">Activity ({incident.counts.activity})</Tab>
        </TabList>
        {state.tab === 'story' ? (
          <div className={styles.story}>
            <Story
              incident={incident}
              alertId={state.alert || undefined}
              nodeId={state.node || undefined}
              onAlert={onAlert}
              onNode={onNode}
            />
          </div>
        ) : state.tab === 'alerts' ? (
          <div className={styles.grid}>
            <AlertsTab incident={incident} editable={editable} state={state} setState={setState} />
          </div>
        ) : (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
          <section className={styles.body} key={state.tab} aria-label="Content of the tab" tabIndex={0}>
            {state.tab === 'assets' ? <AssetsTab incident={incident} /> : null}
            {state.tab === 'evidence' ? <EvidenceTab incident={incident} /> : null}
            {state.tab === 'timeline' ? <TimelineTab incident={incident} /> : null}
            {state.tab === 'summary' ? <SummaryTab incident={incident} /> : null}
            {state.tab === 'similar' ? <SimilarTab incident={incident} editable={editable} /> : null}
            {state.tab === 'tasks' ? <TasksTab incident={incident} editable={editable} /> : null}
            {state.tab === 'activity' ? (
              <ActivityTab
                incident={incident}
                composer={composer}
                categories={state.what}
                origins={state.by}
                onFilter={(patch) =>
                  setState({
                    ...(patch.categories ? { what: patch.categories } : {}),
                    ...(patch.origins ? { by: patch.origins } : {}),
                  })
                }
              />
            ) : null}
          </section>
        )}
      </PageShell>
      {conflict ? <ConflictDialog conflict={conflict} /> : null}
      {resolving ? (
        <ResolveDialog
          onClose={() => setResolving(false)}
          subject={`incident ${incident.id}`}
          openAlerts={incident.activeAlerts}
          openTasks={incident.openTasks}
          draftKey={incident.id}
          initial={incident}
          onResolve={(changes) => change(changes, 'Incident resolved')}
        />
      ) : null}
    </HuntWindowContext.Provider>
  );
}

interface StoryProps {
  readonly incident: IncidentDetail;
  readonly alertId: string | undefined;
  readonly nodeId: string | undefined;
  readonly onAlert: (alertId: string | undefined) => void;
  readonly onNode: (nodeId: string | undefined) => void;
}

function Story({ incident, ...rest }: StoryProps) {
  const story = useStory(incident.id, incident.lastUpdate);
  return (
    <Loaded query={story} what="The attack story">
      {(data) => <AttackStoryView story={data} {...rest} />}
    </Loaded>
  );
}
