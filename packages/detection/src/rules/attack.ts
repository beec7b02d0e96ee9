import { GONE_TECHNIQUES, TECHNIQUE_LINES } from './attack-data.ts';

/** Letters of `attack-data.ts` as categories of an alert; the first two tactics describe what happens before an attack. */
const TACTIC_OF: Readonly<Record<string, string>> = {
  r: 'Reconnaissance',
  d: 'ResourceDevelopment',
  i: 'InitialAccess',
  x: 'Execution',
  p: 'Persistence',
  v: 'PrivilegeEscalation',
  e: 'DefenseEvasion',
  c: 'CredentialAccess',
  y: 'Discovery',
  l: 'LateralMovement',
  o: 'Collection',
  m: 'CommandAndControl',
  f: 'Exfiltration',
  t: 'Impact',
};

export interface Technique {
  readonly id: string;
  readonly name: string;
  readonly tactics: readonly string[];
}

/** The tactics in the order of an attack. */
export const ATTACK_TACTICS: readonly string[] = Object.values(TACTIC_OF);

/** Version of the catalogue. */
export const ATTACK_VERSION = '18.1';

/** Every technique and sub-technique in force, by id. */
export const TECHNIQUES: ReadonlyMap<string, Technique> = new Map(
  TECHNIQUE_LINES.trim()
    .split('\n')
    .map((line) => {
      const [number = '', letters = '', ...name] = line.split(' ');
      const id = `T${number}`;
      return [id, { id, name: name.join(' '), tactics: [...letters].map((letter) => TACTIC_OF[letter] ?? letter) }];
    }),
);

const GONE: ReadonlyMap<string, string | undefined> = new Map(
  GONE_TECHNIQUES.split(' ').map((entry) => {
    const [from = '', to] = entry.split(':');
    return [`T${from}`, to ? `T${to}` : undefined];
  }),
);

/** What is wrong with a technique id; undefined when it is in force. */
export function techniqueProblem(id: string): string | undefined {
  if (!/^T\d{4}(\.\d{3})?$/.test(id)) return `"${id}" is not an ATT&CK id (T1234 or T1234.001)`;
  if (TECHNIQUES.has(id)) return undefined;
  if (GONE.has(id)) {
    const next = GONE.get(id);
    return `${id} is no longer part of ATT&CK${next ? `; ${next} (${TECHNIQUES.get(next)?.name ?? 'its successor'}) took its place` : ''}`;
  }
  return `ATT&CK ${ATTACK_VERSION} has no technique ${id}`;
}
