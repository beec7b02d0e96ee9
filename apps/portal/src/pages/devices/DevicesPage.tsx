import { Button, Link as FluentLink, makeStyles, Text, tokens } from '@fluentui/react-components';
import { Desktop20Regular } from '@fluentui/react-icons/svg/desktop';
import { type DeviceSummary, makeEntity } from '@parapet/schema/wire';
import { Link, useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { CopyButton } from '../../components/CopyButton.tsx';
import { Facts, PaneSection } from '../../components/Facts.tsx';
import { FilterBar } from '../../components/FilterBar.tsx';
import { formatSort, parseSort, type QueueColumn, QueueGrid } from '../../components/QueueGrid.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { HuntLink } from '../../features/hunt-link/HuntLink.tsx';
import { entityQuery } from '../../lib/entity.ts';
import { useLiveList } from '../../lib/liveList.ts';
import { visibleText } from '../../lib/text.ts';
import { formatCount, plural } from '../../lib/time.ts';
import { useUrlState } from '../../lib/urlState.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { PageShell } from '../../shell/PageShell.tsx';
import { SEVERITY_LABEL } from '../../theme/meaning.ts';
import { Risk } from './parts/Risk.tsx';
import { type DevicesState, devicesQuery, devicesSchema, RISK_LEVELS } from './search.ts';

const rowId = (row: DeviceSummary) => row.id;

const useStyles = makeStyles({
  link: {
    color: tokens.colorNeutralForeground1,
    fontWeight: tokens.fontWeightSemibold,
    textDecoration: 'none',
    unicodeBidi: 'isolate',
    ':hover': { color: tokens.colorBrandForegroundLinkHover, textDecoration: 'underline' },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
});

function NameLink({ device }: { readonly device: DeviceSummary }) {
  const styles = useStyles();
  return (
    <Link to="/devices/$id" params={{ id: device.id }} className={styles.link} title={visibleText(device.name)}>
      {visibleText(device.name)}
    </Link>
  );
}

function OpenAlerts({ device }: { readonly device: DeviceSummary }) {
  if (device.openAlerts === 0) return <span>0</span>;
  return (
    <Link to="/alerts" search={{ status: 'new,inProgress', entity: `device:${device.id}` }}>
      {formatCount(device.openAlerts)}
    </Link>
  );
}

const COLUMNS: readonly QueueColumn<DeviceSummary>[] = [
  { id: 'name', header: 'Device', sortable: true, required: true, render: (row) => <NameLink device={row} /> },
  { id: 'riskLevel', header: 'Risk', width: 130, sortable: true, render: (row) => <Risk level={row.riskLevel} /> },
  {
    id: 'openAlerts',
    header: 'Open alerts',
    width: 104,
    align: 'end',
    sortable: true,
    render: (row) => <OpenAlerts device={row} />,
  },
  { id: 'domain', header: 'Domain', width: 170, sortable: true, render: (row) => visibleText(row.domain) || '–' },
  {
    id: 'osPlatform',
    header: 'System',
    width: 150,
    sortable: true,
    render: (row) => visibleText(row.osPlatform) || '–',
  },
  {
    id: 'ips',
    header: 'IP addresses',
    width: 170,
    render: (row) => <span title={row.ips.join('\n')}>{row.ips.join(', ') || '–'}</span>,
  },
  {
    id: 'loggedOnUsers',
    header: 'Users',
    width: 190,
    render: (row) => (
      <span title={visibleText(row.loggedOnUsers.join('\n'))}>{visibleText(row.loggedOnUsers.join(', ')) || '–'}</span>
    ),
  },
  {
    id: 'lastSeen',
    header: 'Last seen',
    width: 116,
    sortable: true,
    render: (row) => <TimeText value={row.lastSeen} />,
  },
  {
    id: 'firstSeen',
    header: 'First seen',
    width: 116,
    sortable: true,
    hidden: true,
    render: (row) => <TimeText value={row.firstSeen} />,
  },
  { id: 'id', header: 'Device id', width: 220, hidden: true, render: (row) => visibleText(row.id) },
];

/** Every device that telemetry names. */
export function DevicesPage() {
  const [state, setState] = useUrlState(devicesSchema);
  const navigate = useNavigate();
  const signature = JSON.stringify(devicesQuery(state));
  // biome-ignore lint/correctness/useExhaustiveDependencies: keyed by what the list depends on
  const query = useMemo(() => devicesQuery(state), [signature]);
  const list = useLiveList<DeviceSummary>('/api/devices', query, rowId);
  const systems = [...new Set([...(list.data?.items ?? []).map((row) => row.osPlatform), ...state.os])].filter(Boolean);
  const filtered = Boolean(state.search) || state.risk.length > 0 || state.os.length > 0;
  const reset = () => setState({ search: '', risk: [], os: [], page: 1, row: '' });
  return (
    <PageShell
      title="Devices"
      purpose="Every device that sent telemetry, with its risk from open alerts."
      fill
      commands={<CopyButton value={window.location.href} what="link to this list" labelled />}
      filters={
        <FilterBar
          search={{
            value: state.search,
            onChange: (search) => setState({ search, page: 1, row: '' }),
            placeholder: 'Name, address or user',
          }}
          filters={[
            {
              id: 'risk',
              label: 'Risk',
              options: RISK_LEVELS.map((value) => ({
                value,
                label: value === 'none' ? 'No known risk' : SEVERITY_LABEL[value],
              })),
              selected: state.risk,
              onChange: (values) => setState({ risk: values as DevicesState['risk'], page: 1, row: '' }),
            },
            {
              id: 'os',
              label: 'System',
              options: systems.map((value) => ({ value, label: value })),
              selected: state.os,
              onChange: (os) => setState({ os, page: 1, row: '' }),
            },
          ]}
          onReset={filtered ? reset : undefined}
        />
      }
    >
      <QueueGrid
        label="Devices"
        preferenceKey="grid.devices"
        columns={COLUMNS}
        rowId={rowId}
        rowLabel={(row) => visibleText(row.name)}
        data={list.data}
        error={list.error}
        isFetching={list.isFetching}
        onRetry={list.retry}
        news={list.news}
        onLoadNews={list.refresh}
        sort={parseSort(state.sort)}
        onSort={(sort) => setState({ sort: formatSort(sort) as DevicesState['sort'], page: 1 })}
        onPage={(page) => setState({ page, row: '' }, { push: true })}
        onPageSize={(pageSize) => setState({ pageSize, page: 1 })}
        openId={state.row || undefined}
        onOpenDetails={(id) => setState({ row: id ?? '' })}
        onOpenPage={(row) => void navigate({ to: '/devices/$id', params: { id: row.id } })}
        toolbar={<Text aria-live="polite">{list.data ? plural(list.data.total, 'device') : ''}</Text>}
        renderPane={(row) => <DevicePane row={row} />}
        empty={
          filtered ? (
            <EmptyState
              icon={Desktop20Regular}
              title="No device matches these filters"
              action={<Button onClick={reset}>Show all devices</Button>}
            />
          ) : (
            <EmptyState
              icon={Desktop20Regular}
              title="No devices yet"
              reason="A device appears with its first event, whichever source sends it."
              action={
                <Button appearance="primary" onClick={() => void navigate({ to: '/ingestion' })}>
                  Connect a source
                </Button>
              }
            />
          )
        }
      />
    </PageShell>
  );
}

function DevicePane({ row }: { readonly row: DeviceSummary }) {
  const navigate = useNavigate();
  const entity = makeEntity('device', { deviceId: row.id, deviceName: row.name });
  const query = entity && entityQuery(entity);
  return (
    <>
      <Facts
        rows={[
          { label: 'Risk', value: <Risk level={row.riskLevel} /> },
          { label: 'Open alerts', value: <OpenAlerts device={row} /> },
          { label: 'Domain', value: visibleText(row.domain) || '–' },
          { label: 'System', value: visibleText(row.osPlatform) || '–' },
          { label: 'IP addresses', value: row.ips.join(', ') || '–' },
          { label: 'Users', value: visibleText(row.loggedOnUsers.join(', ')) || '–' },
          { label: 'First seen', value: <TimeText value={row.firstSeen} mode="absolute" /> },
          { label: 'Last seen', value: <TimeText value={row.lastSeen} mode="absolute" /> },
        ]}
      />
      <PaneSection title="Look closer">
        <span style={{ display: 'flex', gap: 12, alignItems: 'center', flexWrap: 'wrap' }}>
          <FluentLink
            as="button"
            onClick={() => void navigate({ to: '/devices/$id', params: { id: row.id }, search: { tab: 'timeline' } })}
          >
            Timeline
          </FluentLink>
          {query ? (
            <HuntLink query={query} as="button">
              Hunt for this device
            </HuntLink>
          ) : null}
        </span>
      </PaneSection>
    </>
  );
}
