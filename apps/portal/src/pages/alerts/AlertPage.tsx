import { Button, makeStyles, Tab, TabList, Text, tokens } from '@fluentui/react-components';
import { ArrowLeft16Regular } from '@fluentui/react-icons/svg/arrow-left';
import type { AlertDetail, AlertEvent, ProcessNode } from '@parapet/schema/wire';
import { Link, useParams } from '@tanstack/react-router';
import { useMemo, useRef, useState } from 'react';
import * as v from 'valibot';
import { useCan, useSession } from '../../api/session.ts';
import { SeverityBadge } from '../../components/Badges.tsx';
import { HuntWindowContext } from '../../components/EntityChip.tsx';
import { PaneSection } from '../../components/Facts.tsx';
import { HuntLink } from '../../features/hunt-link/HuntLink.tsx';
import { findNode, ProcessDetails } from '../../features/process-tree/index.ts';
import { ConflictDialog } from '../../features/triage/ConflictDialog.tsx';
import { paddedWindow } from '../../lib/entity.ts';
import { useHotkey } from '../../lib/hotkeys.ts';
import { visibleText } from '../../lib/text.ts';
import { formatCount } from '../../lib/time.ts';
import { url, useUrlState } from '../../lib/urlState.ts';
import { ErrorState } from '../../shell/ErrorState.tsx';
import { PageShell } from '../../shell/PageShell.tsx';
import { PageSkeleton } from '../../shell/Skeletons.tsx';
import { MoveDialog } from '../incidents/parts/MoveDialog.tsx';
import { AlertExtrasSection } from './parts/AlertExtrasSection.tsx';
import { AlertFacts } from './parts/AlertFacts.tsx';
import { AlertStory, EventDetails, eventKey } from './parts/AlertStory.tsx';
import { CommentsTab, EvidenceTab, RuleTab, SimilarTab } from './parts/AlertTabs.tsx';
import { AssignMenu, ClassifyDialog, StatusMenu } from './parts/ManageMenus.tsx';
import { useAlert, useAlertChange, useProcessTree } from './useAlert.ts';

const TABS = ['story', 'evidence', 'rule', 'similar', 'comments'] as const;
const schema = v.object({ tab: url.choice(TABS, 'story'), node: url.text() });

const useStyles = makeStyles({
  heading: { display: 'flex', alignItems: 'center', gap: '12px', flexWrap: 'wrap', minWidth: 0 },
  title: {
    margin: 0,
    fontSize: tokens.fontSizeBase500,
    lineHeight: tokens.lineHeightBase500,
    fontWeight: tokens.fontWeightSemibold,
    overflowWrap: 'anywhere',
    display: '-webkit-box',
    WebkitLineClamp: 3,
    WebkitBoxOrient: 'vertical',
    overflow: 'hidden',
  },
  columns: { display: 'flex', flexGrow: 1, minHeight: 0, borderTop: `1px solid ${tokens.colorNeutralStroke2}` },
  main: { display: 'flex', flexDirection: 'column', flexGrow: 1, minWidth: 0, minHeight: 0 },
  tabs: { padding: '0 14px', flexShrink: 0 },
  body: { flexGrow: 1, minHeight: 0, overflow: 'auto', padding: '12px 24px 24px' },
  aside: {
    width: '372px',
    flexShrink: 0,
    minHeight: 0,
    overflow: 'auto',
    padding: '14px 18px 24px',
    backgroundColor: tokens.colorNeutralBackground1,
    borderLeft: `1px solid ${tokens.colorNeutralStroke2}`,
    '@media (max-width: 1200px)': { width: '308px', padding: '12px 14px 20px' },
  },
  paneTitle: { display: 'block', margin: '0 0 10px', overflowWrap: 'anywhere' },
  prose: { whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' },
});

export function AlertPage() {
  const { id = '' } = useParams({ strict: false });
  const alert = useAlert(id);
  if (!alert.data)
    return alert.isError ? (
      <PageShell title="Alert" crumbs={[{ label: 'Alerts', to: '/alerts' }]}>
        <ErrorState
          error={alert.error}
          title="The alert could not be loaded"
          onRetry={() => void alert.refetch()}
          action={<Link to="/alerts">Go to the queue</Link>}
        />
      </PageShell>
    ) : (
      <PageSkeleton />
    );
  return <Alert key={alert.data.id} alert={alert.data} />;
}

function Alert({ alert }: { readonly alert: AlertDetail }) {
  const styles = useStyles();
  const me = useSession()?.user;
  const canManage = useCan('Alerts.Manage');
  const [state, setState] = useUrlState(schema);
  const [classifying, setClassifying] = useState(false);
  const [moving, setMoving] = useState(false);
  const composer = useRef<HTMLTextAreaElement>(null);
  const tree = useProcessTree(alert.id);
  const { change, conflict } = useAlertChange(alert.id);
  const window = useMemo(
    () => paddedWindow(alert.firstActivity, alert.lastActivity),
    [alert.firstActivity, alert.lastActivity],
  );
  const fire = (changes: Parameters<typeof change>[0], what: string) => void change(changes, what);
  const comment = () => {
    setState({ tab: 'comments' });
    requestAnimationFrame(() => composer.current?.focus());
  };
  useHotkey(
    'e',
    'Assign to me',
    'This alert',
    () => me && fire({ assignedTo: me.username }, 'Assigned to you'),
    canManage,
  );
  useHotkey('c', 'Comment', 'This alert', comment, canManage);

  const node: ProcessNode | undefined =
    state.tab === 'story' && state.node && tree.data ? findNode(tree.data.roots, state.node) : undefined;
  const events = tree.data && tree.data.events.length > 0 ? tree.data.events : alert.events;
  const event: AlertEvent | undefined =
    state.tab === 'story' && state.node.startsWith('event:')
      ? events.find((one, index) => eventKey(one, index) === state.node)
      : undefined;
  useHotkey('Esc', 'Back to the alert', 'This alert', () => setState({ node: '' }), Boolean(node || event));

  return (
    <HuntWindowContext.Provider value={window}>
      <PageShell
        title={visibleText(alert.title)}
        crumbs={[
          { label: 'Alerts', to: '/alerts' },
          { label: `Incident ${alert.incidentId}`, to: `/incidents/${alert.incidentId}` },
        ]}
        heading={
          <div className={styles.heading}>
            <h1 className={styles.title} title={visibleText(alert.title)}>
              {visibleText(alert.title)}
            </h1>
            <SeverityBadge severity={alert.severity} />
          </div>
        }
        commands={
          canManage ? (
            <>
              <AssignMenu onChange={fire} label={alert.assignedTo ? 'Reassign' : 'Assign'} />
              <StatusMenu current={alert.status} onChange={fire} />
              <Button size="small" appearance="subtle" onClick={() => setMoving(true)}>
                Move
              </Button>
              <Button size="small" appearance="primary" onClick={() => setClassifying(true)}>
                Classify
              </Button>
            </>
          ) : (
            <Text size={200}>Changing alerts needs the permission Alerts.Manage.</Text>
          )
        }
        fill
      >
        <div className={styles.columns}>
          <div className={styles.main}>
            <TabList
              className={styles.tabs}
              size="small"
              selectedValue={state.tab}
              onTabSelect={(_, data) =>
                setState({ tab: data.value as (typeof TABS)[number], node: '' }, { push: true })
              }
            >
              <Tab value="story">Alert story</Tab>
              <Tab value="evidence">Evidence ({alert.evidence.length})</Tab>
              <Tab value="rule">Rule</Tab>
              <Tab value="similar">Similar alerts ({formatCount(alert.similar.total)})</Tab>
              <Tab value="comments">Comments ({alert.comments.length})</Tab>
            </TabList>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
            <section className={styles.body} aria-label="Alert" tabIndex={0} key={state.tab}>
              {state.tab === 'story' ? (
                <AlertStory
                  alert={alert}
                  tree={tree}
                  selected={state.node || undefined}
                  onSelect={(key) => setState({ node: key })}
                />
              ) : null}
              {state.tab === 'evidence' ? <EvidenceTab alert={alert} /> : null}
              {state.tab === 'rule' ? <RuleTab alert={alert} /> : null}
              {state.tab === 'similar' ? <SimilarTab alert={alert} canManage={canManage} /> : null}
              {state.tab === 'comments' ? (
                <CommentsTab alert={alert} canManage={canManage} composer={composer} />
              ) : null}
            </section>
          </div>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
          <section className={styles.aside} aria-label="Details" tabIndex={0}>
            {node || event ? (
              <>
                <Button
                  size="small"
                  appearance="subtle"
                  icon={<ArrowLeft16Regular />}
                  onClick={() => setState({ node: '' })}
                  style={{ marginBottom: 8 }}
                >
                  Back to the alert
                </Button>
                <Text as="h2" weight="semibold" size={400} className={styles.paneTitle}>
                  {visibleText(node ? node.fileName || 'Unknown process' : (event?.table ?? ''))}
                </Text>
                {node && tree.data ? (
                  <ProcessDetails
                    node={node}
                    deviceId={tree.data.deviceId}
                    deviceName={tree.data.deviceName}
                    alertId={alert.id}
                  />
                ) : null}
                {event ? <EventDetails event={event} /> : null}
              </>
            ) : (
              <>
                <Text as="h2" weight="semibold" size={400} className={styles.paneTitle}>
                  Alert details
                </Text>
                <AlertFacts alert={alert} />
                {alert.description ? (
                  <PaneSection title="What happened">
                    <Text className={styles.prose}>{visibleText(alert.description)}</Text>
                  </PaneSection>
                ) : null}
                <AlertExtrasSection extras={alert.extras} />
                {alert.recommendedActions ? (
                  <PaneSection title="Recommended actions">
                    <Text className={styles.prose}>{visibleText(alert.recommendedActions)}</Text>
                  </PaneSection>
                ) : null}
                <PaneSection title="Why it is in this incident">
                  <Text className={styles.prose}>{visibleText(alert.mergeReason.text)}</Text>
                  {alert.mergeReason.matchedAlertId ? (
                    <div>
                      <Link to="/alerts/$id" params={{ id: alert.mergeReason.matchedAlertId }}>
                        Open the matching alert
                      </Link>
                    </div>
                  ) : null}
                </PaneSection>
                {alert.ruleQuery ? (
                  <PaneSection title="Hunt">
                    <HuntLink query={alert.ruleQuery} as="button" range="30d">
                      Run the rule's query
                    </HuntLink>
                  </PaneSection>
                ) : null}
              </>
            )}
          </section>
        </div>
      </PageShell>
      {moving ? (
        <MoveDialog
          incident={{ id: alert.incidentId }}
          alerts={[alert]}
          onClose={() => setMoving(false)}
          onMoved={() => setMoving(false)}
        />
      ) : null}
      {conflict ? <ConflictDialog conflict={conflict} /> : null}
      {classifying ? (
        <ClassifyDialog
          subject="this alert"
          classification={alert.classification}
          determination={alert.determination}
          onClose={() => setClassifying(false)}
          onClassify={(changes) => change(changes, changes.status ? 'Classified and resolved' : 'Classified')}
        />
      ) : null}
    </HuntWindowContext.Provider>
  );
}
