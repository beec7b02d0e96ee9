import type { QueueFacets } from '@parapet/schema';
import type { Queryable } from '@parapet/state';

const MOST = 200;

/** What the filters of the queues can be set to, from the incidents the caller sees. */
export async function queueFacets(db: Queryable): Promise<QueueFacets> {
  const distinct = (column: string): string =>
    `array(select distinct v from incident i, unnest(i.${column}) v where v <> '' order by v limit ${MOST})`;
  const [row] = await db.query<QueueFacets>(
    `select ${distinct('detection_sources')} as "detectionSources", ${distinct('product_names')} as products,
            ${distinct('tags')} as tags`,
  );
  return row ?? { detectionSources: [], products: [], tags: [] };
}
