import type { Theme } from '@fluentui/react-components';
import type { EChartsCoreOption } from 'echarts/core';
import { formatCount } from '../../lib/time.ts';
import type { ChartModel } from './chart-model.ts';

/** Colours and words of a chart; the picture follows the theme. */
export interface ChartLook {
  readonly theme: Theme;
  readonly hues: readonly string[];
  readonly zone: 'local' | 'utc';
}

const TOO_MANY_POINTS_FOR_MARKS = 120;

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function number(value: unknown): string {
  return typeof value === 'number' ? new Intl.NumberFormat('en-US', { maximumFractionDigits: 3 }).format(value) : '–';
}

/** Text of the picture for those who do not see it. */
export function chartDescription(model: ChartModel): string {
  const points = model.series.reduce((sum, series) => sum + series.points.length, 0);
  const names = model.series.slice(0, 5).map((series) => series.name);
  const more = model.series.length > names.length ? ` and ${model.series.length - names.length} more` : '';
  return `${model.title || `${model.yTitle || 'Values'} by ${model.xTitle}`}: ${model.kind} chart of ${formatCount(points)} values in ${names.join(', ')}${more}. The table view holds the same values.`;
}

/**
 * ECharts options of a model. Names come from telemetry: ECharts draws them on a canvas as text, and the one place that
 * takes HTML, the tooltip, gets them escaped.
 */
export function chartOption(model: ChartModel, look: ChartLook): EChartsCoreOption {
  const { theme } = look;
  const text = { color: theme.colorNeutralForeground1, fontFamily: theme.fontFamilyBase };
  const soft = theme.colorNeutralForeground3;
  const showLegend = model.legend && (model.kind === 'pie' || model.series.length > 1);
  const common: EChartsCoreOption = {
    backgroundColor: theme.colorNeutralBackground1,
    color: [...look.hues],
    textStyle: text,
    animation: false,
    useUTC: look.zone === 'utc',
    aria: { enabled: true, label: { description: chartDescription(model) }, decal: { show: false } },
    ...(model.title
      ? { title: { text: model.title, left: 12, top: 6, textStyle: { ...text, fontSize: 14, fontWeight: 600 } } }
      : {}),
    ...(showLegend
      ? {
          legend: {
            type: 'scroll',
            top: model.title ? 30 : 8,
            left: 12,
            right: 12,
            textStyle: { ...text, fontSize: 12, overflow: 'truncate', width: 240 },
            pageTextStyle: text,
            pageIconColor: theme.colorNeutralForeground1,
            pageIconInactiveColor: soft,
          },
        }
      : {}),
  };
  const tooltip = {
    confine: true,
    backgroundColor: theme.colorNeutralBackground1,
    borderColor: theme.colorNeutralStroke1,
    textStyle: { ...text, fontSize: 12 },
  };
  if (model.kind === 'pie') {
    return {
      ...common,
      tooltip: {
        ...tooltip,
        trigger: 'item',
        formatter: (item: { name: string; value: unknown; percent: number; marker: string }) =>
          `${item.marker}${escapeHtml(item.name)}: <b>${number(item.value)}</b> (${item.percent}%)`,
      },
      series: [
        {
          type: 'pie',
          radius: [model.hole ? '42%' : '0%', '68%'],
          center: ['50%', showLegend ? '56%' : '52%'],
          label: { ...text, fontSize: 12, formatter: '{b}: {d}%', overflow: 'truncate', width: 180 },
          itemStyle: { borderColor: theme.colorNeutralBackground1, borderWidth: 1 },
          data: (model.series[0]?.points ?? []).map(([index, value]) => ({
            name: model.categories[index] ?? '',
            value: value ?? 0,
          })),
        },
      ],
    };
  }
  const horizontal = model.kind === 'bar';
  const line = { lineStyle: { color: theme.colorNeutralStroke1 } };
  const xAxis = {
    type: model.xAxis,
    name: model.xTitle,
    nameLocation: 'middle',
    nameGap: horizontal ? 120 : 30,
    nameTextStyle: { ...text, color: soft },
    axisLine: line,
    axisLabel: { color: soft, hideOverlap: true, ...(horizontal ? { width: 160, overflow: 'truncate' } : {}) },
    ...(model.xAxis === 'category' ? { data: [...model.categories], inverse: horizontal } : {}),
    splitLine: { show: false },
  };
  const yAxis = {
    type: model.logarithmicY ? 'log' : 'value',
    name: model.yTitle,
    nameLocation: 'middle',
    nameGap: horizontal ? 28 : 46,
    nameTextStyle: { ...text, color: soft },
    axisLine: line,
    axisLabel: { color: soft, formatter: (value: number) => number(value) },
    splitLine: { lineStyle: { color: theme.colorNeutralStroke3 } },
    ...(model.yMin === undefined ? {} : { min: model.yMin }),
    ...(model.yMax === undefined ? {} : { max: model.yMax }),
  };
  const totals = model.stacked === 'stacked100' ? sums(model) : undefined;
  const points = model.series.reduce((most, series) => Math.max(most, series.points.length), 0);
  const zoomable = points > (model.xAxis === 'category' ? 40 : 400);
  return {
    ...common,
    tooltip: {
      ...tooltip,
      trigger: model.kind === 'scatter' ? 'item' : 'axis',
      axisPointer: { type: model.kind === 'line' || model.kind === 'area' ? 'line' : 'shadow' },
      valueFormatter: number,
    },
    grid: {
      left: horizontal ? 180 : 68,
      right: 24,
      top: (model.title ? 30 : 8) + (showLegend ? 32 : 24),
      bottom: zoomable && !horizontal ? 82 : 48,
      containLabel: false,
    },
    xAxis: horizontal ? yAxis : xAxis,
    yAxis: horizontal ? xAxis : yAxis,
    ...(zoomable
      ? {
          dataZoom: [
            {
              type: 'inside',
              ...(horizontal ? { yAxisIndex: 0, start: 0, end: (40 / points) * 100 } : { xAxisIndex: 0 }),
            },
            {
              type: 'slider',
              ...(horizontal
                ? { yAxisIndex: 0, right: 4, width: 14, start: 0, end: (40 / points) * 100 }
                : { xAxisIndex: 0, bottom: 8, height: 20 }),
              textStyle: { color: soft },
              borderColor: theme.colorNeutralStroke2,
            },
          ],
        }
      : {}),
    series: model.series.map((series) => ({
      name: series.name,
      type: model.kind === 'scatter' ? 'scatter' : model.kind === 'line' || model.kind === 'area' ? 'line' : 'bar',
      ...(model.stacked === 'none' || model.kind === 'scatter' ? {} : { stack: 'all' }),
      ...(model.kind === 'area' ? { areaStyle: { opacity: model.stacked === 'none' ? 0.25 : 0.7 } } : {}),
      ...(model.kind === 'line' || model.kind === 'area'
        ? { showSymbol: series.points.length <= TOO_MANY_POINTS_FOR_MARKS, symbolSize: 5, lineStyle: { width: 2 } }
        : {}),
      ...(model.kind === 'scatter' ? { symbolSize: 7, large: series.points.length > 5_000 } : {}),
      ...(model.kind === 'bar' || model.kind === 'column' ? { barMaxWidth: 48 } : {}),
      data: series.points.map(([x, y]) => {
        const value = totals && y !== null ? (y / (totals.get(x) || 1)) * 100 : y;
        return horizontal ? [value, x] : [x, value];
      }),
    })),
  };
}

function sums(model: ChartModel): Map<number, number> {
  const totals = new Map<number, number>();
  for (const series of model.series) for (const [x, y] of series.points) totals.set(x, (totals.get(x) ?? 0) + (y ?? 0));
  return totals;
}
