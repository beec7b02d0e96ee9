import {
  Button,
  Menu,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
  makeStyles,
  Switch,
  Text,
  tokens,
} from '@fluentui/react-components';
import { History16Regular } from '@fluentui/react-icons/svg/history';
import type { DetectionInfo } from '@parapet/schema/wire';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import * as v from 'valibot';
import { useCan } from '../../api/session.ts';
import { SeverityBadge } from '../../components/Badges.tsx';
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
import { RuleFacts } from './RuleFacts.tsx';
import { runOverHistory, useDetection, useSetEnabled } from './useDetections.ts';

const schema = v.object({ job: url.text() });

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
  const setEnabled = useSetEnabled();
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
      title={visibleText(rule.title)}
      crumbs={crumbs}
      heading={
        <div className={styles.heading}>
          <h1 className={styles.title}>{visibleText(rule.title)}</h1>
          <SeverityBadge severity={rule.severity} />
        </div>
      }
      commands={
        canTune ? (
          <>
            <Switch
              label={rule.enabled ? 'Enabled' : 'Disabled'}
              checked={rule.enabled}
              onChange={(_, data) => void setEnabled(rule, data.checked)}
            />
            <Menu>
              <MenuTrigger disableButtonEnhancement>
                <Button size="small" icon={<History16Regular />} disabled={running}>
                  Run over history
                </Button>
              </MenuTrigger>
              <MenuPopover>
                <MenuList>
                  {SPANS.map(([label, days]) => (
                    <MenuItem key={label} onClick={() => void run(days)}>
                      {label}
                    </MenuItem>
                  ))}
                </MenuList>
              </MenuPopover>
            </Menu>
          </>
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
      <div className={styles.columns}>
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
