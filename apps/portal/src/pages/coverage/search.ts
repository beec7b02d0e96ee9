import * as v from 'valibot';
import { url } from '../../lib/urlState.ts';

export const COVERAGE_TABS = ['matrix', 'scenarios', 'suggestions'] as const;
export const PERIODS = ['1', '7', '30', '90', '365', '3650'] as const;
export const LEVELS = ['covered', 'blind', 'available', 'none'] as const;

export const coverageSchema = v.object({
  tab: url.choice(COVERAGE_TABS, 'matrix'),
  days: url.choice(PERIODS, '7'),
  level: url.list(LEVELS),
  table: url.strings(),
  scenario: url.strings(),
  search: url.text(),
  technique: url.text(),
  /** Dismissed suggestions as well. */
  all: url.flag(),
});
export type CoverageState = v.InferOutput<typeof coverageSchema>;
