/** Local times of the zones that the IANA database names. */
import { isoOfTicks, ticksOfIso } from '../plan/literals.ts';
import type { HostFamily } from './registry.ts';

const formats = new Map<string, Intl.DateTimeFormat | null>();

function formatOf(zone: string): Intl.DateTimeFormat | null {
  let found = formats.get(zone);
  if (found === undefined) {
    try {
      found = new Intl.DateTimeFormat('en-US', {
        timeZone: zone,
        hourCycle: 'h23',
        era: 'short',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
      });
    } catch {
      found = null;
    }
    if (formats.size < 2000) formats.set(zone, found);
  }
  return found;
}

/** Seconds that a zone is ahead of UTC at an instant of UTC, in seconds since 1970. Undefined for an unknown zone. */
export function zoneOffset(zone: string, seconds: number): number | undefined {
  const format = /^[A-Za-z]/.test(zone) ? formatOf(zone) : null;
  if (!format) return undefined;
  const at: Record<string, string> = {};
  for (const p of format.formatToParts(new Date(seconds * 1000))) at[p.type] = p.value;
  const year = at.era === 'BC' ? 1 - Number(at.year) : Number(at.year);
  const local = new Date(0);
  local.setUTCFullYear(year, Number(at.month) - 1, Number(at.day));
  local.setUTCHours(Number(at.hour), Number(at.minute), Number(at.second));
  return local.getTime() / 1000 - seconds;
}

const TICKS = 10_000_000n;
const FIRST = -621355968000000000n;
const LAST = 2534023007999999999n;

const shifted = (ticks: bigint): string | null => (ticks < FIRST || ticks > LAST ? null : isoOfTicks(ticks));
const seconds = (ticks: bigint): number => Number(ticks < 0n ? (ticks - TICKS + 1n) / TICKS : ticks / TICKS);

export const TIME_HOST: HostFamily = {
  toLocal: (at: string | null, zone: string | null) => {
    if (!at || !zone) return null;
    const ticks = ticksOfIso(at);
    const offset = zoneOffset(zone, seconds(ticks));
    return offset === undefined ? null : shifted(ticks + BigInt(offset) * TICKS);
  },
  /** An hour that the clocks skip is read by the clocks after the change; of an hour that comes twice the first is taken. */
  toUtc: (at: string | null, zone: string | null) => {
    if (!at || !zone) return null;
    const ticks = ticksOfIso(at);
    const local = seconds(ticks);
    const before = zoneOffset(zone, local - 86_400);
    const after = zoneOffset(zone, local + 86_400);
    if (before === undefined || after === undefined) return null;
    const fits = [before, after].filter((o) => zoneOffset(zone, local - o) === o);
    return shifted(ticks - BigInt(fits.length ? Math.max(...fits) : after) * TICKS);
  },
  zones: () => Intl.supportedValuesOf('timeZone'),
};
