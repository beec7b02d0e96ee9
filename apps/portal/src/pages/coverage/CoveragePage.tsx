import { Button, makeStyles, Tab, TabList, tokens } from '@fluentui/react-components';
import type { Coverage, Suggestion } from '@parapet/schema/wire';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { api } from '../../api/client.ts';
import { FilterBar } from '../../components/FilterBar.tsx';
import { Loaded } from '../../components/Loaded.tsx';
import { useUrlState } from '../../lib/urlState.ts';
import { PageShell } from '../../shell/PageShell.tsx';
import { LEVEL_LABEL } from './model.ts';
import { Matrix } from './parts/Matrix.tsx';
import { Scenarios } from './parts/Scenarios.tsx';
import { Suggestions } from './parts/Suggestions.tsx';
import { TechniquePane } from './parts/TechniquePane.tsx';
import { coverageSchema, LEVELS, PERIODS } from './search.ts';

const PERIOD_LABEL: Readonly<Record<(typeof PERIODS)[number], string>> = {
  '1': '1 day',
  '7': '7 days',
  '30': '30 days',
  '90': '90 days',
  '365': '1 year',
  '3650': '10 years',
};

const useStyles = makeStyles({
  tabs: { padding: '0 14px', flexShrink: 0, borderBottom: `1px solid ${tokens.colorNeutralStroke2}` },
  split: { display: 'flex', flexGrow: 1, minHeight: 0 },
  scroll: { flexGrow: 1, minWidth: 0, minHeight: 0, overflow: 'auto', padding: '12px 24px 24px' },
});

/** What the rules see of ATT&CK, where they are blind, and what would widen it. */
export function CoveragePage() {
  const styles = useStyles();
  const [state, setState] = useUrlState(coverageSchema);
  const days = Number(state.days);
  const coverage = useQuery({
    queryKey: ['/api/detections', 'coverage', days],
    queryFn: ({ signal }) => api.get<Coverage>('/api/coverage', { days }, signal),
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  });
  const suggestions = useQuery({
    queryKey: ['/api/detections', 'coverage', 'suggestions', days],
    queryFn: async ({ signal }) =>
      (await api.get<{ readonly items: readonly Suggestion[] }>('/api/coverage/suggestions', { days }, signal)).items,
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  });
  const open = suggestions.data?.filter(({ state: now }) => now === 'active' || now === 'inProgress').length;
  const filtered = state.level.length + state.table.length + state.scenario.length > 0 || state.search !== '';
  const choose = (technique: string): void => setState({ technique }, { push: true });

  return (
    <PageShell
      title="ATT&CK coverage"
      purpose="A technique counts as covered only when a rule is on, its last run succeeded, and its data arrives."
      fill
      commands={
        <Button as="a" href={`/api/coverage/navigator?days=${days}`} download="parapet-coverage.json">
          Export Navigator layer
        </Button>
      }
      filters={
        <FilterBar
          {...(state.tab === 'matrix'
            ? {
                search: {
                  value: state.search,
                  onChange: (search: string) => setState({ search }),
                  placeholder: 'Technique or id',
                },
              }
            : {})}
          filters={[
            {
              id: 'days',
              label: 'Data within',
              single: true,
              options: PERIODS.map((value) => ({ value, label: PERIOD_LABEL[value] })),
              selected: [state.days],
              onChange: ([value]) => setState({ days: (value ?? '7') as (typeof PERIODS)[number] }),
            },
            ...(state.tab === 'matrix'
              ? [
                  {
                    id: 'level',
                    label: 'Coverage',
                    options: LEVELS.map((value) => ({ value, label: LEVEL_LABEL[value] })),
                    selected: state.level,
                    onChange: (level: string[]) => setState({ level: level as (typeof LEVELS)[number][] }),
                  },
                  {
                    id: 'table',
                    label: 'Data',
                    options: (coverage.data?.tables ?? []).map(({ name, silent }) => ({
                      value: name,
                      label: silent ? `${name} (no data)` : name,
                    })),
                    selected: state.table,
                    onChange: (table: string[]) => setState({ table }),
                  },
                  {
                    id: 'scenario',
                    label: 'Scenario',
                    options: (coverage.data?.scenarios ?? []).map(({ id, name }) => ({ value: id, label: name })),
                    selected: state.scenario,
                    onChange: (scenario: string[]) => setState({ scenario }),
                  },
                ]
              : []),
          ]}
          {...(filtered && state.tab === 'matrix'
            ? { onReset: () => setState({ level: [], table: [], scenario: [], search: '' }) }
            : {})}
        />
      }
    >
      <TabList
        className={styles.tabs}
        selectedValue={state.tab}
        onTabSelect={(_event, { value }) => setState({ tab: value as typeof state.tab, technique: '' }, { push: true })}
      >
        <Tab value="matrix">Matrix</Tab>
        <Tab value="scenarios">Scenarios</Tab>
        <Tab value="suggestions">{open === undefined ? 'Suggestions' : `Suggestions (${open})`}</Tab>
      </TabList>
      {state.tab === 'suggestions' ? (
        <div className={styles.scroll}>
          <Loaded query={suggestions} what="The suggestions">
            {(items) => <Suggestions items={items} all={state.all} onAll={(all) => setState({ all })} />}
          </Loaded>
        </div>
      ) : (
        <Loaded query={coverage} what="The coverage">
          {(data) =>
            state.tab === 'scenarios' ? (
              <div className={styles.scroll}>
                <Scenarios
                  coverage={data}
                  onOpen={(scenario) =>
                    setState({ tab: 'matrix', scenario: [scenario], level: [], search: '' }, { push: true })
                  }
                />
              </div>
            ) : (
              <div className={styles.split}>
                <Matrix coverage={data} filter={state} chosen={state.technique} onChoose={choose} />
                {state.technique ? (
                  <TechniquePane
                    key={state.technique}
                    coverage={data}
                    id={state.technique}
                    days={days}
                    onClose={() => setState({ technique: '' })}
                    onChoose={choose}
                  />
                ) : null}
              </div>
            )
          }
        </Loaded>
      )}
    </PageShell>
  );
}
