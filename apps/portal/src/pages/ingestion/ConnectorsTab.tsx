import { makeStyles, Text, tokens } from '@fluentui/react-components';
import { PlugConnected20Regular } from '@fluentui/react-icons/svg/plug-connected';
import type { ConnectorInfo } from '@parapet/schema/wire';
import { Link } from '@tanstack/react-router';
import * as v from 'valibot';
import { FilterBar } from '../../components/FilterBar.tsx';
import { Loaded } from '../../components/Loaded.tsx';
import { SimpleTable } from '../../components/SimpleTable.tsx';
import { HuntLink } from '../../features/hunt-link/HuntLink.tsx';
import { kqlString } from '../../lib/entity.ts';
import { visibleText } from '../../lib/text.ts';
import { formatCount } from '../../lib/time.ts';
import { url, useUrlState } from '../../lib/urlState.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { useConnectors } from './data.ts';

const useStyles = makeStyles({
  soft: { color: tokens.colorNeutralForeground3 },
  stack: { display: 'flex', flexDirection: 'column', gap: '2px' },
  filters: { marginBottom: '10px' },
});

/** Tables named in the list; the page of a connector has them all. */
const MOST_TABLES = 3;
const USE = ['used', 'unused', 'installed'] as const;
const schema = v.object({ find: url.text(), use: url.list(USE) });

/** What turns records into hunting rows. */
export function ConnectorsTab() {
  const styles = useStyles();
  const [state, setState] = useUrlState(schema);
  const connectors = useConnectors();
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
          <>
            <div className={styles.filters}>
              <FilterBar
                search={{
                  value: state.find,
                  placeholder: 'Find a connector or table',
                  onChange: (find) => setState({ find }),
                }}
                filters={[
                  {
                    id: 'use',
                    label: 'Use',
                    options: [
                      { value: 'used', label: 'Took events' },
                      { value: 'unused', label: 'Took none yet' },
                      { value: 'installed', label: 'Written here' },
                    ],
                    selected: state.use,
                    onChange: (use) => setState({ use: use as (typeof USE)[number][] }),
                  },
                ]}
              />
            </div>
            <SimpleTable<ConnectorInfo>
              label="Connectors"
              rows={rows.filter((row) => fits(row, state.find, state.use))}
              rowKey={(row) => row.id}
              columns={[
                {
                  id: 'title',
                  header: 'Connector',
                  width: '26%',
                  render: (row) => (
                    <span className={styles.stack}>
                      <Link to="/ingestion/connectors/$id" params={{ id: row.id }}>
                        <strong>{visibleText(row.title)}</strong>
                      </Link>
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
                      {row.tables.slice(0, MOST_TABLES).map((table) => (
                        <HuntLink key={table} query={`${table}\n| take 10`}>
                          {table}
                        </HuntLink>
                      ))}
                      {row.tables.length > MOST_TABLES ? (
                        <Text size={200} className={styles.soft} title={row.tables.slice(MOST_TABLES).join(', ')}>
                          and {row.tables.length - MOST_TABLES} more
                        </Text>
                      ) : null}
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
          </>
        )
      }
    </Loaded>
  );
}

function fits(row: ConnectorInfo, find: string, use: readonly string[]): boolean {
  const text = `${row.title} ${row.vendor} ${row.id} ${row.description} ${row.tables.join(' ')}`.toLowerCase();
  return (
    find
      .toLowerCase()
      .split(/\s+/)
      .every((word) => text.includes(word)) &&
    (use.length === 0 ||
      use.some((each) => (each === 'installed' ? row.installed : row.events > 0 === (each === 'used'))))
  );
}
