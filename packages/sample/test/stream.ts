import { type SampleOptions, sampleEvents } from '../src/index.ts';

export const END = new Date('2026-03-18T15:00:00Z');
export const SEED = 'parapet';

export interface Doc {
  readonly at: number;
  readonly index: string;
  readonly host: string;
  readonly channel: string;
  readonly code: string;
  readonly data: Readonly<Record<string, string>>;
  readonly record: number;
  readonly raw: Readonly<Record<string, unknown>>;
}

/** Parses one document; Windows fields are empty for CloudTrail records. */
export function parse(event: { index: string; time: Date; doc: string }): Doc {
  const raw = JSON.parse(event.doc) as Record<string, unknown> & {
    winlog?: {
      computer_name: string;
      channel: string;
      record_id: number;
      event_data?: Record<string, string>;
      user_data?: Record<string, string>;
    };
    event?: { code: string };
  };
  return {
    at: event.time.getTime(),
    index: event.index,
    host: raw.winlog?.computer_name ?? '',
    channel: raw.winlog?.channel ?? '',
    code: raw.event?.code ?? String(raw.eventName),
    data: raw.winlog?.event_data ?? raw.winlog?.user_data ?? {},
    record: raw.winlog?.record_id ?? 0,
    raw,
  };
}

export function* documents(options: Partial<SampleOptions> = {}): Generator<Doc> {
  for (const event of sampleEvents({ seed: SEED, end: END, ...options })) yield parse(event);
}
