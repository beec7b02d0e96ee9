/** `row_window_session`: where the session of each row starts. */
import { isoOfTicks, ticksOfIso } from '../plan/literals.ts';
import type { RelationHost } from './relation.ts';

interface SessionOptions {
  /** Longest distance from the start of a session, in ticks. */
  readonly fromFirst: string;
  /** Longest distance between neighbours, in ticks. */
  readonly between: string;
}

/** Rows are [number, value, restart] in order; gives [number, start]. A null value has no session and ends one. */
export const sessions: RelationHost = ([rows], options) => {
  const { fromFirst, between } = options as unknown as SessionOptions;
  const [first, next] = [BigInt(fromFirst), BigInt(between)];
  let start: bigint | undefined;
  let before: bigint | undefined;
  return (rows ?? []).map(([number, value, restart]) => {
    if (typeof value !== 'string') {
      start = undefined;
      before = undefined;
      return [number, null];
    }
    const at = ticksOfIso(value);
    const begins =
      start === undefined || before === undefined || restart === true || at >= start + first || at >= before + next;
    if (begins) start = at;
    before = at;
    return [number, isoOfTicks(start!)];
  });
};
