import type { Severity } from '@parapet/schema/wire';

/** What a chart shows, free of the drawing library: the picture and its table are made from the same thing. */
export type ChartKind = 'column' | 'bar' | 'line' | 'area' | 'pie' | 'scatter';

export interface ChartSeries {
  readonly name: string;
  /** One for each category; null leaves a gap. */
  readonly values: readonly (number | null)[];
  /** Takes the hue of that severity, the same everywhere. */
  readonly severity?: Severity;
}

export interface ChartData {
  readonly kind: ChartKind;
  /** Labels of the x axis (of the slices of a pie); ISO instants when `time` is set. */
  readonly categories: readonly string[];
  readonly series: readonly ChartSeries[];
  readonly time?: boolean;
  readonly stacked?: boolean;
  /** Axis titles; the x title heads the first column of the table. */
  readonly xTitle?: string;
  readonly yTitle?: string;
  readonly logarithmic?: boolean;
}
