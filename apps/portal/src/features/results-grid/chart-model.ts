import type { HuntResult } from '@parapet/schema/wire';
import { cellText } from './csv.ts';
import { isNumeric } from './model.ts';

/** What to draw, independent of the drawing library. */
export type ChartKind = 'line' | 'area' | 'column' | 'bar' | 'pie' | 'scatter' | 'card';

/** What the picker offers: a kind, or a variant of it. */
export type ChartPick = ChartKind | 'stackedArea' | 'stackedColumn' | 'stackedBar' | 'donut';

export interface ChartSeries {
  readonly name: string;
  /** `x` is milliseconds on a time axis, a number on a value axis, a category index otherwise. */
  readonly points: readonly (readonly [x: number, y: number | null])[];
}

export interface ChartModel {
  readonly kind: ChartKind;
  /** A pie with a hole. */
  readonly hole?: boolean;
  readonly stacked: 'none' | 'stacked' | 'stacked100';
  readonly title: string;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly xAxis: 'time' | 'value' | 'category';
  readonly categories: readonly string[];
  readonly series: readonly ChartSeries[];
  readonly legend: boolean;
  readonly yMin?: number;
  readonly yMax?: number;
  readonly logarithmicY: boolean;
  /** What was left out of the picture and why. */
  readonly notes: readonly string[];
}

export const CHART_PICKS: readonly ChartPick[] = [
  'line',
  'area',
  'stackedArea',
  'column',
  'stackedColumn',
  'bar',
  'stackedBar',
  'pie',
  'donut',
  'scatter',
  'card',
];

const VARIANTS: Partial<Readonly<Record<ChartPick, ChartKind>>> = {
  stackedArea: 'area',
  stackedColumn: 'column',
  stackedBar: 'bar',
  donut: 'pie',
};

const KIND_OF: Readonly<Record<string, ChartPick>> = {
  timechart: 'line',
  linechart: 'line',
  anomalychart: 'line',
  areachart: 'area',
  stackedareachart: 'stackedArea',
  card: 'card',
  columnchart: 'column',
  barchart: 'bar',
  piechart: 'pie',
  scatterchart: 'scatter',
};

const MAX_SERIES = 40;
const MAX_CATEGORIES = 500;
const MAX_SLICES = 24;

/** The chart a `render` asks for; undefined for `table` and kinds that are not drawn. */
export function chartKind(render: HuntResult['render']): ChartPick | undefined {
  return KIND_OF[render?.visualization.toLowerCase() ?? ''];
}

function list(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim().replace(/^\[?['"]?|['"]?\]?$/g, ''))
    .filter(Boolean);
}

interface Roles {
  readonly x: number;
  readonly ys: readonly number[];
  readonly series: readonly number[];
}

/** Which columns are the axis, the values and the series: as told by `render`, else by type as Kusto does. */
function assignRoles(
  kind: ChartKind,
  columns: HuntResult['columns'],
  properties: Readonly<Record<string, string>>,
): Roles {
  const byName = (name: string) => columns.findIndex((column) => column.name === name);
  const named = (name: string | undefined) => (name ? byName(list(name)[0] ?? '') : -1);
  const ys = list(properties.ycolumns)
    .map(byName)
    .filter((index) => index >= 0);
  const series = list(properties.series)
    .map(byName)
    .filter((index) => index >= 0);
  let x = named(properties.xcolumn);
  if (x < 0) {
    const free = (index: number) => !ys.includes(index) && !series.includes(index);
    const time = columns.findIndex((column, index) => column.type === 'datetime' && free(index));
    const timeFirst = kind === 'line' || kind === 'area' || kind === 'scatter';
    x = timeFirst && time >= 0 ? time : columns.findIndex((_, index) => free(index));
  }
  const rest = columns.map((_, index) => index).filter((index) => index !== x);
  const numbers = rest.filter((index) => isNumeric(columns[index]!.type) && columns[index]!.type !== 'bool');
  return {
    x,
    ys: ys.length > 0 ? ys : numbers.filter((index) => !series.includes(index)),
    series:
      series.length > 0
        ? series
        : kind === 'pie'
          ? []
          : rest.filter((index) => !numbers.includes(index) && columns[index]!.type !== 'dynamic'),
  };
}

/**
 * Turn a result into something to draw.
 * @param pick overrides what `render` said, for the picker
 * @returns undefined when no column holds numbers: then only the table makes sense
 */
export function chartModel(result: HuntResult, pick = chartKind(result.render)): ChartModel | undefined {
  if (!pick || result.columns.length === 0) return undefined;
  const kind = VARIANTS[pick] ?? (pick as ChartKind);
  if (kind === 'card') return cardModel(result);
  const properties = result.render?.properties ?? {};
  const roles = assignRoles(kind, result.columns, properties);
  if (roles.x < 0 || roles.ys.length === 0) return undefined;
  const xColumn = result.columns[roles.x]!;
  const notes: string[] = [];
  const xAxis =
    kind !== 'pie' && kind !== 'bar' && xColumn.type === 'datetime'
      ? 'time'
      : kind !== 'pie' && kind !== 'bar' && kind !== 'column' && isNumeric(xColumn.type)
        ? 'value'
        : 'category';

  const categories: string[] = [];
  const categoryIndex = new Map<string, number>();
  const series = new Map<string, Map<number, number | null>>();
  const scattered = new Map<string, [number, number | null][]>();
  let droppedSeries = 0;
  const droppedCategories = new Set<string>();
  for (const row of result.rows) {
    const x = position(row[roles.x], xAxis, categories, categoryIndex, droppedCategories);
    if (x === undefined) continue;
    const label = roles.series.map((index) => cellText(row[index]) || '(empty)').join(', ');
    for (const y of roles.ys) {
      const name =
        roles.ys.length > 1 || !label
          ? label
            ? `${label}: ${result.columns[y]!.name}`
            : result.columns[y]!.name
          : label;
      const value = row[y] === null || row[y] === undefined ? null : Number(row[y]);
      if (!series.has(name) && series.size >= MAX_SERIES) {
        droppedSeries += 1;
        continue;
      }
      let points = series.get(name);
      if (!points) {
        points = new Map();
        series.set(name, points);
        scattered.set(name, []);
      }
      if (kind === 'scatter') scattered.get(name)!.push([x, value]);
      else points.set(x, add(points.get(x), value));
    }
  }
  if (droppedSeries > 0)
    notes.push(`Only the first ${MAX_SERIES} series are drawn; the table holds the other ${droppedSeries} values.`);
  if (droppedCategories.size > 0)
    notes.push(`Only the first ${MAX_CATEGORIES} categories are drawn, ${droppedCategories.size} are left out.`);

  const drawn: ChartSeries[] = [...series].map(([name, points]) => ({
    name,
    points:
      kind === 'scatter'
        ? scattered.get(name)!
        : xAxis === 'category'
          ? [...points]
          : [...points].sort((a, b) => a[0] - b[0]),
  }));
  const said = properties.kind?.toLowerCase();
  return {
    kind,
    ...(pick === 'donut' ? { hole: true } : {}),
    stacked:
      said === 'stacked100' ? 'stacked100' : said === 'stacked' || pick.startsWith('stacked') ? 'stacked' : 'none',
    title: properties.title ?? '',
    xTitle: properties.xtitle ?? xColumn.name,
    yTitle: properties.ytitle ?? (roles.ys.length === 1 ? result.columns[roles.ys[0]!]!.name : ''),
    xAxis,
    categories,
    series: kind === 'pie' ? pieSeries(drawn, categories, notes) : drawn,
    legend: properties.legend?.toLowerCase() !== 'hidden',
    ...bound('yMin', properties.ymin),
    ...bound('yMax', properties.ymax),
    logarithmicY: properties.yaxis?.toLowerCase() === 'log',
    notes,
  };
}

/** The values of the first row as large figures: one series a number. */
function cardModel(result: HuntResult): ChartModel | undefined {
  const [row] = result.rows;
  const numbers = result.columns.flatMap(({ name, type }, index) =>
    isNumeric(type) && type !== 'bool' ? [{ name, index }] : [],
  );
  if (!row || numbers.length === 0) return undefined;
  const properties = result.render?.properties ?? {};
  return {
    kind: 'card',
    stacked: 'none',
    title: properties.title ?? '',
    xTitle: '',
    yTitle: '',
    xAxis: 'category',
    categories: [],
    series: numbers.slice(0, MAX_SERIES).map(({ name, index }) => ({
      name,
      points: [[0, row[index] === null || row[index] === undefined ? null : Number(row[index])] as const],
    })),
    legend: false,
    logarithmicY: false,
    notes: result.rows.length > 1 ? [`The first of ${result.rows.length} rows; the table holds the others.`] : [],
  };
}

function bound(name: 'yMin' | 'yMax', text: string | undefined): { yMin?: number; yMax?: number } {
  const value = Number(text);
  return text && Number.isFinite(value) ? { [name]: value } : {};
}

function add(sum: number | null | undefined, value: number | null): number | null {
  if (sum === undefined || sum === null) return value;
  return value === null ? sum : sum + value;
}

function position(
  value: unknown,
  axis: ChartModel['xAxis'],
  categories: string[],
  known: Map<string, number>,
  dropped: Set<string>,
): number | undefined {
  if (axis === 'time') {
    const time = Date.parse(String(value));
    return Number.isNaN(time) ? undefined : time;
  }
  if (axis === 'value') {
    const number = Number(value);
    return value === null || Number.isNaN(number) ? undefined : number;
  }
  const text = cellText(value) || '(empty)';
  const index = known.get(text);
  if (index !== undefined) return index;
  if (categories.length >= MAX_CATEGORIES) {
    dropped.add(text);
    return undefined;
  }
  categories.push(text);
  known.set(text, categories.length - 1);
  return categories.length - 1;
}

/** Small slices beyond a readable number become "other", so that the whole stays the whole. */
function pieSeries(series: readonly ChartSeries[], categories: string[], notes: string[]): ChartSeries[] {
  return series.slice(0, 1).map((one) => {
    if (one.points.length <= MAX_SLICES) return one;
    const sorted = [...one.points].sort((a, b) => (b[1] ?? 0) - (a[1] ?? 0));
    const rest = sorted.slice(MAX_SLICES - 1);
    categories.push(`Other (${rest.length})`);
    notes.push(`The ${rest.length} smallest slices are drawn as one.`);
    const sum = rest.reduce((total, point) => total + (point[1] ?? 0), 0);
    return { name: one.name, points: [...sorted.slice(0, MAX_SLICES - 1), [categories.length - 1, sum] as const] };
  });
}
