/** Numbers of batches that several ingest nodes hand out without asking each other. */

/** Batches a node may number; with the node in front a number still fits in 53 bits. */
export const BATCHES_PER_NODE = 2 ** 40;
export const MAX_NODE = 8_191;

/**
 * The number before a node's first batch. Node 0 counts from 1, so that a single machine's numbers stay what they were.
 * @throws RangeError for what is no node number
 */
export function firstBatch(node: number): number {
  if (!Number.isInteger(node) || node < 0 || node > MAX_NODE)
    throw new RangeError(`The number of an ingest node is a whole number from 0 to ${MAX_NODE}, not ${node}.`);
  return node * BATCHES_PER_NODE;
}

/** The node that numbered a batch. */
export const nodeOf = (batch: number): number => Math.floor(batch / BATCHES_PER_NODE);
