import { Button, MessageBar, MessageBarBody, makeStyles, Tab, TabList, Text, tokens } from '@fluentui/react-components';
import type { DetectionInfo } from '@parapet/schema/wire';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import * as v from 'valibot';
import { useCan } from '../../api/session.ts';
import { SeverityBadge, Tag } from '../../components/Badges.tsx';
import { CopyButton } from '../../components/CopyButton.tsx';
import { PaneSection } from '../../components/Facts.tsx';
import { JobProgress } from '../../components/JobProgress.tsx';
import { notify } from '../../components/Notifier.tsx';
import { HuntLink } from '../../features/hunt-link/HuntLink.tsx';
import { KqlBlock } from '../../features/kusto-editor/KqlBlock.tsx';
import { visibleText } from '../../lib/text.ts';
import { plural } from '../../lib/time.ts';
import { url, useUrlState } from '../../lib/urlState.ts';
import { isOver, useJob } from '../../lib/useJob.ts';
import { ErrorState } from '../../shell/ErrorState.tsx';
import { PageShell } from '../../shell/PageShell.tsx';
import { PageSkeleton } from '../../shell/Skeletons.tsx';
import { CostTab } from './parts/CostTab.tsx';
import { ExclusionsTab } from './parts/ExclusionsTab.tsx';
import { RuleCommands } from './parts/RuleCommands.tsx';
import { RuleStatus } from './parts/RuleStatus.tsx';
import { RunsTab } from './parts/RunsTab.tsx';
import { VersionsTab } from './parts/VersionsTab.tsx';
import { RuleFacts } from './RuleFacts.tsx';
import { runOverHistory, useDetection } from './useDetections.ts';

const TABS = ['overview', 'runs', 'cost', 'exclusions', 'versions'] as const;
const TAB_LABEL = {
  overview: 'Overview',
  runs: 'Run history',
  cost: 'Cost',
  exclusions: 'Exclusions',
  versions: 'Versions',
} as const;
const schema = v.object({ job: url.text(), tab: url.choice(TABS, 'overview') });

const SPANS = [
  ['The last 24 hours', 1],
  ['The last 7 days', 7],
  ['The last 30 days', 30],
  ['Everything stored', undefined],
] as const;

const useStyles = makeStyles({
  heading: { display: 'flex', alignItems: 'center', gap: '14px', flexWrap: 'wrap', minWidth: 0 },
  title: {
    margin: 0,
    fontSize: tokens.fontSizeBase500,
    lineHeight: tokens.lineHeightBase500,
    fontWeight: tokens.fontWeightSemibold,
    overflowWrap: 'anywhere',
  },
  columns: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr) 360px',
    gap: '32px',
    '@media (max-width: 1200px)': { gridTemplateColumns: '1fr' },
  },
  h2: { margin: '0 0 6px' },
  tabs: { margin: '0 -10px 14px', borderBottom: `1px solid ${tokens.colorNeutralStroke2}` },
  prose: { whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', display: 'block' },
  row: { display: 'flex', alignItems: 'center', gap: '8px', flexWrap: 'wrap', marginBottom: '8px' },
  job: {
    maxWidth: '620px',
    marginBottom: '16px',
    padding: '12px 14px',
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
  },
});

const crumbs = [{ label: 'Detection rules', to: '/detections' }];

export function DetectionPage() {
  const { id = '' } = useParams({ strict: false });
  const rule = useDetection(id);
  if (!rule.data)
    return rule.isError ? (
      <PageShell title="Detection rule" crumbs={crumbs}>
        <ErrorState
          error={rule.error}
          title="The rule could not be loaded"
          onRetry={() => void rule.refetch()}
          action={<Link to="/detections">Go to the rules</Link>}
        />
      </PageShell>
    ) : (
      <PageSkeleton />
    );
  return <Rule key={rule.data.id} rule={rule.data} />;
}

function Rule({ rule }: { readonly rule: DetectionInfo }) {
  const styles = useStyles();
  const [state, setState] = useUrlState(schema);
  const [starting, setStarting] = useState(false);
  const client = useQueryClient();
  const canTune = useCan('DetTune.Manage');
  const job = useJob(state.job || undefined);
  const running = starting || (job.data ? !isOver(job.data) : Boolean(state.job) && !job.isError);
  const ended = job.data && isOver(job.data) ? job.data.id : undefined;
  useEffect(() => {
    if (ended) void client.invalidateQueries({ queryKey: ['/api/detections'] });
  }, [ended, client]);

  const run = async (days: number | undefined) => {
    setStarting(true);
    try {
      const from = days === undefined ? undefined : new Date(Date.now() - days * 86_400_000).toISOString();
      const started = await runOverHistory(rule.id, from);
      setState({ job: started.id });
    } catch (error) {
      notify.failure('The run was not started', error);
    } finally {
      setStarting(false);
    }
  };

  return (
    <PageShell
      title={visibleText(rule.name)}
      crumbs={crumbs}
      heading={
        <div className={styles.heading}>
          <h1 className={styles.title}>{visibleText(rule.name)}</h1>
          <SeverityBadge severity={rule.severity} />
          <RuleStatus rule={rule} />
          {rule.shadow ? <Tag title="Runs and counts, alerts nobody">Shadow</Tag> : null}
          <Tag>{rule.origin === 'own' ? 'Made here' : 'Delivered'}</Tag>
        </div>
      }
      commands={
        canTune ? (
          <RuleCommands rule={rule} running={running} onHistory={(days) => void run(days)} spans={SPANS} />
        ) : (
          <Text size={200}>Changing rules needs the permission DetTune.Manage.</Text>
        )
      }
    >
      {job.data ? (
        <div className={styles.job}>
          <JobProgress job={job.data} />
          {isOver(job.data) ? (
            <div className={styles.row} style={{ margin: '8px 0 0' }}>
              <Outcome result={job.data.result} />
              <Button size="small" appearance="subtle" onClick={() => setState({ job: '' })}>
                Dismiss
              </Button>
            </div>
          ) : null}
        </div>
      ) : null}
      <TabList
        size="small"
        className={styles.tabs}
        selectedValue={state.tab}
        onTabSelect={(_, data) => setState({ tab: data.value as (typeof TABS)[number] }, { push: true })}
      >
        {TABS.map((tab) => (
          <Tab key={tab} value={tab}>
            {TAB_LABEL[tab]}
            {tab === 'exclusions' && rule.exclusions > 0 ? ` (${rule.exclusions})` : ''}
          </Tab>
        ))}
      </TabList>
      {state.tab === 'runs' ? <RunsTab rule={rule} /> : null}
      {state.tab === 'cost' ? <CostTab rule={rule} /> : null}
      {state.tab === 'exclusions' ? <ExclusionsTab rule={rule} /> : null}
      {state.tab === 'versions' ? <VersionsTab rule={rule} /> : null}
      <div className={styles.columns} style={state.tab === 'overview' ? undefined : { display: 'none' }}>
        <div>
          <Text as="h2" weight="semibold" size={400} block className={styles.h2}>
            What it finds
          </Text>
          <Text className={styles.prose}>{visibleText(rule.description)}</Text>
          <PaneSection title="Query">
            <div className={styles.row}>
              <HuntLink query={rule.query} as="button" range="30d">
                Open in hunting
              </HuntLink>
              <CopyButton value={rule.query} what="query" labelled />
            </div>
            <KqlBlock query={rule.query} label="Query of the rule" scroll={false} />
          </PaneSection>
          {rule.couldBeContinuous ? (
            <MessageBar intent="info" style={{ marginTop: 12 }}>
              <MessageBarBody>
                The query allows what this schedule does not use: as a rule on arriving rows it would alert within
                seconds.
              </MessageBarBody>
            </MessageBar>
          ) : null}
          {rule.recommendedActions ? (
            <PaneSection title="Recommended actions">
              <Text className={styles.prose}>{visibleText(rule.recommendedActions)}</Text>
            </PaneSection>
          ) : null}
          {rule.falsePositives.length > 0 ? (
            <PaneSection title="Known false positives">
              <ul style={{ margin: 0, paddingLeft: 20 }}>
                {rule.falsePositives.map((text) => (
                  <li key={text}>{visibleText(text)}</li>
                ))}
              </ul>
            </PaneSection>
          ) : null}
          {rule.blindSpots.length > 0 ? (
            <PaneSection title="Blind spots">
              <ul style={{ margin: 0, paddingLeft: 20 }}>
                {rule.blindSpots.map((text) => (
                  <li key={text}>{visibleText(text)}</li>
                ))}
              </ul>
            </PaneSection>
          ) : null}
        </div>
        <div>
          <RuleFacts rule={rule} />
          <PaneSection title="Alerts">
            <Link to="/alerts" search={{ ruleId: rule.id, range: 'all' }}>
              {rule.alerts === 0 ? 'No alert yet' : `See ${plural(rule.alerts, 'alert')} in the queue`}
            </Link>
          </PaneSection>
        </div>
      </div>
    </PageShell>
  );
}

/** What a finished run brought, when the job says so. */
function Outcome({ result }: { readonly result: unknown }) {
  const counts = result as { created?: unknown; repeated?: unknown } | null | undefined;
  if (typeof counts?.created !== 'number') return null;
  const repeated = typeof counts.repeated === 'number' ? counts.repeated : 0;
  return (
    <Text>
      {plural(counts.created, 'new alert')}
      {repeated > 0 ? `, ${plural(repeated, 'alert')} that existed already` : ''}.
    </Text>
  );
}
