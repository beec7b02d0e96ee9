/** Host functions over series; see the files they come from. */
import { jsonText } from './json.ts';
import type { HostFamily, HostFunction } from './registry.ts';
import { fft, fillLinear, fir, ifft, iir } from './series-filter.ts';
import { fit2Lines, fit2LinesDynamic, fitLine, fitPoly, stats } from './series-fit.ts';
import { anomalies, decompose, forecast, outliers, periodsDetect, periodsValidate, seasonal } from './series-season.ts';

/**
 * A function with several values whose series travel as texts, so that the engine hands them on as they are written: taken
 * out of JSON, `1.0` would become `1`.
 */
const columns =
  (run: HostFunction): HostFunction =>
  (...args) => {
    const bag = run(...args) as Record<string, unknown> | null | undefined;
    if (!bag) return null;
    const cell = (v: unknown): unknown => (Array.isArray(v) || v instanceof Float64Array ? jsonText(v) : v);
    return Object.fromEntries(Object.entries(bag).map(([k, v]) => [k, cell(v)]));
  };

export const SERIES_HOST: HostFamily = {
  anomaliesColumns: columns(anomalies),
  decomposeColumns: columns(decompose),
  fftColumns: columns(fft),
  fit2LinesColumns: columns(fit2Lines),
  fitLineColumns: columns(fitLine),
  fitPolyColumns: columns(fitPoly),
  forecastColumns: columns(forecast),
  ifftColumns: columns(ifft),
  periodsDetectColumns: columns(periodsDetect),
  periodsValidateColumns: columns(periodsValidate),
  fillLinear,
  fir,
  fit2LinesDynamic,
  fitLine,
  iir,
  outliers,
  seasonal,
  stats,
};
