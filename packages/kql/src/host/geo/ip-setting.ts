/**
 * Which GeoIP database is in use. The path is an environment variable because the helper processes that look addresses up
 * are started by the engine and inherit nothing else.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Environment variable that holds the path of the database. */
export const IP_DATABASE = 'PARAPET_GEOIP_DATABASE';

/** Sets the database for this process and those it starts from now on; an empty path means none. */
export function setIpDatabase(path: string): void {
  process.env[IP_DATABASE] = path;
}

/** The facts about a database stand in its last 128 KiB, after this mark. */
const TAIL = 128 * 1024;
const MARK = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
const KEY = Buffer.from('build_epoch', 'latin1');

/** When a database file was built, read from its end. Undefined when it is no readable database. */
export function buildDate(path: string): Date | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(Math.min(size, TAIL));
    readSync(file, bytes, 0, bytes.length, size - bytes.length);
    const mark = bytes.lastIndexOf(MARK);
    const key = mark < 0 ? -1 : bytes.indexOf(KEY, mark);
    if (key < 0) return undefined;
    // The value is a uint64: its length in the low bits of one byte, the type (2: counted from 7) in the next.
    const at = key + KEY.length;
    const length = bytes[at]! & 31;
    if (bytes[at + 1] !== 2 || length < 1 || length > 8) return undefined;
    const seconds = bytes.subarray(at + 2, at + 2 + length).reduce((n, b) => n * 256 + b, 0);
    return new Date(seconds * 1000);
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** What a person who uses the function should know: how old the places are, or that there are none. */
export function ipDatabaseNote(): string {
  const path = process.env[IP_DATABASE];
  if (!path) return 'There is no GeoIP database here, so places of addresses are null.';
  const date = buildDate(path);
  return date
    ? `Places of addresses come from the GeoIP database of ${date.toISOString().slice(0, 10)}.`
    : 'The GeoIP database cannot be read, so places of addresses are null.';
}
