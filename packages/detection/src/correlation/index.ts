export { deservesAttention, supports } from './background.ts';
export { correlate, correlationKeys, MAX_ALERTS } from './correlate.ts';
export { incidentName } from './naming.ts';

import type { Correlation } from '../types.ts';
import { deservesAttention, supports } from './background.ts';
import { correlate, correlationKeys } from './correlate.ts';
import { incidentName } from './naming.ts';

/** What packages/incidents needs to place alerts. */
export const correlation: Correlation = { correlate, correlationKeys, incidentName, supports, deservesAttention };
