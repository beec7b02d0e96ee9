import {
  Button,
  MessageBar,
  MessageBarBody,
  MessageBarTitle,
  makeStyles,
  Tab,
  TabList,
  Text,
  tokens,
} from '@fluentui/react-components';
import type { SourceKindInfo } from '@parapet/schema/wire';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import * as v from 'valibot';
import { api } from '../../api/client.ts';
import { useCan } from '../../api/session.ts';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { Chart } from '../../components/charts/Chart.tsx';
import { Facts } from '../../components/Facts.tsx';
import { Loaded } from '../../components/Loaded.tsx';
import { notify } from '../../components/Notifier.tsx';
import { SimpleTable } from '../../components/SimpleTable.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { HuntLink } from '../../features/hunt-link/HuntLink.tsx';
import { huntHref } from '../../features/hunt-link/share-link.ts';
import { formatBytes } from '../../lib/bytes.ts';
import { kqlString } from '../../lib/entity.ts';
import { visibleText } from '../../lib/text.ts';
import { formatCount } from '../../lib/time.ts';
import { url, useUrlState } from '../../lib/urlState.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { ErrorState } from '../../shell/ErrorState.tsx';
import { PageShell } from '../../shell/PageShell.tsx';
import { PageSkeleton } from '../../shell/Skeletons.tsx';
import { words } from '../../theme/meaning.ts';
import { type SourceDetail, useConnectors, useKinds, useSource } from './data.ts';
import { formatLag, formatRate, rawQuery } from './format.ts';
import { InvalidSection } from './parts/InvalidSection.tsx';
import { OsqueryMachines } from './parts/OsqueryMachines.tsx';
import { SetupSteps } from './parts/SetupSteps.tsx';
import { SourceKeys } from './parts/SourceKeys.tsx';
import { SourceSettings } from './parts/SourceSettings.tsx';
import { StateBadge } from './parts/StateBadge.tsx';

const TABS = ['overview', 'machines', 'settings', 'keys', 'setup'] as const;
const SPANS = ['24', '168', '720'] as const;
const schema = v.object({ tab: url.choice(TABS, 'overview'), hours: url.choice(SPANS, '24') });
const crumbs = [{ label: 'Sources & connectors', to: '/ingestion' }];

const useStyles = makeStyles({
  tabs: { marginLeft: '-10px', marginBottom: '14px' },
  columns: {
    display: 'grid',
    gridTemplateColumns: 'minmax(280px, 360px) minmax(0, 1fr)',
    gap: '32px',
    '@media (max-width: 1100px)': { gridTemplateColumns: '1fr' },
  },
  heading: { display: 'flex', alignItems: 'center', gap: '14px', flexWrap: 'wrap', minWidth: 0 },
  title: {
    margin: 0,
    fontSize: tokens.fontSizeBase500,
    lineHeight: tokens.lineHeightBase500,
    fontWeight: tokens.fontWeightSemibold,
    overflowWrap: 'anywhere',
  },
  h2row: { display: 'flex', alignItems: 'center', gap: '12px', margin: '0 0 8px', flexWrap: 'wrap' },
  h2: { margin: '0 0 8px' },
  gap: { marginTop: '22px' },
  narrow: { maxWidth: '820px' },
  message: { marginBottom: '14px' },
});

/** One source: how it is doing, what it may do, its keys, and how to connect it. */
export function SourcePage() {
  const { id = '' } = useParams({ strict: false });
  const source = useSource(id);
  const kinds = useKinds();
  if (!source.data)
    return source.isError ? (
      <PageShell title="Source" crumbs={crumbs}>
        <ErrorState
          error={source.error}
          title="The source could not be loaded"
          onRetry={() => void source.refetch()}
          action={<Link to="/ingestion">Go to the sources</Link>}
        />
      </PageShell>
    ) : (
      <PageSkeleton />
    );
  return <SourceView source={source.data} kind={kinds.data?.find((each) => each.id === source.data.kind)} />;
}

function SourceView({ source, kind }: { readonly source: SourceDetail; readonly kind: SourceKindInfo | undefined }) {
  const styles = useStyles();
  const [state, setState] = useUrlState(schema);
  const canManage = useCan('Data.Manage') && source.kind !== null;
  const client = useQueryClient();
  const navigate = useNavigate();
  const [removing, setRemoving] = useState(false);
  const [busy, setBusy] = useState(false);
  const name = visibleText(source.name);
  const path = `/api/ingest/sources/${encodeURIComponent(source.id)}`;
  const toggle = async (enabled: boolean, undo = true) => {
    setBusy(true);
    try {
      await api.patch(path, { enabled });
      await client.invalidateQueries({ queryKey: ['/api/ingest/sources'] });
      if (undo)
        notify.undoable(
          enabled ? 'Source switched on' : 'Source switched off',
          () => void toggle(!enabled, false),
          name,
        );
    } catch (error) {
      notify.failure('The source was not changed', error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <PageShell
      title={name}
      crumbs={crumbs}
      heading={
        <div className={styles.heading}>
          <h1 className={styles.title}>{name}</h1>
          <StateBadge source={source} />
        </div>
      }
      purpose={source.protocol}
      commands={
        <>
          <HuntLink query={rawQuery(source.id)} as="button">
            Hunt its events
          </HuntLink>
          {canManage ? (
            <>
              <Button size="small" disabled={busy} onClick={() => void toggle(!source.enabled)}>
                {source.enabled ? 'Switch off' : 'Switch on'}
              </Button>
              <Button size="small" onClick={() => setRemoving(true)}>
                Remove
              </Button>
            </>
          ) : null}
        </>
      }
    >
      {source.state.state === 'failed' ? (
        <MessageBar intent="error" role="alert" layout="multiline" className={styles.message}>
          <MessageBarBody>
            <MessageBarTitle>Not receiving</MessageBarTitle>
            {source.state.detail} It is tried again by itself.
          </MessageBarBody>
        </MessageBar>
      ) : null}
      <TabList
        size="small"
        className={styles.tabs}
        selectedValue={state.tab}
        onTabSelect={(_, data) => setState({ tab: data.value as (typeof TABS)[number] }, { push: true })}
      >
        <Tab value="overview">Overview</Tab>
        {source.kind === 'osquery' ? <Tab value="machines">Machines</Tab> : null}
        {source.kind ? <Tab value="settings">Settings</Tab> : null}
        {kind?.credentials === 'key' ? <Tab value="keys">Keys ({source.keys.length})</Tab> : null}
        {kind && kind.setup.length > 0 ? <Tab value="setup">Set up</Tab> : null}
      </TabList>
      {state.tab === 'machines' && source.kind === 'osquery' ? (
        <OsqueryMachines source={source} canManage={canManage} />
      ) : state.tab === 'settings' && kind ? (
        <div className={styles.narrow}>
          <SourceSettings key={source.id} source={source} kind={kind} canManage={canManage} />
        </div>
      ) : state.tab === 'keys' && kind ? (
        <SourceKeys source={source} kind={kind} canManage={canManage} />
      ) : state.tab === 'setup' && kind ? (
        <div className={styles.narrow}>
          <SetupSteps kind={kind} settings={source.settings} />
        </div>
      ) : (
        <Overview source={source} hours={state.hours} onHours={(hours) => setState({ hours })} />
      )}
      {removing ? (
        <ConfirmDialog
          open
          onClose={() => setRemoving(false)}
          title={`Remove the source “${name}”?`}
          action="Remove source"
          failure="The source was not removed"
          onConfirm={async () => {
            await api.delete(path);
            await client.invalidateQueries({ queryKey: ['/api/ingest/sources'] });
            notify.success('Source removed', name);
            void navigate({ to: '/ingestion' });
          }}
        >
          Its receiver stops and its keys are revoked, which cannot be undone. The events it sent stay and can be
          hunted.
        </ConfirmDialog>
      ) : null}
    </PageShell>
  );
}

function Overview({
  source,
  hours,
  onHours,
}: {
  readonly source: SourceDetail;
  readonly hours: (typeof SPANS)[number];
  readonly onHours: (hours: (typeof SPANS)[number]) => void;
}) {
  const styles = useStyles();
  const navigate = useNavigate();
  const router = useRouter();
  const connectors = useConnectors();
  const activity = useQuery({
    queryKey: ['/api/ingest/sources', source.id, 'activity', hours],
    queryFn: ({ signal }) =>
      api.get(`/api/ingest/sources/${encodeURIComponent(source.id)}/activity`, { hours }, signal),
    refetchInterval: 30_000,
  });
  const pinned =
    source.connector && (connectors.data?.find((each) => each.id === source.connector)?.title ?? source.connector);
  return (
    <div className={styles.columns}>
      <div>
        <Text as="h2" weight="semibold" size={400} block className={styles.h2}>
          Now
        </Text>
        <Facts
          rows={[
            { label: 'State', value: source.state.detail },
            { label: 'Rate', value: `${formatRate(source.rate)} events a second, last minute` },
            {
              label: 'Lag',
              value:
                source.lagMs === null
                  ? 'No event since the start of the server'
                  : `${formatLag(source.lagMs)} from acceptance to queryable`,
            },
            { label: 'Last event', value: <TimeText value={source.lastEventAt} mode="absolute" /> },
            { label: 'First event', value: <TimeText value={source.firstEventAt} mode="absolute" /> },
            {
              label: 'Accepted',
              value: <HuntLink query={rawQuery(source.id)}>{formatCount(source.accepted)}</HuntLink>,
            },
            { label: 'Size', value: `${formatBytes(source.bytes)} of records, before packing` },
            {
              label: 'Rejected',
              value:
                source.rejected === 0 ? (
                  '0'
                ) : (
                  <Link to="/ingestion/dead-letters" search={{ source: source.name }}>
                    {formatCount(source.rejected)}
                  </Link>
                ),
            },
            {
              label: 'Unclaimed',
              value:
                source.unclaimed === 0 ? (
                  '0'
                ) : (
                  <HuntLink query={rawQuery(source.id, '\n| where isempty(Connector)')}>
                    {formatCount(source.unclaimed)}
                  </HuntLink>
                ),
            },
            { label: 'Told to wait', value: `${formatCount(source.refused)} requests since the start of the server` },
            ...Object.entries(source.state.counters ?? {}).map(([counter, value]) => ({
              label: words(counter),
              value: formatCount(value),
            })),
            { label: 'Connector', value: pinned ? `${pinned}, for all records` : 'Automatic' },
            {
              label: 'Limits',
              value:
                source.limits.eventsPerSecond === null && source.limits.bytesPerSecond === null
                  ? 'None'
                  : [
                      source.limits.eventsPerSecond === null
                        ? null
                        : `${formatCount(source.limits.eventsPerSecond)} events a second`,
                      source.limits.bytesPerSecond === null
                        ? null
                        : `${formatCount(source.limits.bytesPerSecond / 1_000)} kB a second`,
                    ]
                      .filter(Boolean)
                      .join(', '),
            },
            Boolean(source.createdBy) && {
              label: 'Added',
              value: (
                <>
                  <TimeText value={source.createdAt} mode="absolute" precision="minute" /> by{' '}
                  {visibleText(source.createdBy)}
                </>
              ),
            },
          ]}
        />
      </div>
      <div>
        <div className={styles.h2row}>
          <Text as="h2" weight="semibold" size={400}>
            Events by time of acceptance
          </Text>
          <TabList
            size="small"
            selectedValue={hours}
            aria-label="Span"
            onTabSelect={(_, data) => onHours(data.value as (typeof SPANS)[number])}
          >
            <Tab value="24">24 hours</Tab>
            <Tab value="168">7 days</Tab>
            <Tab value="720">30 days</Tab>
          </TabList>
        </div>
        <Loaded query={activity} what="The events over time">
          {({ bins, binMinutes }) =>
            bins.every((bin) => bin.mapped + bin.unclaimed + bin.rejected === 0) ? (
              <EmptyState
                small
                title="Nothing in this span"
                reason="No event of this source was accepted or rejected."
              />
            ) : (
              <Chart
                label="Events by time of acceptance"
                height={220}
                data={{
                  kind: 'column',
                  stacked: true,
                  time: true,
                  categories: bins.map((bin) => bin.from),
                  series: [
                    { name: 'Mapped', values: bins.map((bin) => bin.mapped) },
                    { name: 'Unclaimed', values: bins.map((bin) => bin.unclaimed) },
                    { name: 'Rejected', values: bins.map((bin) => bin.rejected), severity: 'high' },
                  ],
                }}
                onSelect={(index, series) => {
                  const from = bins[index]?.from;
                  if (!from) return;
                  if (series === 2) {
                    void navigate({ to: '/ingestion/dead-letters', search: { source: source.name } as never });
                    return;
                  }
                  const to = new Date(Date.parse(from) + binMinutes * 60_000).toISOString();
                  const query = rawQuery(
                    source.id,
                    `\n| where TimeGenerated between (datetime(${from}) .. datetime(${to}))\n| where is${series === 1 ? '' : 'not'}empty(Connector)`,
                  );
                  router.history.push(huntHref({ query, run: true, range: 'all' }));
                }}
              />
            )
          }
        </Loaded>
        <InvalidSection source={source} hours={hours} />
        <Text as="h2" weight="semibold" size={400} block className={`${styles.h2} ${styles.gap}`}>
          Connectors in use
        </Text>
        {source.connectors.length === 0 ? (
          <EmptyState small title="None yet" reason="No record of this source was claimed by a connector." />
        ) : (
          <SimpleTable
            label="Connectors in use"
            rows={source.connectors}
            rowKey={(row) => row.id}
            columns={[
              {
                id: 'connector',
                header: 'Connector',
                render: (row) => (
                  <Link to="/ingestion/connectors/$id" params={{ id: row.id }}>
                    {visibleText(connectors.data?.find((each) => each.id === row.id)?.title ?? row.id)}
                  </Link>
                ),
              },
              {
                id: 'tables',
                header: 'Fills',
                render: (row) => connectors.data?.find((each) => each.id === row.id)?.tables.join(', ') ?? '–',
              },
              {
                id: 'events',
                header: 'Events',
                align: 'end',
                render: (row) => (
                  <HuntLink query={rawQuery(source.id, `\n| where Connector == ${kqlString(row.id)}`)}>
                    {formatCount(row.events)}
                  </HuntLink>
                ),
              },
            ]}
          />
        )}
      </div>
    </div>
  );
}
