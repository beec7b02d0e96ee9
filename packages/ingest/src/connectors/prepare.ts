import { DEAD_INDEX } from '../batch/sql.ts';
import { Claims } from './claims.ts';
import { loadConnectors } from './load.ts';
import { LIVE } from './place.ts';
import { loadPlans, storePlans } from './plans.ts';

/** Compile every connector of a folder and keep the plans, so that a start only has to read them. */
export async function prepareConnectorPlans(connectorsDir: string, file: string): Promise<void> {
  await loadPlans(file);
  const { connectors, problems } = await loadConnectors(connectorsDir);
  const first = problems[0];
  if (first) throw new Error(`connector ${first.file}:${first.line}: ${first.message}`);
  const definitions = connectors.map(({ compiled }) => compiled.definition);
  void new Claims(definitions, '', LIVE.arrived, DEAD_INDEX).emptyRecord;
  await storePlans(file);
}
