export { describeSample, type SampleDescription } from './describe.ts';
export { SHORTEST_DAYS, sampleEvents } from './generate.ts';
export { type LoadOptions, type LoadProgress, type LoadResult, loadSample } from './load.ts';
export type { SampleEvent, SampleOptions } from './types.ts';
export { DEFAULT_SEED } from './types.ts';
