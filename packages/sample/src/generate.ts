import type { Campaign } from './campaigns/campaign.ts';
import { cloudAbuse } from './campaigns/cloud.ts';
import { directoryTakeover } from './campaigns/directory.ts';
import { intrusion } from './campaigns/intrusion.ts';
import { Simulation } from './engine/simulation.ts';
import { createWorld, type World } from './engine/world.ts';
import { type CloudModel, createCloud } from './model/cloud.ts';
import { planAdministration } from './noise/admin.ts';
import { planCloud } from './noise/cloud.ts';
import { planExpected } from './noise/expected.ts';
import { planServers } from './noise/servers.ts';
import { planSystem } from './noise/system.ts';
import { planPeople } from './noise/workday.ts';
import { DAY, MINUTE, type SampleEvent, type SampleOptions } from './types.ts';

/** The window's shortest length: the campaigns and the days before them need room. */
export const SHORTEST_DAYS = 12;

export interface Cast {
  readonly world: World;
  readonly cloud: CloudModel;
  readonly campaigns: readonly Campaign[];
  readonly start: Date;
  readonly end: Date;
}

/** Builds organisation and campaigns of the options without running anything. Throws RangeError on bad options. */
export function castSample(options: SampleOptions): Cast {
  const days = options.days ?? 30;
  const scale = options.scale ?? 1;
  if (!Number.isFinite(options.end.getTime())) throw new RangeError('end is not a valid date');
  if (!(days >= SHORTEST_DAYS && days <= 365)) throw new RangeError(`days must lie between ${SHORTEST_DAYS} and 365`);
  if (!(scale > 0 && scale <= 1000)) throw new RangeError('scale must be above 0 and at most 1000');
  const end = options.end.getTime();
  const start = end - days * DAY;
  const world = createWorld(options.seed, new Simulation(start, end - 3 * MINUTE), { days, scale });
  const cloud = createCloud(options.seed, world.org);
  const campaigns = [intrusion(world), directoryTakeover(world), cloudAbuse(world, cloud)];
  return { world, cloud, campaigns, start: new Date(start), end: new Date(end) };
}

/**
 * The sample environment as a stream of raw vendor events in time order. Pure: the same options give the same bytes,
 * whatever the machine, its clock or its time zone. Throws RangeError on bad options when iteration begins.
 */
export function* sampleEvents(options: SampleOptions): Generator<SampleEvent> {
  const { world, cloud, campaigns } = castSample(options);
  planServers(world);
  planSystem(world);
  planPeople(world);
  planAdministration(world);
  planCloud(world, cloud);
  planExpected(world, cloud);
  for (const campaign of campaigns) campaign.schedule();
  yield* world.sim.run();
}
