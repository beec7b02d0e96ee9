import { Button, makeStyles, Tab, TabList, Text, tokens } from '@fluentui/react-components';
import { PlugConnected20Regular } from '@fluentui/react-icons/svg/plug-connected';
import type { ConnectorInfo, IngestSource } from '@parapet/schema/wire';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import * as v from 'valibot';
import { api } from '../../api/client.ts';
import { useCan } from '../../api/session.ts';
import { asItems } from '../../api/users.ts';
import { Loaded } from '../../components/Loaded.tsx';
import { SimpleTable } from '../../components/SimpleTable.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { HuntLink } from '../../features/hunt-link/HuntLink.tsx';
import { kqlString } from '../../lib/entity.ts';
import { visibleText } from '../../lib/text.ts';
import { formatCount } from '../../lib/time.ts';
import { url, useUrlState } from '../../lib/urlState.ts';
import { useNow } from '../../lib/useNow.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { PageShell } from '../../shell/PageShell.tsx';

const TABS = ['sources', 'connectors'] as const;
const schema = v.object({ tab: url.choice(TABS, 'sources') });

/** A source counts as silent after this long without an event. */
const SILENT_MS = 24 * 3_600_000;

const useStyles = makeStyles({
  tabs: { marginLeft: '-10px', marginBottom: '12px' },
  soft: { color: tokens.colorNeutralForeground3 },
  stack: { display: 'flex', flexDirection: 'column', gap: '2px' },
});

type ListAnswer<T> = readonly T[] | { readonly items: readonly T[] };

function useShortList<T>(path: string, refetchInterval: number) {
  return useQuery({
    queryKey: [path],
    queryFn: async ({ signal }) => asItems(await api.get<ListAnswer<T>>(path, undefined, signal)),
    refetchInterval,
  });
}

/** Who sends events, and what turns them into hunting rows. */
export function IngestionPage() {
  const styles = useStyles();
  const [state, setState] = useUrlState(schema);
  const navigate = useNavigate();
  const canManage = useCan('Data.Manage');
  return (
    <PageShell
      title="Sources & connectors"
      purpose="Who sends events, how many, and which connector turns them into hunting rows."
      commands={
        <>
          <Button size="small" onClick={() => void navigate({ to: '/ingestion/dead-letters' })}>
            Dead letters
          </Button>
          {canManage ? (
            <Button size="small" appearance="primary" onClick={() => void navigate({ to: '/welcome' })}>
              Connect a source
            </Button>
          ) : null}
        </>
      }
    >
      <TabList
        size="small"
        className={styles.tabs}
        selectedValue={state.tab}
        onTabSelect={(_, data) => setState({ tab: data.value as (typeof TABS)[number] }, { push: true })}
      >
        <Tab value="sources">Sources</Tab>
        <Tab value="connectors">Connectors</Tab>
      </TabList>
      {state.tab === 'sources' ? <Sources canManage={canManage} /> : <Connectors />}
    </PageShell>
  );
}

function rawQuery(source: IngestSource, more = ''): string {
  return `ParapetRawEvents\n| where SourceId == ${kqlString(source.id)}${more}\n| sort by TimeGenerated desc\n| take 100`;
}

function Sources({ canManage }: { readonly canManage: boolean }) {
  const styles = useStyles();
  const navigate = useNavigate();
  const now = useNow();
  const sources = useShortList<IngestSource>('/api/ingest/sources', 5_000);
  const connectors = useShortList<ConnectorInfo>('/api/ingest/connectors', 60_000);
  const titleOf = (id: string) => connectors.data?.find((one) => one.id === id)?.title ?? id;
  return (
    <Loaded query={sources} what="The sources">
      {(rows) =>
        rows.length === 0 ? (
          <EmptyState
            icon={PlugConnected20Regular}
            title="No source has sent anything yet"
            reason="A source appears with its first event. Any sender that speaks the Elasticsearch bulk protocol works; files can be imported on the command line."
            action={
              canManage ? (
                <Button appearance="primary" onClick={() => void navigate({ to: '/welcome' })}>
                  Connect a source
                </Button>
              ) : (
                <Text size={200}>Connecting a source needs the permission Data.Manage.</Text>
              )
            }
          />
        ) : (
          <SimpleTable<IngestSource>
            label="Sources"
            rows={rows}
            rowKey={(row) => row.id}
            columns={[
              {
                id: 'name',
                header: 'Source',
                render: (row) => (
                  <span className={styles.stack}>
                    <strong>{visibleText(row.name)}</strong>
                    <Text size={200} className={styles.soft}>
                      {visibleText(row.protocol)}
                    </Text>
                  </span>
                ),
              },
              {
                id: 'last',
                header: 'Last event',
                nowrap: true,
                render: (row) =>
                  row.lastEventAt && now - Date.parse(row.lastEventAt) > SILENT_MS ? (
                    <span className={styles.stack}>
                      <TimeText value={row.lastEventAt} />
                      <Text size={200} weight="semibold">
                        Silent
                      </Text>
                    </span>
                  ) : (
                    <TimeText value={row.lastEventAt} />
                  ),
              },
              {
                id: 'rate',
                header: 'Events a second (last minute)',
                align: 'end',
                render: (row) => new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 }).format(row.rate),
              },
              {
                id: 'accepted',
                header: 'Accepted',
                align: 'end',
                render: (row) => <HuntLink query={rawQuery(row)}>{formatCount(row.accepted)}</HuntLink>,
              },
              {
                id: 'rejected',
                header: 'Rejected',
                align: 'end',
                render: (row) =>
                  row.rejected === 0 ? (
                    '0'
                  ) : (
                    <Link to="/ingestion/dead-letters" search={{ source: row.name }}>
                      {formatCount(row.rejected)}
                    </Link>
                  ),
              },
              {
                id: 'unclaimed',
                header: 'Unclaimed',
                align: 'end',
                render: (row) =>
                  row.unclaimed === 0 ? (
                    '0'
                  ) : (
                    <HuntLink query={rawQuery(row, '\n| where isempty(Connector)')}>
                      {formatCount(row.unclaimed)}
                    </HuntLink>
                  ),
              },
              {
                id: 'connectors',
                header: 'Connectors',
                render: (row) => (
                  <span className={styles.stack}>
                    {row.connectors.length === 0 ? '–' : null}
                    {row.connectors.map((one) => (
                      <span key={one.id}>
                        {visibleText(titleOf(one.id))}{' '}
                        <Text size={200} className={styles.soft}>
                          {formatCount(one.events)}
                        </Text>
                      </span>
                    ))}
                  </span>
                ),
              },
              {
                id: 'first',
                header: 'First event',
                nowrap: true,
                render: (row) => <TimeText value={row.firstEventAt} />,
              },
            ]}
          />
        )
      }
    </Loaded>
  );
}

function Connectors() {
  const styles = useStyles();
  const connectors = useShortList<ConnectorInfo>('/api/ingest/connectors', 15_000);
  return (
    <Loaded query={connectors} what="The connectors">
      {(rows) =>
        rows.length === 0 ? (
          <EmptyState
            icon={PlugConnected20Regular}
            title="No connectors are loaded"
            reason="Connectors are files in the content folder of the server; a file that could not be read is named in the server log."
          />
        ) : (
          <SimpleTable<ConnectorInfo>
            label="Connectors"
            rows={rows}
            rowKey={(row) => row.id}
            columns={[
              {
                id: 'title',
                header: 'Connector',
                width: '26%',
                render: (row) => (
                  <span className={styles.stack}>
                    <strong>{visibleText(row.title)}</strong>
                    <Text size={200} className={styles.soft}>
                      {visibleText(row.vendor)}
                    </Text>
                  </span>
                ),
              },
              { id: 'description', header: 'What it reads', render: (row) => visibleText(row.description) },
              {
                id: 'tables',
                header: 'Fills',
                render: (row) => (
                  <span className={styles.stack}>
                    {row.tables.map((table) => (
                      <HuntLink key={table} query={`${table}\n| take 10`}>
                        {table}
                      </HuntLink>
                    ))}
                  </span>
                ),
              },
              {
                id: 'events',
                header: 'Events',
                align: 'end',
                render: (row) =>
                  row.events === 0 ? (
                    '0'
                  ) : (
                    <HuntLink
                      query={`ParapetRawEvents\n| where Connector == ${kqlString(row.id)}\n| sort by TimeGenerated desc\n| take 100`}
                    >
                      {formatCount(row.events)}
                    </HuntLink>
                  ),
              },
            ]}
          />
        )
      }
    </Loaded>
  );
}
