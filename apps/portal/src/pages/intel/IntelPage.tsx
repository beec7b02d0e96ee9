import { Tab, TabList } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../api/client.ts';
import { formatCount } from '../../lib/time.ts';
import { useUrlState } from '../../lib/urlState.ts';
import { AllowedTab } from './AllowedTab.tsx';
import { FeedsTab } from './FeedsTab.tsx';
import { IndicatorsTab } from './IndicatorsTab.tsx';
import { type IntelState, intelSchema } from './search.ts';

/** What is known to be bad: indicators, where they come from, and what never matches. */
export function IntelPage() {
  const [state, setState] = useUrlState(intelSchema);
  const summary = useQuery({
    queryKey: ['/api/intel/summary'],
    queryFn: ({ signal }) => api.get('/api/intel/summary', undefined, signal),
    refetchInterval: 60_000,
  });
  const purpose = summary.data
    ? `${formatCount(summary.data.active)} active indicators, ${formatCount(summary.data.matches24h)} matches in 24 hours. Rows are compared when they arrive, and back over 30 days when an indicator does.`
    : 'Indicators, compared with every row that arrives and back over 30 days.';
  const tabs = (
    <TabList
      size="small"
      selectedValue={state.tab}
      onTabSelect={(_, data) => setState({ tab: data.value as IntelState['tab'], row: '', page: 1 }, { push: true })}
    >
      <Tab value="indicators">Indicators</Tab>
      <Tab value="feeds">Feeds</Tab>
      <Tab value="allowed">Allow list</Tab>
    </TabList>
  );
  if (state.tab === 'feeds') return <FeedsTab purpose={purpose} tabs={tabs} />;
  if (state.tab === 'allowed') return <AllowedTab purpose={purpose} tabs={tabs} />;
  return (
    <IndicatorsTab
      state={state}
      setState={setState}
      purpose={purpose}
      tabs={tabs}
      {...(summary.data ? { summary: summary.data } : {})}
    />
  );
}
