export { describeSample, type SampleDescription } from './describe.ts';
export { SHORTEST_DAYS, sampleEvents } from './generate.ts';
export type { SampleEvent, SampleOptions } from './types.ts';
export { type LoadOptions, type LoadProgress, type LoadResult, loadSample } from './load.ts';
