import { type Behaviours, openBehaviours } from '@parapet/detection';
import type { Incidents } from '@parapet/incidents';
import type { Ingest } from '@parapet/ingest';
import type { StateDb } from '@parapet/state';
import type { Hunting, TelemetryStore } from '@parapet/store';
import type { Logger } from 'pino';

/** What is unusual, from the rows that arrive to the pages about entities; nobody is alerted. */
export async function watchBehaviours(parts: {
  readonly store: TelemetryStore;
  readonly hunting: Hunting;
  readonly db: StateDb;
  readonly incidents: Incidents;
  readonly ingest: Ingest;
  readonly log: Logger;
}): Promise<Behaviours> {
  const { store, hunting, db, incidents, ingest, log } = parts;
  const behaviours = await openBehaviours({
    store,
    hunting,
    state: db,
    log,
    note: (found) => incidents.noteBehaviors(found),
  });
  ingest.onCommitted((batch) => behaviours.onBatch(batch));
  return behaviours;
}
