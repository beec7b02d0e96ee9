import { makeStyles, Text } from '@fluentui/react-components';
import { DataHistogram20Regular } from '@fluentui/react-icons/svg/data-histogram';
import type { DetectionInfo } from '@parapet/schema/wire';
import { Chart } from '../../../components/charts/Chart.tsx';
import { Facts } from '../../../components/Facts.tsx';
import { Loaded } from '../../../components/Loaded.tsx';
import { formatCount } from '../../../lib/time.ts';
import { EmptyState } from '../../../shell/EmptyState.tsx';
import { useCost } from '../data.ts';
import { engineTime } from '../words.ts';

const useStyles = makeStyles({ stack: { display: 'flex', flexDirection: 'column', gap: '16px', maxWidth: '960px' } });
const DAYS = 7;

/** What the rule took of the engine, hour by hour. */
export function CostTab({ rule }: { readonly rule: DetectionInfo }) {
  const styles = useStyles();
  const cost = useCost(rule.id, DAYS);
  return (
    <Loaded query={cost} what="The cost">
      {(hours) => {
        if (hours.length === 0)
          return (
            <EmptyState
              icon={DataHistogram20Regular}
              title="Nothing measured yet"
              reason="The rule has not run in the last seven days."
            />
          );
        const sum = (part: 'runs' | 'rowsRead' | 'engineMs' | 'rows' | 'alerts' | 'failures') =>
          hours.reduce((total, hour) => total + hour[part], 0);
        const runs = sum('runs');
        return (
          <div className={styles.stack}>
            <Facts
              rows={[
                {
                  label: 'Runs',
                  value: `${formatCount(runs)} in ${DAYS} days${sum('failures') ? `, ${formatCount(sum('failures'))} failed` : ''}`,
                },
                { label: 'Rows read', value: formatCount(sum('rowsRead')) },
                { label: 'Engine', value: engineTime(sum('engineMs')) },
                { label: 'A run', value: runs > 0 ? engineTime(sum('engineMs') / runs) : '–' },
                { label: 'Results', value: `${formatCount(sum('rows'))}, ${formatCount(sum('alerts'))} alerts` },
              ]}
            />
            <Chart
              label={`Engine milliseconds of ${rule.name} by hour, last ${DAYS} days`}
              data={{
                kind: 'column',
                categories: hours.map(({ hour }) => hour),
                time: true,
                series: [{ name: 'Engine ms', values: hours.map(({ engineMs }) => engineMs) }],
              }}
              height={240}
            />
            <Text size={200}>
              Rules on arriving rows share one pass over each batch; each is counted its part of it, and all of what it
              asks for by itself.
            </Text>
          </div>
        );
      }}
    </Loaded>
  );
}
