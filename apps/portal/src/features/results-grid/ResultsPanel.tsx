import { Dropdown, makeStyles, Option, Tab, TabList, tokens } from '@fluentui/react-components';
import { DataTrending16Regular } from '@fluentui/react-icons/svg/data-trending';
import { Table16Regular } from '@fluentui/react-icons/svg/table';
import type { HuntResult } from '@parapet/schema/wire';
import { useMemo, useState } from 'react';
import { EmptyState } from '../../shell/EmptyState.tsx';
import type { CellActions } from './CellMenu.tsx';
import { CHART_PICKS, type ChartPick, chartKind, chartModel } from './chart-model.ts';
import { GridToolbar } from './GridToolbar.tsx';
import { RecordPane } from './RecordPane.tsx';
import { ResultsChart } from './ResultsChart.tsx';
import { ResultsGrid } from './ResultsGrid.tsx';
import { useGridState } from './useGridState.ts';

const useStyles = makeStyles({
  panel: { display: 'flex', flexGrow: 1, minHeight: 0, minWidth: 0, backgroundColor: tokens.colorNeutralBackground1 },
  main: { display: 'flex', flexDirection: 'column', flexGrow: 1, minWidth: 0, minHeight: 0 },
  none: { flexGrow: 1, backgroundColor: tokens.colorNeutralBackground1 },
  kind: { minWidth: '110px' },
});

const KIND_LABELS: Readonly<Record<ChartPick, string>> = {
  line: 'Line',
  area: 'Area',
  stackedArea: 'Stacked area',
  column: 'Column',
  stackedColumn: 'Stacked column',
  bar: 'Bar',
  stackedBar: 'Stacked bar',
  pie: 'Pie',
  donut: 'Donut',
  scatter: 'Scatter',
  card: 'Card',
};

export interface ResultsPanelProps {
  readonly result: HuntResult;
  readonly actions?: CellActions;
  /** For exports, without ending. */
  readonly fileName?: string;
  /** Make an alert of rows; absent where that is not offered. */
  readonly onLink?: ((rows: readonly number[]) => void) | undefined;
}

/** Rows of a query as table or chart, with the inspect pane beside. */
export function ResultsPanel({ result, actions = {}, fileName = 'hunting-results', onLink }: ResultsPanelProps) {
  const styles = useStyles();
  const grid = useGridState(result);
  const [inspected, setInspected] = useState<number>();
  const [choosing, setChoosing] = useState<number | 'choose'>();
  const [kind, setKind] = useState<ChartPick>();
  const [view, setView] = useState<'table' | 'chart'>();
  const [seen, setSeen] = useState(result);
  if (seen !== result) {
    setSeen(result);
    setInspected(undefined);
    setChoosing(undefined);
    setKind(undefined);
    setView(undefined);
  }
  const chosenKind = kind ?? chartKind(result.render);
  const asked = useMemo(() => chartModel(result, chosenKind ?? 'column'), [result, chosenKind]);
  const shownView = view ?? (chartKind(result.render) && asked ? 'chart' : 'table');

  if (result.columns.length === 0 || result.rows.length === 0)
    return (
      <div className={styles.none}>
        <EmptyState
          title="No rows"
          reason="The query ran and matched nothing. Widen the time range, or loosen the last filter and run again."
        />
      </div>
    );

  const at = inspected === undefined ? -1 : grid.order.indexOf(inspected);
  const step = (by: number) => {
    const next = grid.order[at + by];
    return at >= 0 && next !== undefined ? () => setInspected(next) : undefined;
  };
  const previous = step(-1);
  const next = step(1);
  return (
    <div className={styles.panel}>
      <div className={styles.main}>
        <GridToolbar
          result={result}
          grid={grid}
          fileName={fileName}
          choosing={choosing}
          onChoosing={setChoosing}
          onLink={onLink}
        >
          {asked ? (
            <>
              <TabList
                size="small"
                selectedValue={shownView}
                onTabSelect={(_, data) => setView(data.value as 'table' | 'chart')}
                aria-label="Show results as"
              >
                <Tab value="table" icon={<Table16Regular />}>
                  Table
                </Tab>
                <Tab value="chart" icon={<DataTrending16Regular />}>
                  Chart
                </Tab>
              </TabList>
              {shownView === 'chart' ? (
                <Dropdown
                  size="small"
                  className={styles.kind}
                  aria-label="Chart type"
                  value={KIND_LABELS[chosenKind ?? 'column']}
                  selectedOptions={[chosenKind ?? 'column']}
                  onOptionSelect={(_, data) => setKind(data.optionValue as ChartPick)}
                >
                  {CHART_PICKS.map((one) => (
                    <Option key={one} value={one}>
                      {KIND_LABELS[one]}
                    </Option>
                  ))}
                </Dropdown>
              ) : null}
            </>
          ) : null}
        </GridToolbar>
        {shownView === 'chart' && asked ? (
          <ResultsChart model={asked} fileName={fileName} />
        ) : (
          <ResultsGrid
            result={result}
            grid={grid}
            inspected={inspected}
            onInspect={setInspected}
            actions={actions}
            onFilterColumn={setChoosing}
          />
        )}
      </div>
      {inspected !== undefined && result.rows[inspected] ? (
        <RecordPane
          result={result}
          row={inspected}
          actions={actions}
          onClose={() => setInspected(undefined)}
          {...(previous ? { onPrevious: previous } : {})}
          {...(next ? { onNext: next } : {})}
        />
      ) : null}
    </div>
  );
}
