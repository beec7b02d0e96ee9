import type { Zone } from '../../lib/time.ts';

/** An instant as a field of the kind datetime-local shows it in the chosen zone; empty for none. */
export function toField(iso: string, zone: Zone): string {
  const time = new Date(iso);
  if (iso === '' || Number.isNaN(time.getTime())) return '';
  const shift = zone === 'utc' ? 0 : time.getTimezoneOffset() * 60_000;
  return new Date(time.getTime() - shift).toISOString().slice(0, 16);
}

/** What such a field says, as an instant; empty for nothing or nonsense. */
export function fromField(text: string, zone: Zone): string {
  const time = text === '' ? Number.NaN : Date.parse(zone === 'utc' ? `${text}Z` : text);
  return Number.isNaN(time) ? '' : new Date(time).toISOString();
}
