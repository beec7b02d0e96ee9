import { createHash } from 'node:crypto';
import { ParapetError } from '@parapet/schema';

/** Place of an event in the order: newest first, then by table and by content. */
export interface Position {
  /** ISO with seven digits. */
  readonly time: string;
  readonly table: string;
  readonly tie: string;
}

/** Where the next page begins, and how far back the last one had to look. */
export interface Cursor extends Position {
  readonly spanMs: number;
}

export const placeId = ({ time, table, tie }: Position): string => `${table}:${time}:${tie}`;
/** What pages and links call an event. */
export const eventId = (place: Position): string =>
  createHash('sha256').update(placeId(place)).digest('hex').slice(0, 24);

/** ISO with seven digits, so that text compares like time. */
export const ticks = (time: string): string => {
  const match = /^(.*T\d\d:\d\d:\d\d)(?:\.(\d+))?Z$/.exec(time);
  return match ? `${match[1]}.${(match[2] ?? '').padEnd(7, '0').slice(0, 7)}Z` : time;
};

export function inOrder(a: Position, b: Position): number {
  if (a.time !== b.time) return a.time < b.time ? 1 : -1;
  if (a.table !== b.table) return a.table < b.table ? -1 : 1;
  return a.tie < b.tie ? -1 : a.tie > b.tie ? 1 : 0;
}

const encode = (parts: readonly unknown[]): string => Buffer.from(JSON.stringify(parts)).toString('base64url');

function decode(text: string, length: number): unknown[] | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (!Array.isArray(parsed) || parsed.length !== length) return undefined;
    const [time, table, tie] = parsed as unknown[];
    if (typeof table !== 'string' || typeof tie !== 'string' || typeof time !== 'string') return undefined;
    return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/.test(time) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

export const writeCursor = ({ time, table, tie, spanMs }: Cursor): string => encode([time, table, tie, spanMs]);

/** @throws ParapetError `invalid_request` 400 */
export function readCursor(cursor: string): Cursor {
  const parts = decode(cursor, 4);
  const spanMs = parts?.[3];
  if (parts && typeof spanMs === 'number' && spanMs > 0 && Number.isFinite(spanMs))
    return { time: parts[0] as string, table: parts[1] as string, tie: parts[2] as string, spanMs };
  throw new ParapetError(
    'invalid_request',
    400,
    'cursor is not one that this list gave out.',
    'Leave it out to start at the newest event.',
  );
}

/** Name of one event's place, for those who mark it. */
export const writePosition = ({ time, table, tie }: Position): string => encode([time, table, tie]);

/** @throws ParapetError `invalid_request` 400 */
export function readPosition(text: string): Position {
  const parts = decode(text, 3);
  if (parts) return { time: parts[0] as string, table: parts[1] as string, tie: parts[2] as string };
  throw new ParapetError('invalid_request', 400, 'position is not one that a timeline gave out.');
}
