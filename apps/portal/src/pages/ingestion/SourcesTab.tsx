import { Button, makeStyles, Text, tokens } from '@fluentui/react-components';
import { PlugConnected20Regular } from '@fluentui/react-icons/svg/plug-connected';
import type { IngestSource } from '@parapet/schema/wire';
import { Link } from '@tanstack/react-router';
import * as v from 'valibot';
import { FilterBar } from '../../components/FilterBar.tsx';
import { Loaded } from '../../components/Loaded.tsx';
import { SimpleTable } from '../../components/SimpleTable.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { HuntLink } from '../../features/hunt-link/HuntLink.tsx';
import { visibleText } from '../../lib/text.ts';
import { formatCount } from '../../lib/time.ts';
import { url, useUrlState } from '../../lib/urlState.ts';
import { useNow } from '../../lib/useNow.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { useConnectors, useSources } from './data.ts';
import { formatLag, formatRate, rawQuery } from './format.ts';
import { StateBadge, sourceHealth } from './parts/StateBadge.tsx';

const HEALTH = ['Receiving', 'Silent', 'Failed', 'No events yet', 'Waiting', 'Off', 'Removed'] as const;
const schema = v.object({ search: url.text(), health: url.list(HEALTH) });

const useStyles = makeStyles({
  soft: { color: tokens.colorNeutralForeground3 },
  stack: { display: 'flex', flexDirection: 'column', gap: '2px' },
  filters: { marginBottom: '10px' },
});

/** Who sends events. */
export function SourcesTab({ canManage, onAdd }: { readonly canManage: boolean; readonly onAdd: () => void }) {
  const styles = useStyles();
  const now = useNow();
  const [state, setState] = useUrlState(schema);
  const sources = useSources();
  const connectors = useConnectors();
  const titleOf = (id: string) => connectors.data?.find((one) => one.id === id)?.title ?? id;
  return (
    <Loaded query={sources} what="The sources">
      {(all) => {
        if (all.length === 0)
          return (
            <EmptyState
              icon={PlugConnected20Regular}
              title="No source is connected yet"
              reason="A source is whatever sends events: a collector, a firewall, a folder of files, a bucket. Each has its own key, limits and page."
              action={
                canManage ? (
                  <Button appearance="primary" onClick={onAdd}>
                    Add a source
                  </Button>
                ) : (
                  <Text size={200}>Adding a source needs the permission Data.Manage.</Text>
                )
              }
            />
          );
        const wanted = state.search.toLowerCase();
        const rows = all.filter(
          (source) =>
            (wanted === '' || `${source.name} ${source.protocol}`.toLowerCase().includes(wanted)) &&
            (state.health.length === 0 || (state.health as readonly string[]).includes(sourceHealth(source, now).word)),
        );
        return (
          <>
            <div className={styles.filters}>
              <FilterBar
                search={{
                  value: state.search,
                  placeholder: 'Find a source',
                  onChange: (search) => setState({ search }),
                }}
                filters={[
                  {
                    id: 'health',
                    label: 'State',
                    options: HEALTH.map((word) => ({ value: word, label: word })),
                    selected: state.health,
                    onChange: (health) => setState({ health: health as (typeof HEALTH)[number][] }),
                  },
                ]}
              />
            </div>
            {rows.length === 0 ? (
              <EmptyState
                small
                title="No source fits these filters"
                reason={`${all.length} sources are hidden by them.`}
                action={<Button onClick={() => setState({ search: '', health: [] })}>Clear the filters</Button>}
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
                    minWidth: 150,
                    render: (row) => (
                      <span className={styles.stack}>
                        <Link to="/ingestion/sources/$id" params={{ id: row.id }}>
                          <strong>{visibleText(row.name)}</strong>
                        </Link>
                        <Text size={200} className={styles.soft}>
                          {visibleText(row.protocol)}
                        </Text>
                      </span>
                    ),
                  },
                  { id: 'state', header: 'State', nowrap: true, render: (row) => <StateBadge source={row} /> },
                  {
                    id: 'last',
                    header: 'Last event',
                    nowrap: true,
                    render: (row) => <TimeText value={row.lastEventAt} />,
                  },
                  { id: 'rate', header: 'Events/s', align: 'end', render: (row) => formatRate(row.rate) },
                  { id: 'lag', header: 'Lag', align: 'end', render: (row) => formatLag(row.lagMs) },
                  {
                    id: 'accepted',
                    header: 'Accepted',
                    align: 'end',
                    render: (row) => <HuntLink query={rawQuery(row.id)}>{formatCount(row.accepted)}</HuntLink>,
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
                        <HuntLink query={rawQuery(row.id, '\n| where isempty(Connector)')}>
                          {formatCount(row.unclaimed)}
                        </HuntLink>
                      ),
                  },
                  {
                    id: 'connectors',
                    header: 'Connectors in use',
                    minWidth: 160,
                    render: (row) => (
                      <span className={styles.stack}>
                        {row.connectors.length === 0 ? '–' : null}
                        {row.connectors.slice(0, 3).map((one) => (
                          <span key={one.id}>
                            {visibleText(titleOf(one.id))}{' '}
                            <Text size={200} className={styles.soft}>
                              {formatCount(one.events)}
                            </Text>
                          </span>
                        ))}
                        {row.connectors.length > 3 ? (
                          <Text size={200} className={styles.soft}>
                            and {row.connectors.length - 3} more
                          </Text>
                        ) : null}
                      </span>
                    ),
                  },
                ]}
              />
            )}
          </>
        );
      }}
    </Loaded>
  );
}
