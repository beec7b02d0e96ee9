import { makeStyles, Tab, TabList, Text, tokens } from '@fluentui/react-components';
import { type DeviceDetail, type EntityRisk, makeEntity } from '@parapet/schema/wire';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import * as v from 'valibot';
import { api } from '../../api/client.ts';
import { POLL_MS } from '../../api/queryClient.ts';
import { CopyButton } from '../../components/CopyButton.tsx';
import { EntityChip } from '../../components/EntityChip.tsx';
import { Facts, PaneSection } from '../../components/Facts.tsx';
import { SimpleTable } from '../../components/SimpleTable.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { MarksBar, NotesPanel, useMarks } from '../../features/entity-marks/index.ts';
import { RiskPanel, useRisk } from '../../features/entity-risk/index.ts';
import { Timeline } from '../../features/entity-timeline/index.ts';
import { HuntLink } from '../../features/hunt-link/HuntLink.tsx';
import { entityQuery } from '../../lib/entity.ts';
import { visibleText } from '../../lib/text.ts';
import { formatCount } from '../../lib/time.ts';
import { url, useUrlState } from '../../lib/urlState.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { ErrorState } from '../../shell/ErrorState.tsx';
import { PageShell } from '../../shell/PageShell.tsx';
import { PageSkeleton } from '../../shell/Skeletons.tsx';
import { FactValue } from '../entities/FactValue.tsx';
import { RelatedWork } from '../entities/RelatedWork.tsx';
import { Relations } from '../entities/Relations.tsx';
import { Risk } from './parts/Risk.tsx';

const TABS = ['overview', 'work', 'timeline', 'related', 'notes'] as const;
const schema = v.object({ tab: url.choice(TABS, 'overview') });

const useStyles = makeStyles({
  tabs: { padding: '0 14px', flexShrink: 0 },
  body: {
    flexGrow: 1,
    minHeight: 0,
    overflow: 'auto',
    padding: '14px 24px 24px',
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  timeline: {
    display: 'flex',
    flexGrow: 1,
    minHeight: 0,
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  columns: {
    display: 'grid',
    gridTemplateColumns: 'minmax(300px, 420px) minmax(0, 1fr)',
    gap: '32px',
    '@media (max-width: 1200px)': { gridTemplateColumns: '1fr' },
  },
  heading: { display: 'flex', alignItems: 'center', gap: '14px', flexWrap: 'wrap', minWidth: 0 },
  title: {
    margin: 0,
    fontSize: tokens.fontSizeBase500,
    lineHeight: tokens.lineHeightBase500,
    fontWeight: tokens.fontWeightSemibold,
    overflowWrap: 'anywhere',
  },
  chips: { display: 'flex', flexWrap: 'wrap', gap: '6px' },
  soft: { color: tokens.colorNeutralForeground3 },
  h2: { margin: '0 0 10px' },
});

const crumbs = [{ label: 'Devices', to: '/devices' }];

export function DevicePage() {
  const { id = '' } = useParams({ strict: false });
  const device = useQuery({
    queryKey: ['/api/devices', 'detail', id],
    queryFn: ({ signal }) => api.get(`/api/devices/${encodeURIComponent(id)}`, undefined, signal),
    refetchInterval: POLL_MS * 2,
  });
  if (!device.data)
    return device.isError ? (
      <PageShell title="Device" crumbs={crumbs}>
        <ErrorState
          error={device.error}
          title="The device could not be loaded"
          onRetry={() => void device.refetch()}
          action={<Link to="/devices">Go to the devices</Link>}
        />
      </PageShell>
    ) : (
      <PageSkeleton />
    );
  return <Device key={device.data.id} device={device.data} />;
}

function Device({ device }: { readonly device: DeviceDetail }) {
  const styles = useStyles();
  const [state, setState] = useUrlState(schema);
  const entity = makeEntity('device', { deviceId: device.id, deviceName: device.name });
  const query = entity && entityQuery(entity);
  const name = visibleText(device.name || device.id);
  const marks = useMarks('device', device.id);
  const risk = useRisk('device', device.id);
  const notes = marks.detail?.notes.length ?? 0;
  return (
    <PageShell
      title={name}
      crumbs={crumbs}
      heading={
        <div className={styles.heading}>
          <h1 className={styles.title}>{name}</h1>
          <Risk level={device.riskLevel} />
        </div>
      }
      commands={
        <>
          <CopyButton value={device.name} what="device name" labelled />
          {query ? (
            <HuntLink query={query} as="button">
              Hunt for this device
            </HuntLink>
          ) : null}
        </>
      }
      filters={<MarksBar marks={marks} risk={risk.data} />}
      fill
    >
      <TabList
        className={styles.tabs}
        size="small"
        selectedValue={state.tab}
        onTabSelect={(_, data) => setState({ tab: data.value as (typeof TABS)[number] }, { push: true })}
      >
        <Tab value="overview">Overview</Tab>
        <Tab value="work">Incidents and alerts ({device.incidents.length + device.alerts.length})</Tab>
        <Tab value="timeline">Timeline</Tab>
        <Tab value="related">Related</Tab>
        <Tab value="notes">Notes{notes ? ` (${notes})` : ''}</Tab>
      </TabList>
      {state.tab === 'timeline' ? (
        <div className={styles.timeline}>
          <Timeline type="device" id={device.id} name={name} />
        </div>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        <section className={styles.body} aria-label={name} tabIndex={0} key={state.tab}>
          {state.tab === 'work' ? (
            <RelatedWork incidents={device.incidents} alerts={device.alerts} entity={`device:${device.id}`} />
          ) : state.tab === 'related' ? (
            <Relations type="device" id={device.id} />
          ) : state.tab === 'notes' ? (
            <NotesPanel marks={marks} draftKey={`device:${device.id}`} />
          ) : (
            <Overview device={device} risk={risk} />
          )}
        </section>
      )}
    </PageShell>
  );
}

/** Facts of the server that this page draws in their own way. */
const SHOWN_OTHERWISE = new Set(['Risk', 'First seen', 'Last seen', 'Addresses', 'People', 'Open alerts']);

function Overview({ device, risk }: { readonly device: DeviceDetail; readonly risk: UseQueryResult<EntityRisk> }) {
  const styles = useStyles();
  const users = device.loggedOnUsers.flatMap((text) => {
    const [domain, account] = text.includes('\\') ? text.split('\\', 2) : ['', text];
    const user = makeEntity('user', { accountName: account, accountDomain: domain });
    return user ? [user] : [];
  });
  const addresses = device.ips.flatMap((ip) => makeEntity('ip', { ip }) ?? []);
  return (
    <div className={styles.columns}>
      <div>
        <Text as="h2" weight="semibold" size={400} block className={styles.h2}>
          About this device
        </Text>
        <Facts
          rows={[
            {
              label: 'Open alerts',
              value: (
                <Link to="/alerts" search={{ status: 'new,inProgress', entity: `device:${device.id}` }}>
                  {formatCount(device.openAlerts)}
                </Link>
              ),
            },
            { label: 'First seen', value: <TimeText value={device.firstSeen} mode="absolute" /> },
            { label: 'Last seen', value: <TimeText value={device.lastSeen} mode="absolute" /> },
            ...device.facts
              .filter((fact) => !SHOWN_OTHERWISE.has(fact.label))
              .map((fact) => ({ label: fact.label, value: <FactValue fact={fact} /> })),
          ]}
        />
        {device.cloudResources.length > 0 ? (
          <PaneSection title="The same machine in the cloud">
            <div className={styles.chips}>
              {device.cloudResources
                .flatMap((resourceId) => makeEntity('cloudResource', { resourceId }) ?? [])
                .map((resource) => (
                  <EntityChip key={resource.key} entity={resource} />
                ))}
            </div>
          </PaneSection>
        ) : null}
        <PaneSection title="Users seen">
          <div className={styles.chips}>
            {users.length === 0 ? <Text className={styles.soft}>No logon was recorded.</Text> : null}
            {users.map((user) => (
              <EntityChip key={user.key} entity={user} />
            ))}
          </div>
        </PaneSection>
        <PaneSection title="IP addresses">
          <div className={styles.chips}>
            {addresses.length === 0 ? <Text className={styles.soft}>No address was recorded.</Text> : null}
            {addresses.map((ip) => (
              <EntityChip key={ip.key} entity={ip} />
            ))}
          </div>
        </PaneSection>
      </div>
      <div>
        <RiskPanel query={risk} />
        <Text as="h2" weight="semibold" size={400} block className={styles.h2}>
          What it sent, last 30 days of its data
        </Text>
        {device.activity.length === 0 ? (
          <EmptyState small title="No rows in the hunting tables" reason="The device is known by name only." />
        ) : (
          <SimpleTable
            label="Rows per hunting table"
            rows={device.activity}
            rowKey={(row) => row.table}
            columns={[
              { id: 'table', header: 'Table', render: (row) => row.table },
              {
                id: 'rows',
                header: 'Rows',
                align: 'end',
                render: (row) => <HuntLink query={row.huntingQuery}>{formatCount(row.rows)}</HuntLink>,
              },
            ]}
          />
        )}
      </div>
    </div>
  );
}
