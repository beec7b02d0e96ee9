import { makeStyles, Text, tokens } from '@fluentui/react-components';
import type { HomeData, IdentitySummary, IncidentSummary, InventorySummary, Page } from '@parapet/schema/wire';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { api } from '../../api/client.ts';
import { POLL_MS } from '../../api/queryClient.ts';
import { SeverityBadge, StatusBadge } from '../../components/Badges.tsx';
import { Chart } from '../../components/charts/Chart.tsx';
import type { ChartData } from '../../components/charts/model.ts';
import { HrefLink } from '../../components/HrefLink.tsx';
import { Loaded } from '../../components/Loaded.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { visibleText } from '../../lib/text.ts';
import { plural } from '../../lib/time.ts';
import { useNow } from '../../lib/useNow.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { RowsSkeleton } from '../../shell/Skeletons.tsx';
import { useAppearance } from '../../theme/Appearance.tsx';
import { categoryLabel, SEVERITIES_DOWN, SEVERITY_HUE, SEVERITY_LABEL } from '../../theme/meaning.ts';
import { PriorityMark } from '../incidents/parts/PriorityScore.tsx';
import { useSources } from '../ingestion/data.ts';
import { StateBadge, sourceHealth } from '../ingestion/parts/StateBadge.tsx';
import { Card, Count, Stat } from './Card.tsx';

const useStyles = makeStyles({
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
  source: { gridTemplateColumns: '120px minmax(0, 1fr) 92px' },
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

/** One card by its name. */
export function HomeCard({ id, data }: { readonly id: string; readonly data: HomeData }) {
  switch (id) {
    case 'incidents':
      return <OpenIncidents data={data} />;
    case 'alertsPerDay':
      return <AlertsPerDay data={data} />;
    case 'newest':
      return <Newest data={data} />;
    case 'queue':
      return <MyQueue />;
    case 'tactics':
      return <Tactics data={data} />;
    case 'detections':
      return <Detections data={data} />;
    case 'usersAtRisk':
      return <UsersAtRisk />;
    case 'identities':
      return <Inventory title="Identities" path="/api/identities/summary" />;
    case 'devicesAtRisk':
      return <DevicesAtRisk data={data} />;
    case 'devices':
      return <Inventory title="Devices" path="/api/devices/summary" />;
    case 'ingestion':
      return <Ingestion data={data} />;
    case 'sources':
      return <SourceHealth />;
    default:
      return null;
  }
}

interface Of {
  readonly data: HomeData;
}

function OpenIncidents({ data }: Of) {
  const styles = useStyles();
  const mostSeverity = Math.max(1, ...data.incidents.bySeverity.map((each) => each.count));
  return (
    <Card title="Open incidents">
      <div className={styles.stats}>
        <Stat of={data.incidents.active} label="open" />
        <Stat of={data.incidents.unassigned} label="unassigned" />
        <Stat of={data.incidents.mine} label="assigned to me" />
      </div>
      <SeverityBars data={data} most={mostSeverity} />
    </Card>
  );
}

function AlertsPerDay({ data }: Of) {
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

  return (
    <Card title="Alerts per day" note={`last ${data.alertsPerDay.length} days, UTC`}>
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
  );
}

function Newest({ data }: Of) {
  return (
    <Card title="Newest open incidents">
      <IncidentRows
        incidents={data.incidents.newest}
        none="No open incidents"
        why="Everything that was raised has been closed."
      />
    </Card>
  );
}

function MyQueue() {
  const queue = useQuery({
    queryKey: ['/api/incidents', 'home', 'mine'],
    queryFn: ({ signal }) =>
      api.get<Page<IncidentSummary>>(
        '/api/incidents',
        { status: 'active,inProgress', assignedTo: 'me', sort: '-priorityScore', pageSize: 8 },
        signal,
      ),
    refetchInterval: POLL_MS,
  });
  const href = '/incidents?status=active,inProgress&assignedTo=me&range=all';
  return (
    <Card
      title="My queue"
      note={queue.data ? <HrefLink href={href}>{plural(queue.data.total, 'incident')}</HrefLink> : undefined}
    >
      <Loaded query={queue} what="Your queue" skeleton={<RowsSkeleton rows={3} />}>
        {({ items }) => (
          <IncidentRows
            incidents={items}
            none="Nothing is assigned to you"
            why="Assign an incident to yourself with e in the queue."
          />
        )}
      </Loaded>
    </Card>
  );
}

function IncidentRows({
  incidents,
  none,
  why,
}: {
  readonly incidents: readonly IncidentSummary[];
  readonly none: string;
  readonly why: string;
}) {
  const styles = useStyles();
  if (incidents.length === 0) return <EmptyState small title={none} reason={why} />;
  return (
    <ul className={styles.list}>
      {incidents.map((incident) => (
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
  );
}

function DevicesAtRisk({ data }: Of) {
  const styles = useStyles();
  return (
    <Card
      title="Devices at risk"
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
  );
}

function UsersAtRisk() {
  const styles = useStyles();
  const users = useQuery({
    queryKey: ['/api/identities', 'home'],
    queryFn: ({ signal }) =>
      api.get<Page<IdentitySummary>>(
        '/api/identities',
        { risk: 'high,medium,low,informational', sort: '-riskLevel', pageSize: 8 },
        signal,
      ),
    refetchInterval: POLL_MS * 4,
  });
  return (
    <Card
      title="Users at risk"
      note={
        users.data ? (
          <HrefLink href="/identities?risk=high,medium,low,informational">
            {plural(users.data.total, 'account')}
          </HrefLink>
        ) : undefined
      }
    >
      <Loaded query={users} what="Users at risk" skeleton={<RowsSkeleton rows={3} />}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState small title="None" reason="No account has an open alert." />
          ) : (
            <ul className={styles.list}>
              {items.map((user) => (
                <li key={user.id} className={`${styles.row} ${styles.device}`}>
                  {user.riskLevel === 'none' ? <span /> : <SeverityBadge severity={user.riskLevel} iconOnly />}
                  <Link
                    to="/entities/$type/$key"
                    params={{ type: 'user', key: user.id }}
                    className={styles.link}
                    title={visibleText(user.id)}
                  >
                    {visibleText(user.displayName || user.name)}
                  </Link>
                  <span className={`${styles.soft} ${styles.end}`}>{plural(user.openAlerts, 'alert')}</span>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  );
}

/** Figures of an inventory, each a link to the list it counts. */
function Inventory({ title, path }: { readonly title: string; readonly path: string }) {
  const styles = useStyles();
  const summary = useQuery({
    queryKey: [path.replace('/summary', ''), 'summary'],
    queryFn: ({ signal }) => api.get<InventorySummary>(path, undefined, signal),
    refetchInterval: POLL_MS * 4,
  });
  return (
    <Card title={title}>
      <Loaded query={summary} what={title} skeleton={<RowsSkeleton rows={2} />}>
        {({ figures }) => (
          <div className={styles.stats}>
            {figures.map((figure) => (
              <Stat key={figure.id} of={figure} label={figure.label.toLowerCase()} />
            ))}
          </div>
        )}
      </Loaded>
    </Card>
  );
}

function Tactics({ data }: Of) {
  const mostTactic = Math.max(1, ...data.tactics.map((each) => each.alerts.count));
  return (
    <Card title="Tactics seen" note="open alerts">
      {data.tactics.length ? <TacticBars data={data} most={mostTactic} /> : <EmptyState small title="None" />}
    </Card>
  );
}

function Detections({ data }: Of) {
  const styles = useStyles();
  return (
    <Card title="Detections that fire most">
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
  );
}

function Ingestion({ data }: Of) {
  const styles = useStyles();
  return (
    <Card
      title="Data coming in"
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
  );
}

/** Sources that need someone come first. */
function SourceHealth() {
  const styles = useStyles();
  const sources = useSources();
  const now = useNow();
  return (
    <Card
      title="Source health"
      note={sources.data ? <HrefLink href="/ingestion">{plural(sources.data.length, 'source')}</HrefLink> : undefined}
    >
      <Loaded query={sources} what="The sources" skeleton={<RowsSkeleton rows={3} />}>
        {(items) =>
          items.length === 0 ? (
            <EmptyState small title="No sources" reason="Connect one, and its health shows here." />
          ) : (
            <ul className={styles.list}>
              {[...items]
                .sort((a, b) => rank(sourceHealth(a, now).tone) - rank(sourceHealth(b, now).tone))
                .slice(0, 8)
                .map((source) => (
                  <li key={source.id} className={`${styles.row} ${styles.source}`}>
                    <StateBadge source={source} />
                    <Link to="/ingestion/sources/$id" params={{ id: source.id }} className={styles.link}>
                      {visibleText(source.name)}
                    </Link>
                    <span className={`${styles.soft} ${styles.end}`}>
                      <TimeText value={source.lastEventAt} />
                    </span>
                  </li>
                ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  );
}

const rank = (tone: 'good' | 'bad' | 'quiet'): number => (tone === 'bad' ? 0 : tone === 'quiet' ? 1 : 2);

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
