/** Turns a local wall clock into UTC. */
export interface Zone {
  /** @param local milliseconds as if the wall clock were UTC. @returns milliseconds since the epoch */
  toUtc(local: number): number;
}

const SLOT = 15 * 60_000;
const KEPT = 5_000;

/**
 * A zone by its IANA name (`Europe/Berlin`), as a fixed offset (`+02:00`) or `UTC`.
 * @throws Error when there is no such zone
 */
export function zoneOf(name: string): Zone {
  const text = name.trim();
  const fixed = /^(?:UTC|GMT)?([+-])(\d{1,2}):?(\d{2})?$/i.exec(text);
  if (fixed) {
    const minutes = (Number(fixed[2]) * 60 + Number(fixed[3] ?? 0)) * (fixed[1] === '-' ? -1 : 1);
    return { toUtc: (local) => local - minutes * 60_000 };
  }
  if (text === '' || /^(?:utc|gmt|z)$/i.test(text)) return { toUtc: (local) => local };
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: text,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    throw new Error(`There is no time zone "${text.slice(0, 60)}". Use a name such as Europe/Berlin, or +02:00.`);
  }
  const offsetAt = (utc: number): number => {
    const parts: Record<string, number> = {};
    for (const part of format.formatToParts(new Date(utc))) parts[part.type] = Number(part.value);
    return (
      Date.UTC(parts.year ?? 0, (parts.month ?? 1) - 1, parts.day, parts.hour, parts.minute, parts.second) -
      Math.trunc(utc / 1_000) * 1_000
    );
  };
  // Asking the calendar is slow; all clocks of a quarter of an hour have the same offset.
  const known = new Map<number, number>();
  return {
    toUtc(local) {
      const slot = Math.floor(local / SLOT);
      let offset = known.get(slot);
      if (offset === undefined) {
        if (known.size > KEPT) known.clear();
        const first = offsetAt(local);
        offset = offsetAt(slot * SLOT - first);
        known.set(slot, offset);
      }
      return local - offset;
    },
  };
}
