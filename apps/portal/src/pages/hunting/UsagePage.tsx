import { Badge, Button, Tab, TabList, Text } from '@fluentui/react-components';
import { QUERY_INTERFACES, type QueryUsage, type QueryUsagePage } from '@parapet/schema/wire';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import * as v from 'valibot';
import { api } from '../../api/client.ts';
import { Chart } from '../../components/charts/Chart.tsx';
import type { ChartData } from '../../components/charts/model.ts';
import { FilterBar } from '../../components/FilterBar.tsx';
import { HrefLink } from '../../components/HrefLink.tsx';
import { Loaded } from '../../components/Loaded.tsx';
import { Pager } from '../../components/Pager.tsx';
import { SimpleTable } from '../../components/SimpleTable.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { huntHref } from '../../features/hunt-link/share-link.ts';
import { formatBytes } from '../../lib/bytes.ts';
import { middle, visibleText } from '../../lib/text.ts';
import { duration, formatCount } from '../../lib/time.ts';
import { url, useUrlState } from '../../lib/urlState.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { PageShell } from '../../shell/PageShell.tsx';

const usageSchema = v.object({
  via: url.choice(['', ...QUERY_INTERFACES], ''),
  state: url.choice(['', 'completed', 'failed', 'cancelled'], ''),
  use: url.choice(['', 'low', 'medium', 'high'], ''),
  search: url.text(),
  day: url.text(),
  page: url.integer(1),
});

const VIA = { portal: 'Portal', api: 'API' } as const;
const STATE = { completed: 'Completed', failed: 'Failed', cancelled: 'Cancelled' } as const;
const USE = { low: 'Low', medium: 'Medium', high: 'High' } as const;

/** What queries took in the last 30 days (spec B 2.11): one's own, or everyone's for those who look after the system. */
export function UsagePage() {
  const [state, setState] = useUrlState(usageSchema);
  const [measure, setMeasure] = useState<'averageMs' | 'highestMs'>('averageMs');
  const usage = useQuery({
    queryKey: ['hunting', 'usage', state],
    queryFn: ({ signal }) => api.get('/api/hunting/usage', { ...state, pageSize: 50 }, signal),
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });
  const one = <K extends 'via' | 'state' | 'use'>(id: K, label: string, names: Readonly<Record<string, string>>) => ({
    id,
    label,
    options: Object.entries(names).map(([value, name]) => ({ value, label: name })),
    selected: state[id] ? [state[id]] : [],
    onChange: (values: string[]) => setState({ [id]: (values.at(-1) ?? '') as never, page: 1 }),
  });
  return (
    <PageShell
      title="Query resources"
      purpose="What queries of the last 30 days took of the engine. Rules are counted on their own pages."
      crumbs={[{ label: 'Advanced hunting', to: '/hunting' }]}
      filters={
        <FilterBar
          filters={[one('via', 'Interface', VIA), one('state', 'State', STATE), one('use', 'Resource use', USE)]}
          search={{
            value: state.search,
            onChange: (search) => setState({ search, page: 1 }),
            placeholder: 'Search texts and people',
          }}
          {...(state.via || state.state || state.use || state.search || state.day
            ? { onReset: () => setState({ via: '', state: '', use: '', search: '', day: '', page: 1 }) }
            : {})}
        >
          {state.day ? (
            <Button size="small" onClick={() => setState({ day: '', page: 1 })}>
              Only {state.day} (UTC): show all days
            </Button>
          ) : null}
        </FilterBar>
      }
    >
      <Loaded query={usage} what="The report">
        {(data) => (
          <>
            <Text block size={200} style={{ marginBottom: 8 }}>
              {data.everyone ? 'Runs of everyone.' : 'Your own runs. Those of others need Sys.Read.'}
            </Text>
            {data.days.length > 0 ? (
              <>
                <TabList
                  size="small"
                  aria-label="What the chart shows"
                  selectedValue={measure}
                  onTabSelect={(_, tab) => setMeasure(tab.value as typeof measure)}
                >
                  <Tab value="averageMs">Average duration</Tab>
                  <Tab value="highestMs">Longest duration</Tab>
                </TabList>
                <Chart
                  label={`${measure === 'averageMs' ? 'Average' : 'Longest'} duration in seconds by day and interface`}
                  data={chartOf(data, measure)}
                  height={200}
                  onSelect={(index) => setState({ day: daysOf(data)[index] ?? '', page: 1 })}
                />
              </>
            ) : null}
            {data.items.length === 0 ? (
              <EmptyState
                title="No query matches"
                reason="Nothing was run that these filters leave. Runs are kept for 30 days."
              />
            ) : (
              <>
                <SimpleTable label="Runs" columns={COLUMNS} rows={data.items} rowKey={(run) => run.id} />
                <Pager
                  page={data.page}
                  pageSize={data.pageSize}
                  total={data.total}
                  onPage={(page) => setState({ page })}
                />
              </>
            )}
          </>
        )}
      </Loaded>
    </PageShell>
  );
}

const daysOf = (data: QueryUsagePage): string[] => [...new Set(data.days.map(({ day }) => day))];

function chartOf(data: QueryUsagePage, measure: 'averageMs' | 'highestMs'): ChartData {
  const days = daysOf(data);
  return {
    kind: 'column',
    categories: days,
    xTitle: 'Day (UTC)',
    yTitle: 'Seconds',
    series: QUERY_INTERFACES.map((via) => ({
      name: VIA[via],
      values: days.map((day) => {
        const found = data.days.find((each) => each.day === day && each.via === via);
        return found ? Math.round(found[measure]) / 1000 : null;
      }),
    })),
  };
}

const COLUMNS = [
  {
    id: 'time',
    header: 'Time',
    nowrap: true,
    render: (run: QueryUsage) => <TimeText value={run.startedAt} />,
  },
  {
    id: 'query',
    header: 'Query',
    minWidth: 260,
    render: (run: QueryUsage) => (
      <HrefLink href={huntHref({ query: run.query })} title={visibleText(run.query.slice(0, 2_000))}>
        <code>{visibleText(middle(run.query.trim().replace(/\s+/g, ' '), 110))}</code>
      </HrefLink>
    ),
  },
  { id: 'user', header: 'Who', render: (run: QueryUsage) => visibleText(run.user || '–') },
  { id: 'via', header: 'Interface', nowrap: true, render: (run: QueryUsage) => VIA[run.via] },
  {
    id: 'use',
    header: 'Use',
    nowrap: true,
    render: (run: QueryUsage) => (
      <Badge appearance="tint" color={run.use === 'high' ? 'danger' : run.use === 'medium' ? 'warning' : 'informative'}>
        {USE[run.use]}
      </Badge>
    ),
  },
  {
    id: 'state',
    header: 'State',
    nowrap: true,
    render: (run: QueryUsage) => <span title={run.error ? visibleText(run.error) : undefined}>{STATE[run.state]}</span>,
  },
  { id: 'took', header: 'Took', align: 'end' as const, render: (run: QueryUsage) => duration(run.elapsedMs) },
  { id: 'read', header: 'Read', align: 'end' as const, render: (run: QueryUsage) => formatBytes(run.bytesRead) },
  { id: 'rows', header: 'Rows', align: 'end' as const, render: (run: QueryUsage) => formatCount(run.rows) },
  {
    id: 'range',
    header: 'Time range',
    render: (run: QueryUsage) =>
      run.timeRange ? (
        <>
          <TimeText value={run.timeRange.from} /> to <TimeText value={run.timeRange.to} />
        </>
      ) : (
        'Set in query or all'
      ),
  },
];
