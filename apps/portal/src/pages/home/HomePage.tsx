import { makeStyles, Text, tokens } from '@fluentui/react-components';
import type { HomeData } from '@parapet/schema/wire';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { api } from '../../api/client.ts';
import { POLL_MS } from '../../api/queryClient.ts';
import { SeverityBadge, StatusBadge } from '../../components/Badges.tsx';
import { Chart } from '../../components/charts/Chart.tsx';
import type { ChartData } from '../../components/charts/model.ts';
import { HrefLink } from '../../components/HrefLink.tsx';
import { JobProgress } from '../../components/JobProgress.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { visibleText } from '../../lib/text.ts';
import { isOver, useJob, useLatestJob } from '../../lib/useJob.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { ErrorState } from '../../shell/ErrorState.tsx';
import { PageShell } from '../../shell/PageShell.tsx';
import { Redirect } from '../../shell/Redirect.tsx';
import { CardsSkeleton } from '../../shell/Skeletons.tsx';
import { useAppearance } from '../../theme/Appearance.tsx';
import { categoryLabel, SEVERITIES_DOWN, SEVERITY_HUE, SEVERITY_LABEL } from '../../theme/meaning.ts';
import { PriorityMark } from '../incidents/parts/PriorityScore.tsx';
import { Card, Count, Stat } from './Card.tsx';

const useStyles = makeStyles({
  grid: { display: 'grid', gridTemplateColumns: 'repeat(12, minmax(0, 1fr))', gridAutoFlow: 'row dense', gap: '12px' },
  loading: { marginBottom: '12px', maxWidth: '640px' },
  third: { gridColumn: 'span 4', '@media (max-width: 1180px)': { gridColumn: 'span 6' } },
  half: { gridColumn: 'span 6', '@media (max-width: 900px)': { gridColumn: 'span 12' } },
  wide: { gridColumn: 'span 8', '@media (max-width: 1180px)': { gridColumn: 'span 12' } },
  stats: { display: 'flex', gap: '28px', flexWrap: 'wrap' },
  bars: { display: 'flex', flexDirection: 'column', gap: '5px' },
  bar: {
    display: 'grid',
    gridTemplateColumns: '118px minmax(0, 1fr) 48px',
    alignItems: 'center',
    gap: '8px',
    minHeight: '24px',
  },
  tactic: { gridTemplateColumns: '152px minmax(0, 1fr) 48px' },
  track: { height: '8px', borderRadius: '4px', backgroundColor: tokens.colorNeutralBackground6, overflow: 'hidden' },
  fill: { display: 'block', height: '100%', borderRadius: '4px' },
  end: { textAlign: 'right' },
  list: { listStyle: 'none', margin: '-2px 0 0', padding: 0 },
  row: {
    display: 'grid',
    alignItems: 'center',
    gap: '10px',
    minHeight: '32px',
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
    ':last-child': { borderBottom: 'none' },
  },
  incident: { gridTemplateColumns: '72px 18px minmax(0, 1fr) 104px 92px' },
  device: { gridTemplateColumns: '18px minmax(0, 1fr) 80px' },
  rule: { gridTemplateColumns: '18px minmax(0, 1fr) 48px' },
  link: {
    color: tokens.colorNeutralForeground1,
    textDecoration: 'none',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    ':hover': { color: tokens.colorBrandForegroundLinkHover, textDecoration: 'underline' },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
  soft: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 },
});

/** Where to look first. */
export function HomePage() {
  const home = useQuery({
    queryKey: ['/api/home'],
    queryFn: ({ signal }) => api.get('/api/home', undefined, signal),
    refetchInterval: POLL_MS,
  });
  if (home.data?.empty) return <Redirect href="/welcome" />;
  return (
    <PageShell title="Home" purpose="What is open, what is at risk, and whether the data is coming in.">
      <SampleLoading />
      {home.data ? (
        <Cards data={home.data} />
      ) : home.isError ? (
        <ErrorState error={home.error} title="Home could not be loaded" onRetry={() => void home.refetch()} />
      ) : (
        <CardsSkeleton />
      )}
    </PageShell>
  );
}

/** While the sample environment comes in, the figures below are still growing. */
function SampleLoading() {
  const styles = useStyles();
  const latest = useLatestJob('sample');
  const job = useJob(latest && !isOver(latest) ? latest.id : undefined);
  if (!job.data || isOver(job.data)) return null;
  return (
    <div className={styles.loading}>
      <JobProgress job={job.data} />
    </div>
  );
}

function Cards({ data }: { readonly data: HomeData }) {
  const styles = useStyles();
  const navigate = useNavigate();
  const chart = useMemo<ChartData>(
    () => ({
      kind: 'column',
      time: true,
      stacked: true,
      xTitle: undefined,
      categories: data.alertsPerDay.map((day) => day.day),
      // Low at the bottom would hide the few that matter on top of the many; high first.
      series: SEVERITIES_DOWN.map((severity) => ({
        name: SEVERITY_LABEL[severity],
        severity,
        values: data.alertsPerDay.map((day) => day[severity]),
      })),
    }),
    [data.alertsPerDay],
  );
  const openDay = useCallback(
    (index: number, series: number) => {
      const day = data.alertsPerDay[index]?.day.slice(0, 10);
      if (!day) return;
      const to = new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString();
      void navigate({
        to: '/alerts',
        search: { from: `${day}T00:00:00.000Z`, to, severity: SEVERITIES_DOWN[series] } as Record<string, string>,
      });
    },
    [data.alertsPerDay, navigate],
  );
  const alertsTotal = data.alertsPerDay.some((day) => day.high + day.medium + day.low + day.informational > 0);
  const mostSeverity = Math.max(1, ...data.incidents.bySeverity.map((each) => each.count));
  const mostTactic = Math.max(1, ...data.tactics.map((each) => each.alerts.count));

  return (
    <div className={styles.grid}>
      <Card title="Open incidents" area={styles.third}>
        <div className={styles.stats}>
          <Stat of={data.incidents.active} label="open" />
          <Stat of={data.incidents.unassigned} label="unassigned" />
          <Stat of={data.incidents.mine} label="assigned to me" />
        </div>
        <SeverityBars data={data} most={mostSeverity} />
      </Card>
      <Card title="Alerts per day" note={`last ${data.alertsPerDay.length} days, UTC`} area={styles.wide}>
        {alertsTotal ? (
          <Chart label="Alerts per day by severity" data={chart} height={190} onSelect={openDay} />
        ) : (
          <EmptyState
            small
            title="No alerts in this period"
            reason="The rules ran over what came in and found nothing."
          />
        )}
      </Card>
      <Card title="Newest open incidents" area={styles.wide}>
        {data.incidents.newest.length ? (
          <ul className={styles.list}>
            {data.incidents.newest.map((incident) => (
              <li key={incident.id} className={`${styles.row} ${styles.incident}`}>
                <PriorityMark score={incident.priorityScore} />
                <SeverityBadge severity={incident.severity} iconOnly />
                <Link
                  to="/incidents/$id"
                  params={{ id: incident.id }}
                  className={styles.link}
                  title={visibleText(incident.name)}
                >
                  {visibleText(incident.name)}
                </Link>
                <StatusBadge status={incident.status} />
                <span className={`${styles.soft} ${styles.end}`}>
                  <TimeText value={incident.lastUpdate} />
                </span>
              </li>
            ))}
          </ul>
        ) : (
          <EmptyState small title="No open incidents" reason="Everything that was raised has been closed." />
        )}
      </Card>
      <Card
        title="Devices at risk"
        area={styles.third}
        note={<HrefLink href={data.devices.href}>{data.devices.count.toLocaleString('en-US')} devices</HrefLink>}
      >
        {data.devicesAtRisk.length ? (
          <ul className={styles.list}>
            {data.devicesAtRisk.map((device) => (
              <li key={device.id} className={`${styles.row} ${styles.device}`}>
                <SeverityBadge severity={device.riskLevel} iconOnly />
                <Link to="/devices/$id" params={{ id: device.id }} className={styles.link} title={device.name}>
                  {visibleText(device.name)}
                </Link>
                <span className={`${styles.soft} ${styles.end}`}>
                  {device.openAlerts} {device.openAlerts === 1 ? 'alert' : 'alerts'}
                </span>
              </li>
            ))}
          </ul>
        ) : (
          <EmptyState small title="None" reason="No device has an open alert." />
        )}
      </Card>
      <Card title="Tactics seen" note="open alerts" area={styles.third}>
        {data.tactics.length ? <TacticBars data={data} most={mostTactic} /> : <EmptyState small title="None" />}
      </Card>
      <Card title="Detections that fire most" area={styles.third}>
        {data.topDetections.length ? (
          <ul className={styles.list}>
            {data.topDetections.map((rule) => (
              <li key={rule.ruleId} className={`${styles.row} ${styles.rule}`}>
                <SeverityBadge severity={rule.severity} iconOnly />
                <Link to="/detections/$id" params={{ id: rule.ruleId }} className={styles.link} title={rule.title}>
                  {rule.title}
                </Link>
                <span className={styles.end}>
                  <Count of={rule.alerts} label={`alerts of ${rule.title}`} />
                </span>
              </li>
            ))}
          </ul>
        ) : (
          <EmptyState small title="None" reason="No rule has raised an alert yet." />
        )}
      </Card>
      <Card
        title="Data coming in"
        area={styles.third}
        note={
          <>
            last event <TimeText value={data.ingestion.lastEventAt} />
          </>
        }
      >
        <div className={styles.stats}>
          <Stat of={data.ingestion.eventsLast24h} label="events in 24 h" />
          <Stat of={data.ingestion.sources} label={data.ingestion.sources.count === 1 ? 'source' : 'sources'} />
        </div>
        <div className={styles.stats}>
          <Stat of={data.ingestion.rejectedLast24h} label="rejected in 24 h" />
          <Stat of={data.ingestion.eventsTotal} label="events stored" />
        </div>
      </Card>
    </div>
  );
}

function SeverityBars({ data, most }: { readonly data: HomeData; readonly most: number }) {
  const styles = useStyles();
  const { themeName } = useAppearance();
  const rows = SEVERITIES_DOWN.flatMap((severity) =>
    data.incidents.bySeverity.filter((each) => each.severity === severity),
  );
  return (
    <div className={styles.bars}>
      {rows.map((row) => (
        <div key={row.severity} className={styles.bar}>
          <SeverityBadge severity={row.severity} />
          <span className={styles.track} aria-hidden="true">
            <span
              className={styles.fill}
              style={{ width: `${(row.count / most) * 100}%`, backgroundColor: SEVERITY_HUE[themeName][row.severity] }}
            />
          </span>
          <span className={styles.end}>
            <Count of={row} label={`open incidents of ${SEVERITY_LABEL[row.severity].toLowerCase()} severity`} />
          </span>
        </div>
      ))}
    </div>
  );
}

function TacticBars({ data, most }: { readonly data: HomeData; readonly most: number }) {
  const styles = useStyles();
  return (
    <div className={styles.bars}>
      {data.tactics.slice(0, 8).map((row) => (
        <div key={row.category} className={`${styles.bar} ${styles.tactic}`}>
          <Text size={200} truncate wrap={false}>
            {categoryLabel(row.category)}
          </Text>
          <span className={styles.track} aria-hidden="true">
            <span
              className={styles.fill}
              style={{
                width: `${(row.alerts.count / most) * 100}%`,
                backgroundColor: tokens.colorCompoundBrandBackground,
              }}
            />
          </span>
          <span className={styles.end}>
            <Count of={row.alerts} label={`open alerts of ${categoryLabel(row.category)}`} />
          </span>
        </div>
      ))}
    </div>
  );
}
