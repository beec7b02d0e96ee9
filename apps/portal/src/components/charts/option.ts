import type { EChartsCoreOption } from 'echarts/core';
import { absoluteTime, formatCount, type Zone } from '../../lib/time.ts';
import { SERIES_HUE, SEVERITY_HUE } from '../../theme/meaning.ts';
import { type ThemeName, themes } from '../../theme/theme.ts';
import type { ChartData } from './model.ts';

/** Options of the drawing library for a chart, in the colours of the theme. */
export function chartOption(data: ChartData, themeName: ThemeName, zone: Zone, clickable: boolean): EChartsCoreOption {
  const theme = themes[themeName];
  const text = { color: theme.colorNeutralForeground2, fontFamily: theme.fontFamilyBase, fontSize: 11 };
  const hue = (index: number) => {
    const severity = data.series[index]?.severity;
    return severity ? SEVERITY_HUE[themeName][severity] : SERIES_HUE[themeName][index % SERIES_HUE[themeName].length]!;
  };
  const label = (value: string) =>
    data.time
      ? absoluteTime(value, zone, spansDays(data.categories) ? 'date' : 'minute').replace(/ \d{4}$/, '')
      : value;
  const base = {
    animation: false,
    aria: { enabled: true, decal: { show: themeName === 'highContrast' } },
    textStyle: text,
    tooltip: {
      trigger: data.kind === 'pie' || data.kind === 'scatter' ? 'item' : 'axis',
      axisPointer: { type: data.kind === 'column' || data.kind === 'bar' ? 'shadow' : 'line' },
      confine: true,
      // Plain text: names come from telemetry.
      renderMode: 'richText',
      backgroundColor: theme.colorNeutralBackground1,
      borderColor: theme.colorNeutralStroke1,
      textStyle: { ...text, color: theme.colorNeutralForeground1, fontSize: 12 },
      valueFormatter: (value: unknown) => (typeof value === 'number' ? formatCount(value) : String(value ?? '–')),
    },
    legend:
      data.series.length > 1 || data.kind === 'pie'
        ? { bottom: 0, left: 0, type: 'scroll', itemWidth: 10, itemHeight: 10, icon: 'roundRect', textStyle: text }
        : { show: false },
  };
  if (data.kind === 'pie') {
    const values = data.series[0]?.values ?? [];
    return {
      ...base,
      color: [...SERIES_HUE[themeName]],
      series: [
        {
          type: 'pie',
          radius: ['48%', '74%'],
          center: ['50%', '44%'],
          label: { ...text, formatter: '{b}' },
          itemStyle: { borderColor: theme.colorNeutralBackground1, borderWidth: 2 },
          data: data.categories.map((name, index) => ({ name, value: values[index] ?? 0 })),
        },
      ],
    };
  }
  const categoryAxis = {
    type: 'category',
    data: data.categories.map(label),
    name: data.xTitle,
    nameLocation: 'middle',
    nameGap: 24,
    axisLabel: { ...text, hideOverlap: true },
    axisLine: { lineStyle: { color: theme.colorNeutralStroke1 } },
    axisTick: { show: false },
    inverse: data.kind === 'bar',
  };
  const valueAxis = {
    type: data.logarithmic ? 'log' : 'value',
    name: data.yTitle,
    minInterval: wholeNumbers(data) ? 1 : undefined,
    axisLabel: { ...text, formatter: short },
    splitLine: { lineStyle: { color: theme.colorNeutralStroke3 } },
    nameTextStyle: text,
  };
  const sideways = data.kind === 'bar';
  return {
    ...base,
    grid: {
      top: data.yTitle ? 30 : 12,
      left: 4,
      right: 12,
      bottom: (data.series.length > 1 ? 28 : 4) + (data.xTitle && !sideways ? 18 : 0),
      containLabel: true,
    },
    xAxis: sideways ? valueAxis : categoryAxis,
    yAxis: sideways ? categoryAxis : valueAxis,
    ...(data.categories.length > 60 ? { dataZoom: [{ type: 'inside', filterMode: 'none' }] } : {}),
    series: data.series.map((series, index) => ({
      name: series.name,
      type: data.kind === 'scatter' ? 'scatter' : data.kind === 'line' || data.kind === 'area' ? 'line' : 'bar',
      data: series.values,
      ...(data.stacked ? { stack: 'all' } : {}),
      ...(data.kind === 'area' ? { areaStyle: { opacity: 0.22 } } : {}),
      showSymbol: data.categories.length < 40,
      symbolSize: data.kind === 'scatter' ? 7 : 5,
      sampling: 'lttb',
      large: data.categories.length > 2000,
      barMaxWidth: 26,
      cursor: clickable ? 'pointer' : 'default',
      itemStyle: { color: hue(index) },
      lineStyle: { width: 2, color: hue(index) },
      emphasis: { disabled: data.categories.length > 2000 },
    })),
  };
}

const wholeNumbers = (data: ChartData): boolean =>
  data.series.every((series) => series.values.every((value) => value === null || Number.isInteger(value)));

function spansDays(categories: readonly string[]): boolean {
  const first = Date.parse(categories[0] ?? '');
  const last = Date.parse(categories.at(-1) ?? '');
  return last - first > 3 * 86_400_000;
}

/** 1,200,000 → "1.2M" on the axis. */
function short(value: number): string {
  return new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 }).format(value);
}
