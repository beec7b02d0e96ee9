/** Local times. */
import type { Expr } from '../plan/ir.ts';
import { constant, type FunctionDecl } from './declare.ts';
import { host } from './host.ts';

const known = new Set<string>();

/** True for a zone of the IANA database, older names included. */
function isZone(name: string): boolean {
  if (known.has(name)) return true;
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
  } catch {
    return false;
  }
  if (!/^[A-Za-z]/.test(name)) return false;
  known.add(name);
  return true;
}

const checkZone = (args: readonly Expr[]): string | undefined => {
  const k = constant(args[1]);
  return typeof k === 'string' && !isZone(k) ? `There is no time zone '${k}'.` : undefined;
};

export const ZONE_FUNCTIONS: readonly FunctionDecl[] = [
  {
    name: 'datetime_utc_to_local',
    args: 'datetime string',
    returns: 'datetime',
    check: checkZone,
    sql: (a, c) => host('time.toLocal', a, c, 'datetime'),
    doc: 'Local time of a zone such as Europe/Paris.',
  },
  {
    name: 'datetime_local_to_utc',
    args: 'datetime string',
    returns: 'datetime',
    check: checkZone,
    sql: (a, c) => host('time.toUtc', a, c, 'datetime'),
    doc: 'UTC of a local time.',
  },
  {
    name: 'datetime_list_timezones',
    args: '',
    returns: 'dynamic',
    sql: (_a, c) => host('time.zones', [], c, 'dynamic'),
    doc: 'Names of the time zones.',
  },
];
