/** Algorithms over whole tables, for the plan's `host` relation: rows of the inputs in, rows of the result out. */
import { HostError } from './errors.ts';
import { funnelCompletion, funnelSequence } from './funnel.ts';
import { graphComponents, graphMatch, graphShortestPaths } from './graph.ts';
import { HOST_ROWS } from './limits.ts';
import { autocluster, basket, diffpatterns } from './patterns.ts';
import type { HostFamily, HostValue } from './registry.ts';
import { scan } from './scan.ts';
import { schemaMerge } from './schema-merge.ts';
import { sessions } from './sessions.ts';
import { diffTexts, reduceRows, reduceTexts } from './text-patterns.ts';

/** One input table: rows of cells. */
export type HostRows = HostValue[][];

/** A table algorithm. `options` is the plain JSON the plan carries. */
export type RelationHost = (tables: HostRows[], options: HostValue) => unknown[][];

/** Numbers the rows, from 0: used by the tests of the mechanism. */
const numbered: RelationHost = ([rows]) => (rows ?? []).map((row, i) => [...row, i]);

const ALGORITHMS: Readonly<Record<string, RelationHost>> = {
  numbered,
  scan,
  sessions,
  schema_merge: schemaMerge,
  basket,
  autocluster,
  diffpatterns,
  diffpatterns_text: diffTexts,
  reduce: reduceTexts,
  reduce_rows: reduceRows,
  funnel_sequence: funnelSequence,
  funnel_sequence_completion: funnelCompletion,
  graph_match: graphMatch,
  graph_shortest_paths: graphShortestPaths,
  graph_components: graphComponents,
};

/** An algorithm behind the row limit. */
function limited(name: string, run: RelationHost): RelationHost {
  return (tables, options) => {
    if (tables.some((rows) => rows.length > HOST_ROWS))
      throw new HostError(
        `${name} works on at most ${HOST_ROWS.toLocaleString('en-US')} rows. Filter, summarize or take before it.`,
      );
    return run(tables, options);
  };
}

export const RELATION_HOST: HostFamily = Object.fromEntries(
  Object.entries(ALGORITHMS).map(([name, run]) => [name, limited(name, run)]),
);
