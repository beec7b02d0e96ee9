import type { AggregateDecl } from '../functions/declare.ts';
import { COLLECTION_AGGREGATES } from './collection.ts';
import { SKETCH_AGGREGATES } from './sketch.ts';
import { STATISTIC_AGGREGATES } from './statistic.ts';

/** All aggregates. */
export const AGGREGATES: readonly AggregateDecl[] = [
  ...STATISTIC_AGGREGATES,
  ...COLLECTION_AGGREGATES,
  ...SKETCH_AGGREGATES,
];

const byName = new Map<string, AggregateDecl>();
for (const decl of AGGREGATES) {
  for (const name of [decl.name, ...(decl.aliases ?? []), ...(decl.conditional ?? [])]) byName.set(name, decl);
}

/** The declaration of an aggregate by any of its names. */
export function aggregateFunction(name: string): AggregateDecl | undefined {
  return byName.get(name);
}

/** Every name an aggregate answers to. */
export function aggregateNames(): string[] {
  return [...byName.keys()];
}
