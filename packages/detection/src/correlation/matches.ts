import type { CorrelationReason } from '@parapet/schema';
import type { Profile } from './profile.ts';

/** One thing two alerts share, scored by the table of spec A 2.6. */
export interface Match {
  /** Number of the row in that table; 0 for an internal address, which only supports. */
  readonly rule: number;
  readonly score: number;
  readonly codes: readonly CorrelationReason[];
  /** Index key, as `correlationKeys` gives it. */
  readonly key: string;
  /** Sentence part that follows a capital letter and precedes the other alert's title. */
  readonly text: string;
}

/** Open incidents by index key; a key that is not there is in few. */
export type Noise = ReadonlyMap<string, number>;

/** An entity in more open incidents than this tells little: it counts half. */
export const NOISY_INCIDENTS = 10;
/** An entity in more open incidents than this says nothing any more. */
export const HUB_INCIDENTS = 20;

/** What two alerts share, best first, and the points it makes. */
export interface PairScore {
  readonly score: number;
  readonly matches: readonly Match[];
}

export const JOIN_SCORE = 70;
export const SIMILAR_SCORE = 40;

const HOUR = 3_600_000;
/** What happens to one asset within this time is one story, unless different people are at work there. */
const CLOSE_MS = 10 * 60_000;
/** Points of an internal address beside an account: halved like every further match. */
const INTERNAL_SUPPORT = 40;

/** Milliseconds between two activities; 0 when they overlap. */
function gap(a: Profile, b: Profile): number {
  return Math.max(0, a.start - b.end, b.start - a.end);
}

/**
 * True when the later of the two is further along the kill chain. At the same instant any difference counts, because the
 * order of two simultaneous steps cannot be told.
 */
function tacticAdvances(earlier: Profile, later: Profile): boolean {
  if (earlier.stage === undefined || later.stage === undefined) return false;
  if (earlier.start === later.start) return earlier.stage !== later.stage;
  return later.stage > earlier.stage;
}

function shared(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): string[] {
  const [small, large] = a.size <= b.size ? [a, b] : [b, a];
  return [...small.keys()].filter((key) => large.has(key)).sort();
}

/** Accounts both know. The names of one account (SID, principal name) are one match: the first in order stands for it. */
function sharedAccounts(a: Profile, b: Profile): string[] {
  const byName = new Map<string, string>();
  for (const key of shared(a.users, b.users)) {
    // Both labels, so that the answer is the same from either side.
    const names = [label(key, a.users).toLowerCase(), label(key, b.users).toLowerCase()].sort();
    if (![...byName.keys()].some((known) => names.includes(known))) byName.set(names[0] ?? key, key);
  }
  return [...byName.values()];
}

/** Sessions on a device, as `Profile.sessions` names them. */
const LOGON = /\|logon [0-9a-f]+$/;

/** Sessions both know; a logon session that a device's several names give several keys counts once. */
function sharedSessions(a: Profile, b: Profile): string[] {
  const numbers = new Set<string>();
  return shared(a.sessions, b.sessions).filter((key) => {
    const number = LOGON.exec(key)?.[0];
    if (number === undefined) return true;
    if (numbers.has(number)) return false;
    numbers.add(number);
    return true;
  });
}

const label = (key: string, ...maps: Pick<ReadonlyMap<string, string>, 'get'>[]): string => {
  for (const map of maps) {
    const found = map.get(key);
    if (found) return found;
  }
  return key;
};

/**
 * Compare two alerts. Symmetric: `comparePair(a, b)` and `comparePair(b, a)` score the same, so the partition into incidents does
 * not depend on which alert came first.
 * @param noise in how many open incidents an index key is right now
 */
export function comparePair(a: Profile, b: Profile, noise: Noise): PairScore {
  const apart = gap(a, b);
  const [earlier, later] = a.start <= b.start ? [a, b] : [b, a];
  const advances = tacticAdvances(earlier, later);
  const found: Match[] = [];
  const add = (rule: number, score: number, key: string, codes: readonly CorrelationReason[], text: string) => {
    const met = noise.get(key) ?? 0;
    if (met > HUB_INCIDENTS) return;
    if (met <= NOISY_INCIDENTS) found.push({ rule, score, codes, key, text });
    else
      found.push({
        rule,
        score: score / 2,
        codes,
        key,
        text: `${text}, which is in ${met} open incidents and counts half`,
      });
  };
  const device = label(a.devices.shared(b.devices)[0] ?? '', a.devices);

  if (apart <= 24 * HOUR) {
    const tree = shared(a.processes, b.processes);
    const process = tree.find((key) => label(key, a.processes, b.processes) !== key) ?? tree[0];
    if (process !== undefined) {
      const name = label(process, a.processes, b.processes);
      add(
        1,
        100,
        `process:${process}`,
        ['eventSequence', 'sameAsset'],
        `Same process tree${name === process ? '' : ` (${name})`}${device ? ` on ${device}` : ''}`,
      );
    }
    const [detector] = shared(a.detectors, b.detectors);
    // Two short names that are equal are not one device yet.
    const same = !a.asset || !b.asset || a.asset.shared(b.asset).length > 0;
    if (detector !== undefined && same)
      add(2, 100, `detector:${detector}`, ['repeatedAlertOccurrence'], 'Same detection on the same asset');
    for (const key of sharedSessions(a, b))
      add(
        5,
        90,
        `session:${key}`,
        ['sameActor'],
        LOGON.test(key)
          ? `Same logon session (${label(key, a.sessions)})`
          : `Same temporary credentials (${label(key, a.sessions)})`,
      );
  }
  if (apart <= 12 * HOUR) lateralMovement(earlier, later, add);
  if (apart <= 72 * HOUR) {
    for (const key of shared(a.files, b.files))
      add(7, 75, `file:${key}`, ['similarArtifacts'], `Same file (${label(key, a.files, b.files)})`);
    for (const key of threatKeys(a, b))
      add(8, 75, `threat:${key}`, ['sharedIndicators'], `Same attacker address (${key})`);
    for (const key of shared(a.workloads, b.workloads))
      add(10, 70, `workload:${key}`, ['sameActor'], `Same workload identity (${label(key, a.workloads)})`);
  }
  if (apart <= 24 * HOUR) {
    const close = apart <= CLOSE_MS;
    const accounts = sharedAccounts(a, b);
    for (const key of accounts)
      add(
        11,
        advances ? 75 : close ? 70 : 60,
        `user:${key}`,
        close ? ['sameActor', 'sameAsset', 'temporalProximity'] : ['sameActor', 'sameAsset'],
        `Same account (${label(key, a.users)})${advances ? ', further along the attack' : close ? ', within minutes' : ''}`,
      );
    // A server that many people work on must not tie their alerts together.
    const strangers = a.users.size > 0 && b.users.size > 0 && accounts.length === 0;
    // On a device that was reached by lateral movement the chain starts again: whatever follows there is a step further.
    const arrived =
      earlier.alert.category === 'LateralMovement' && later.stage !== undefined && later.stage !== earlier.stage;
    for (const [keys, map, kind] of [
      [a.devices.shared(b.devices), a.devices.labels, 'device'],
      [shared(a.resources, b.resources), a.resources, 'resource'],
    ] as const) {
      const further = apart <= 6 * HOUR && (advances || (kind === 'device' && arrived));
      const minutes = close && !strangers;
      for (const key of keys)
        add(
          12,
          further ? 75 : minutes ? 70 : 50,
          `${kind}:${key}`,
          further || minutes ? ['sameAsset', 'temporalProximity'] : ['sameAsset'],
          `Same ${kind} (${label(key, map)})${further ? ', further along the attack within 6 hours' : minutes ? ', within minutes' : ''}`,
        );
    }
  }
  if (apart <= 6 * HOUR) {
    for (const key of shared(a.sources, b.sources))
      add(13, 40, `ip:${key}`, ['networkProximity'], `Same external address (${key})`);
    // An internal address is nobody's alone; beside the same account it says "from the same place".
    if (found.some((match) => match.rule === 11 || match.rule === 10))
      for (const key of shared(a.internal, b.internal).slice(0, 1))
        add(0, INTERNAL_SUPPORT, `ip:${key}`, ['networkProximity'], `from the same internal address (${key})`);
  }
  return total(found);
}

type Add = (rule: number, score: number, key: string, codes: readonly CorrelationReason[], text: string) => void;

/** Row 6: the account or the host of the earlier alert turns up as the way into the device of the later one. */
function lateralMovement(earlier: Profile, later: Profile, add: Add): void {
  const text = (what: string, from: string, to: string) =>
    `Lateral movement: ${what} seen on ${from}, then used on ${to}`;
  const from = label([...earlier.devices.keys()].sort()[0] ?? '', earlier.devices);
  const to = label([...later.devices.keys()].sort()[0] ?? '', later.devices);
  for (const key of earlier.devices.shared(later.sourceDevices))
    if (!later.devices.has(key))
      add(6, 80, `device:${key}`, ['lateralMovementPath'], text(label(key, earlier.devices), from, to));
  for (const key of earlier.targetDevices.shared(later.devices))
    if (!earlier.devices.has(key) && earlier.alert.category === 'LateralMovement')
      add(6, 80, `device:${key}`, ['lateralMovementPath'], text('a connection', from, label(key, later.devices)));
  const elsewhere = from && to && earlier.devices.shared(later.devices).length === 0;
  if (elsewhere && (later.alert.category === 'LateralMovement' || earlier.alert.category === 'LateralMovement'))
    for (const key of sharedAccounts(earlier, later))
      add(6, 80, `user:${key}`, ['lateralMovementPath'], text(label(key, earlier.users), from, to));
  // Where an attack comes from is at work itself within minutes, whichever of the two was noticed first.
  if (gap(earlier, later) <= CLOSE_MS)
    for (const key of later.devices.shared(earlier.sourceDevices))
      if (!earlier.devices.has(key))
        add(6, 80, `device:${key}`, ['lateralMovementPath'], text(label(key, later.devices), to, from));
}

/** An address that one side knows as the attacker's is the same when the other only saw it as a source. */
function threatKeys(a: Profile, b: Profile): string[] {
  const keys = new Set([
    ...shared(a.threats, b.threats),
    ...shared(a.threats, b.sources),
    ...shared(a.sources, b.threats),
  ]);
  return [...keys].sort();
}

/** Best match in full, each further distinct one half, capped at 100. One entity counts once, under its best row. */
function total(found: readonly Match[]): PairScore {
  const ordered = [...found].sort((x, y) => y.score - x.score || x.rule - y.rule || (x.key < y.key ? -1 : 1));
  const matches: Match[] = [];
  const entities = new Set<string>();
  for (const match of ordered) {
    const entity = match.key.replace(/^threat:/, 'ip:');
    if (entities.has(entity)) continue;
    entities.add(entity);
    matches.push(match);
  }
  let score = 0;
  for (const [index, match] of matches.entries()) score += index === 0 ? match.score : match.score / 2;
  // An internal address alone is no reason, whatever else is missing.
  if (matches.every((match) => match.rule === 0)) return { score: 0, matches: [] };
  return { score: Math.min(100, Math.round(score)), matches };
}
