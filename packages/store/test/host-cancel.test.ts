import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHunting, type EmbeddedStore, type Hunting, openEmbeddedStore } from '../src/index.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'parapet-host-'));
let store: EmbeddedStore;
let hunting: Hunting;

beforeAll(async () => {
  store = await openEmbeddedStore({ dataDir });
  hunting = createHunting(store);
});

afterAll(async () => {
  await hunting?.close();
  await store?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Every node joined to every other, and no way into the one that is asked for: the search goes on until its limit. */
const ENDLESS = `let edges = range a from 1 to 40 step 1 | extend k = 1 | join kind=inner (range b from 1 to 40 step 1 | extend k = 1) on k | where b != 2;
let seek = () { edges | make-graph a --> b with_node_id=n | graph-match (x)-[e*5..6]->(y) where x.n == 1 and y.n == 2 project x.n };
union seek(), seek(), seek(), seek()`;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const SMALL = 'print a=1, b=2 | make-graph a --> b with_node_id=n | graph-match (x)-[]->(y) project x = x.n, y = y.n';

test('a cancelled search beside the engine frees its session within two seconds', async () => {
  const running = async (): Promise<number> => {
    const { rows } = await store.query(
      "SELECT count() FROM system.processes WHERE query LIKE '%relation.%' OR query LIKE '%kqlHost%'",
    );
    return Number(rows[0]?.[0]) - 1;
  };
  expect((await hunting.run(SMALL)).rows).toEqual([[1, 2]]);
  await hunting.compile(ENDLESS);
  const abort = new AbortController();
  const query = hunting.run(ENDLESS, { signal: abort.signal });
  query.catch(() => undefined);
  await pause(800);
  expect(await running()).toBe(1);
  abort.abort();
  await expect(query).rejects.toMatchObject({ code: 'query_cancelled' });
  await pause(1_900);
  expect(await running()).toBe(0);
  // Helpers start again when they are needed.
  expect((await hunting.run(SMALL)).rows).toEqual([[1, 2]]);
});
