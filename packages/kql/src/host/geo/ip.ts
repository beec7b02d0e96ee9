/**
 * Where addresses are, from a local database in MaxMind's format (GeoLite2-City or one like it). No database comes with
 * the product; without one every answer is null.
 */
import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { type CityResponse, Reader } from 'mmdb-lib';
import { IP_DATABASE } from './ip-setting.ts';

/** How often a changed file is looked for, in milliseconds. */
const CHECK_EVERY = 60_000;

let opened: { path: string; changed: number; checked: number; reader: Reader<CityResponse> | undefined } | undefined;

/** The database, read again when the file has changed. A file that cannot be read counts as none. */
function database(): Reader<CityResponse> | undefined {
  const path = process.env[IP_DATABASE];
  if (!path) return undefined;
  const now = Date.now();
  if (opened?.path === path && now - opened.checked < CHECK_EVERY) return opened.reader;
  try {
    const changed = statSync(path).mtimeMs;
    if (opened?.path !== path || opened.changed !== changed || !opened.reader)
      opened = { path, changed, checked: now, reader: new Reader<CityResponse>(readFileSync(path)) };
    else opened.checked = now;
  } catch {
    opened = { path, changed: 0, checked: now, reader: undefined };
  }
  return opened.reader;
}

/**
 * Country, state, city, latitude and longitude of an IPv4 or IPv6 address, as far as the database knows them.
 * @returns undefined for anything that is no address, for unknown addresses and without a database
 */
export function lookUpAddress(text: string): Record<string, string | number> | undefined {
  const address = text.trim();
  if (!isIP(address)) return undefined;
  const found = database()?.get(address);
  if (!found) return undefined;
  const out: Record<string, string | number> = {};
  const { country, subdivisions, city, location } = found;
  if (country?.names?.en) out.country = country.names.en;
  if (subdivisions?.[0]?.names?.en) out.state = subdivisions[0].names.en;
  if (city?.names?.en) out.city = city.names.en;
  if (location?.latitude !== undefined) out.latitude = location.latitude;
  if (location?.longitude !== undefined) out.longitude = location.longitude;
  return Object.keys(out).length > 0 ? out : undefined;
}
