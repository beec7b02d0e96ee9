/** The hunting page's time picker (spec B 2.2): what the address and the drafts hold, and the instants sent. */

export const PRESETS = ['30m', '1h', '4h', '12h', '24h', '3d', '7d', '30d', '90d', 'all', 'query'] as const;
export type Preset = (typeof PRESETS)[number];

export const PRESET_LABELS: Readonly<Record<Preset, string>> = {
  '30m': 'Last 30 minutes',
  '1h': 'Last hour',
  '4h': 'Last 4 hours',
  '12h': 'Last 12 hours',
  '24h': 'Last 24 hours',
  '3d': 'Last 3 days',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
  '90d': 'Last 90 days',
  all: 'All time',
  query: 'Set in query',
};

/** A preset, or an ISO 8601 interval `from/to` in UTC. */
export type HuntRange = Preset | `${string}/${string}`;

export const DEFAULT_RANGE: HuntRange = '30d';

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

export function isPreset(text: string): text is Preset {
  return (PRESETS as readonly string[]).includes(text);
}

/** Custom instants, or undefined when the text is not an interval with its start before its end. */
export function parseInterval(text: string): { readonly from: Date; readonly to: Date } | undefined {
  const [start, end, rest] = text.split('/');
  if (!start || !end || rest !== undefined) return undefined;
  const from = new Date(start);
  const to = new Date(end);
  return from.getTime() < to.getTime() ? { from, to } : undefined;
}

/** Read a range from an address or a draft; anything else becomes the default. */
export function parseRange(text: string | undefined): HuntRange {
  if (text && isPreset(text)) return text;
  if (text && parseInterval(text)) return text as HuntRange;
  return DEFAULT_RANGE;
}

export function interval(from: Date, to: Date): HuntRange {
  return `${from.toISOString()}/${to.toISOString()}`;
}

/** What `HuntRequest.timeRange` gets; undefined when the query alone decides or everything is asked for. */
export function rangeInstants(range: HuntRange, now: Date): { from: string; to: string } | undefined {
  if (range === 'all' || range === 'query') return undefined;
  if (isPreset(range)) {
    const length = Number.parseInt(range, 10) * UNIT_MS[range.at(-1)!]!;
    return { from: new Date(now.getTime() - length).toISOString(), to: now.toISOString() };
  }
  const custom = parseInterval(range);
  return custom && { from: custom.from.toISOString(), to: custom.to.toISOString() };
}
