/** One event as its vendor's shipper writes it. */
export interface SampleEvent {
  /** Index (data stream) the shipper writes to; the `_index` of the bulk action. */
  readonly index: string;
  /** When it happened. The stream is in this order. */
  readonly time: Date;
  /** JSON text of one document, without a line break. */
  readonly doc: string;
}

/** The organisation that is shown unless another seed is asked for: two installations then show the same one. */
export const DEFAULT_SEED = 20_260_101;

/** What to generate. The same options give the same bytes. */
export interface SampleOptions {
  /** Any text or number; names, machines and timings follow from it. */
  readonly seed: string | number;
  /** The end of the window. The newest event is a few minutes older. */
  readonly end: Date;
  /** Length of the window in days, 2 to 365. Default 30. The campaigns lie in the last ten days of it. */
  readonly days?: number;
  /** Multiplies the ordinary activity (not the organisation, not the campaigns). Default 1. */
  readonly scale?: number;
}

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
