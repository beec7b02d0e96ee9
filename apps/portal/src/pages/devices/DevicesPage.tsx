import { Button, Link as FluentLink, makeStyles, Text, tokens } from '@fluentui/react-components';
import { ArrowDownload20Regular } from '@fluentui/react-icons/svg/arrow-download';
import { Desktop20Regular } from '@fluentui/react-icons/svg/desktop';
import { CRITICALITIES, type DeviceSummary, type InventorySummary, makeEntity } from '@parapet/schema/wire';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { api, withQuery } from '../../api/client.ts';
import { useSession } from '../../api/session.ts';
import { CopyButton } from '../../components/CopyButton.tsx';
import { Facts, PaneSection } from '../../components/Facts.tsx';
import { FilterBar } from '../../components/FilterBar.tsx';
import { type QueueColumn, QueueGrid } from '../../components/QueueGrid.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { CRITICALITY_LABEL } from '../../features/entity-marks/index.ts';
import { HuntLink } from '../../features/hunt-link/HuntLink.tsx';
import { SavedViews } from '../../features/saved-views/SavedViews.tsx';
import { entityQuery } from '../../lib/entity.ts';
import { useLiveList } from '../../lib/liveList.ts';
import { gridProps } from '../../lib/queue.ts';
import { visibleText } from '../../lib/text.ts';
import { formatCount, plural } from '../../lib/time.ts';
import { useUrlState } from '../../lib/urlState.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { PageShell } from '../../shell/PageShell.tsx';
import { SEVERITY_LABEL } from '../../theme/meaning.ts';
import { BulkMarks } from '../inventory/BulkMarks.tsx';
import { Figures } from '../inventory/Figures.tsx';
import { Risk } from './parts/Risk.tsx';
import {
  type DevicesState,
  devicesQuery,
  devicesSchema,
  HEALTH,
  isFiltered,
  NO_FILTERS,
  RISK_LEVELS,
} from './search.ts';

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
  {
    id: 'criticality',
    header: 'Criticality',
    width: 104,
    render: (row) => (row.criticality === 'none' ? '–' : CRITICALITY_LABEL[row.criticality]),
  },
  {
    id: 'tags',
    header: 'Tags',
    width: 170,
    render: (row) => <span title={visibleText(row.tags.join('\n'))}>{visibleText(row.tags.join(', ')) || '–'}</span>,
  },
  { id: 'group', header: 'Group', width: 140, hidden: true, render: (row) => visibleText(row.group) || '–' },
  { id: 'health', header: 'Health', width: 90, render: (row) => (row.health === 'active' ? 'Active' : 'Inactive') },
  {
    id: 'osVersion',
    header: 'Version',
    width: 110,
    hidden: true,
    sortable: true,
    render: (row) => visibleText(row.osVersion) || '–',
  },
  {
    id: 'deviceType',
    header: 'Type',
    width: 110,
    hidden: true,
    sortable: true,
    render: (row) => visibleText(row.deviceType) || '–',
  },
  {
    id: 'cloudPlatform',
    header: 'Cloud',
    width: 90,
    hidden: true,
    render: (row) => visibleText(row.cloudPlatform) || '–',
  },
  {
    id: 'onboarding',
    header: 'Onboarding',
    width: 130,
    hidden: true,
    render: (row) => visibleText(row.onboarding) || '–',
  },
  {
    id: 'internetFacing',
    header: 'Internet-facing',
    width: 120,
    hidden: true,
    render: (row) => (row.internetFacing ? 'Yes' : '–'),
  },
  { id: 'excluded', header: 'Excluded', width: 90, hidden: true, render: (row) => (row.excluded ? 'Yes' : '–') },
  { id: 'id', header: 'Device id', width: 220, hidden: true, render: (row) => visibleText(row.id) },
];

/** Every device that telemetry names. */
export function DevicesPage() {
  const raw = useSearch({ strict: false }) as Record<string, string>;
  const [state, setState] = useUrlState(devicesSchema);
  const navigate = useNavigate();
  const signature = JSON.stringify(devicesQuery(state));
  // biome-ignore lint/correctness/useExhaustiveDependencies: keyed by what the list depends on
  const query = useMemo(() => devicesQuery(state), [signature]);
  const list = useLiveList<DeviceSummary>('/api/devices', query, rowId);
  const summary = useQuery({
    queryKey: ['/api/devices', 'summary'],
    queryFn: ({ signal }) => api.get<InventorySummary>('/api/devices/summary', undefined, signal),
    staleTime: 30_000,
  });
  const values = (name: string, chosen: readonly string[]) => [
    ...new Set([...(summary.data?.values[name] ?? []), ...chosen]),
  ];
  const canManage = useSession()?.permissions.includes('Alerts.Manage') ?? false;
  const [selected, setSelected] = useState<ReadonlyMap<string, DeviceSummary>>(new Map());
  const selection = useMemo(() => new Set(selected.keys()), [selected]);
  const rows = list.data?.items ?? [];
  const select = (ids: ReadonlySet<string>) =>
    setSelected(
      new Map(
        [...ids].flatMap((id) => {
          const row = rows.find((each) => each.id === id) ?? selected.get(id);
          return row ? [[id, row] as const] : [];
        }),
      ),
    );
  const filtered = isFiltered(state);
  const reset = () => setState({ ...NO_FILTERS } as unknown as Partial<DevicesState>);
  const pill = (id: 'os' | 'tag' | 'group' | 'cloud', label: string, none?: string) => ({
    id,
    label,
    options: [
      ...(none ? [{ value: 'none', label: none }] : []),
      ...values(id, state[id])
        .filter((value) => value !== 'none')
        .map((value) => ({ value, label: value })),
    ],
    selected: state[id],
    onChange: (chosen: string[]) => setState({ [id]: chosen, page: 1, row: '' }),
  });
  return (
    <PageShell
      title="Devices"
      purpose="Every device that sent telemetry, with its risk from open alerts."
      fill
      commands={
        <>
          <SavedViews area="devices" search={raw} />
          <CopyButton value={window.location.href} what="link to this list" labelled />
          <Button
            as="a"
            appearance="subtle"
            icon={<ArrowDownload20Regular />}
            href={withQuery('/api/devices/export', { ...query, page: '', pageSize: '' })}
            download
          >
            Export
          </Button>
        </>
      }
      filters={
        <>
          <Figures summary={summary.data} />
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
                onChange: (chosen) => setState({ risk: chosen as DevicesState['risk'], page: 1, row: '' }),
              },
              {
                id: 'criticality',
                label: 'Criticality',
                options: [...CRITICALITIES].reverse().map((value) => ({ value, label: CRITICALITY_LABEL[value] })),
                selected: state.criticality,
                onChange: (chosen) =>
                  setState({ criticality: chosen as DevicesState['criticality'], page: 1, row: '' }),
              },
              pill('os', 'System'),
              pill('tag', 'Tag'),
              pill('group', 'Group', 'In no group'),
              {
                id: 'health',
                label: 'Health',
                options: HEALTH.map((value) => ({ value, label: value === 'active' ? 'Active' : 'Inactive' })),
                selected: state.health,
                onChange: (chosen) => setState({ health: chosen as DevicesState['health'], page: 1, row: '' }),
              },
              pill('cloud', 'Cloud'),
              {
                id: 'excluded',
                label: 'Excluded',
                options: [
                  { value: 'true', label: 'Excluded' },
                  { value: 'false', label: 'Not excluded' },
                ],
                selected: state.excluded ? [state.excluded] : [],
                onChange: (chosen) =>
                  setState({ excluded: (chosen.at(-1) ?? '') as DevicesState['excluded'], page: 1, row: '' }),
              },
              ...(state.newSince
                ? [
                    {
                      id: 'newSince',
                      label: 'New',
                      options: [{ value: state.newSince, label: `first seen since ${state.newSince.slice(0, 10)}` }],
                      selected: [state.newSince],
                      onChange: () => setState({ newSince: '', page: 1, row: '' }),
                    },
                  ]
                : []),
            ]}
            onReset={filtered ? reset : undefined}
          />
        </>
      }
    >
      <QueueGrid
        label="Devices"
        preferenceKey="grid.devices"
        columns={COLUMNS}
        rowId={rowId}
        rowLabel={(row) => visibleText(row.name)}
        {...gridProps(list, state, setState)}
        onOpenPage={(row) => void navigate({ to: '/devices/$id', params: { id: row.id } })}
        {...(canManage ? { selection, onSelection: select } : {})}
        toolbar={
          selected.size > 0 ? (
            <>
              <Text weight="semibold">{plural(selected.size, 'device')} chosen</Text>
              <BulkMarks
                type="device"
                ids={[...selected.keys()]}
                known={summary.data?.values.tag ?? []}
                active={[...selected.values()].filter((row) => row.health === 'active').length}
                exclusion
                onDone={() => {
                  setSelected(new Map());
                  list.refresh();
                  void summary.refetch();
                }}
              />
              <Button size="small" appearance="transparent" onClick={() => setSelected(new Map())}>
                Clear selection
              </Button>
            </>
          ) : (
            <Text aria-live="polite">{list.data ? plural(list.data.total, 'device') : ''}</Text>
          )
        }
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
          { label: 'Criticality', value: CRITICALITY_LABEL[row.criticality] },
          { label: 'Tags', value: visibleText(row.tags.join(', ')) || '–' },
          row.group ? { label: 'Group', value: visibleText(row.group) } : undefined,
          { label: 'Health', value: row.health === 'active' ? 'Active' : 'Inactive: silent for seven days or more' },
          row.excluded ? { label: 'Excluded', value: 'From vulnerability figures' } : undefined,
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
