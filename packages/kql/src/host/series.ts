/** Host functions over series; see the files they come from. */
import type { HostFamily } from './registry.ts';
import { fft, fillLinear, fir, ifft, iir } from './series-filter.ts';
import { fit2Lines, fit2LinesDynamic, fitLine, fitPoly, stats } from './series-fit.ts';
import { anomalies, decompose, forecast, outliers, periodsDetect, periodsValidate, seasonal } from './series-season.ts';

export const SERIES_HOST: HostFamily = {
  anomalies,
  decompose,
  fft,
  fillLinear,
  fir,
  fit2Lines,
  fit2LinesDynamic,
  fitLine,
  fitPoly,
  forecast,
  ifft,
  iir,
  outliers,
  periodsDetect,
  periodsValidate,
  seasonal,
  stats,
};
