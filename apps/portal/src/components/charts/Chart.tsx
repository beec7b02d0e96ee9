import { Button, makeStyles, tokens } from '@fluentui/react-components';
import { DataHistogram16Regular } from '@fluentui/react-icons/svg/data-histogram';
import { Table16Regular } from '@fluentui/react-icons/svg/table';
import { useMemo, useState } from 'react';
import { visibleText } from '../../lib/text.ts';
import { absoluteTime, formatCount } from '../../lib/time.ts';
import { useAppearance } from '../../theme/Appearance.tsx';
import { LazyEChart } from './LazyEChart.tsx';
import type { ChartData } from './model.ts';
import { chartOption } from './option.ts';

const useStyles = makeStyles({
  root: { position: 'relative', minWidth: 0 },
  toggle: { position: 'absolute', top: 0, right: 0, zIndex: 2 },
  table: { borderCollapse: 'collapse', width: '100%', fontSize: tokens.fontSizeBase200 },
  th: {
    textAlign: 'left',
    padding: '4px 8px',
    position: 'sticky',
    top: 0,
    backgroundColor: tokens.colorNeutralBackground1,
    borderBottom: `1px solid ${tokens.colorNeutralStroke1}`,
    whiteSpace: 'nowrap',
  },
  td: { padding: '3px 8px', borderBottom: `1px solid ${tokens.colorNeutralStroke3}` },
  number: { textAlign: 'right', fontVariantNumeric: 'tabular-nums' },
});

export interface ChartProps {
  /** What the chart says, for those who cannot see it: "Alerts per day by severity, last 30 days". */
  readonly label: string;
  readonly data: ChartData;
  /** Pixels. */
  readonly height?: number;
  /** A mark was chosen. */
  readonly onSelect?: (categoryIndex: number, seriesIndex: number) => void;
}

/** A picture and its table, one click apart. The drawing library is loaded with the first picture. */
export function Chart({ label, data, height = 220, onSelect }: ChartProps) {
  const styles = useStyles();
  const [asTable, setAsTable] = useState(false);
  const { themeName, zone } = useAppearance();
  const clickable = Boolean(onSelect);
  const option = useMemo(() => chartOption(data, themeName, zone, clickable), [data, themeName, zone, clickable]);
  return (
    <figure className={styles.root} style={{ margin: 0 }} aria-label={label}>
      <Button
        className={styles.toggle}
        size="small"
        appearance="subtle"
        icon={asTable ? <DataHistogram16Regular /> : <Table16Regular />}
        title={asTable ? 'Show as a chart' : 'Show as a table'}
        aria-label={`${asTable ? 'Show as a chart' : 'Show as a table'}: ${label}`}
        onClick={() => setAsTable(!asTable)}
      />
      {asTable ? (
        <DataTable label={label} data={data} height={height} />
      ) : (
        <LazyEChart label={label} option={option} height={height} onSelect={onSelect} />
      )}
    </figure>
  );
}

const MOST_ROWS = 1000;

function DataTable({
  label,
  data,
  height,
}: {
  readonly label: string;
  readonly data: ChartData;
  readonly height: number;
}) {
  const styles = useStyles();
  const { zone } = useAppearance();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section style={{ height, overflow: 'auto' }} tabIndex={0} aria-label={`${label}: table`}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th className={styles.th} scope="col">
              {data.xTitle ?? (data.time ? 'Time' : 'Name')}
            </th>
            {data.series.map((series) => (
              <th key={series.name} scope="col" className={styles.th}>
                {visibleText(series.name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {data.categories.slice(0, MOST_ROWS).map((category, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: categories may repeat
            <tr key={index}>
              <th scope="row" className={styles.td} style={{ textAlign: 'left', fontWeight: 400 }}>
                {data.time ? absoluteTime(category, zone, 'minute') : visibleText(category)}
              </th>
              {data.series.map((series) => (
                <td key={series.name} className={`${styles.td} ${styles.number}`}>
                  {series.values[index] === null || series.values[index] === undefined
                    ? '–'
                    : formatCount(series.values[index])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {data.categories.length > MOST_ROWS
        ? `The first ${formatCount(MOST_ROWS)} of ${formatCount(data.categories.length)}.`
        : ''}
    </section>
  );
}
