export { correlate, correlationKeys, MAX_ALERTS } from './correlate.ts';
export { incidentName } from './naming.ts';
