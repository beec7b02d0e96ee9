import { Button, makeStyles, Tab, TabList } from '@fluentui/react-components';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import * as v from 'valibot';
import { api } from '../../api/client.ts';
import { useCan } from '../../api/session.ts';
import { JobProgress } from '../../components/JobProgress.tsx';
import { Loaded } from '../../components/Loaded.tsx';
import { notify } from '../../components/Notifier.tsx';
import { url, useUrlState } from '../../lib/urlState.ts';
import { isOver, useJob, useLatestJob } from '../../lib/useJob.ts';
import { PageShell } from '../../shell/PageShell.tsx';
import { DeletionsTab } from './DeletionsTab.tsx';
import { EngineFacts, EngineTab } from './EngineTab.tsx';
import { HoldsTab } from './HoldsTab.tsx';
import { SchemaTab } from './SchemaTab.tsx';
import { TablesTab } from './TablesTab.tsx';

const TABS = ['tables', 'holds', 'deletions', 'schema', 'engine'] as const;
const schema = v.object({
  tab: url.choice(TABS, 'tables'),
  search: url.text(),
  empty: url.choice(['', 'yes'] as const, ''),
});

const useStyles = makeStyles({
  tabs: { margin: '12px 0 12px -10px' },
  job: { marginBottom: '12px', maxWidth: '640px' },
});

/** What is stored, how it is kept, and how the engine is. */
export function StorePage() {
  const styles = useStyles();
  const [state, setState] = useUrlState(schema);
  const canManage = useCan('Data.Manage');
  const client = useQueryClient();
  const status = useQuery({
    queryKey: ['/api/store/status'],
    queryFn: ({ signal }) => api.get('/api/store/status', undefined, signal),
    refetchInterval: 5_000,
  });
  const tables = useQuery({
    queryKey: ['/api/store/tables'],
    queryFn: async ({ signal }) => (await api.get('/api/store/tables', undefined, signal)).items,
    refetchInterval: 10_000,
  });
  const [started, setStarted] = useState<string>();
  const latest = useLatestJob('store.retention', canManage);
  const job = useJob(started ?? (latest && !isOver(latest) ? latest.id : undefined)).data;
  const run = async () => {
    try {
      setStarted((await api.post('/api/store/retention', {})).id);
      await client.invalidateQueries({ queryKey: ['/api/store/tables'] });
    } catch (error) {
      notify.failure('Retention was not started', error);
    }
  };
  return (
    <PageShell
      title="Data store"
      purpose="What is stored, how long and how it is kept, and how the engine is."
      commands={
        canManage ? (
          <Button size="small" onClick={() => void run()}>
            Apply retention now
          </Button>
        ) : null
      }
    >
      <Loaded query={status} what="The state of the store">
        {(data) => <EngineFacts status={data} />}
      </Loaded>
      <TabList
        size="small"
        className={styles.tabs}
        selectedValue={state.tab}
        onTabSelect={(_, data) => setState({ tab: data.value as (typeof TABS)[number] }, { push: true })}
      >
        <Tab value="tables">Tables</Tab>
        <Tab value="holds">Legal holds</Tab>
        <Tab value="deletions">Deletions</Tab>
        <Tab value="schema">Custom tables</Tab>
        <Tab value="engine">Engine</Tab>
      </TabList>
      {job && state.tab === 'tables' ? (
        <div className={styles.job}>
          <JobProgress job={job} />
        </div>
      ) : null}
      {state.tab === 'tables' ? (
        <Loaded query={tables} what="The tables">
          {(rows) => (
            <TablesTab
              rows={rows}
              defaults={status.data?.defaultRules}
              canManage={canManage}
              search={state.search}
              empty={state.empty === 'yes'}
              onSearch={(search) => setState({ search })}
              onEmpty={(empty) => setState({ empty: empty ? 'yes' : '' })}
            />
          )}
        </Loaded>
      ) : null}
      {state.tab === 'holds' ? <HoldsTab canManage={canManage} tables={tables.data ?? []} /> : null}
      {state.tab === 'deletions' ? <DeletionsTab canManage={canManage} tables={tables.data ?? []} /> : null}
      {state.tab === 'schema' ? <SchemaTab canManage={canManage} tables={tables.data ?? []} /> : null}
      {state.tab === 'engine' ? (
        <Loaded query={status} what="The engine">
          {(data) => <EngineTab status={data} />}
        </Loaded>
      ) : null}
    </PageShell>
  );
}
