import { connect, resolve } from '../engine/activity.ts';
import type { Machine } from '../engine/machine.ts';
import type { Process } from '../engine/process.ts';
import type { World } from '../engine/world.ts';
import type { Program } from '../model/binaries.ts';

/** One attack, cast from the organisation before anything runs. */
export interface Campaign {
  readonly id: string;
  readonly kind: 'endpoint intrusion' | 'directory takeover' | 'cloud account abuse';
  /** One neutral sentence, made from the cast. */
  readonly scenario: string;
  readonly devices: readonly string[];
  readonly identities: readonly string[];
  /** First and last step, milliseconds since the epoch. */
  readonly start: number;
  readonly end: number;
  /** Puts the steps on the clock. */
  schedule(): void;
}

/** Runs the steps at their offsets in milliseconds from `start`, each up to 50 seconds later: nobody hits the minute. */
export function timeline(
  world: World,
  start: number,
  steps: readonly (readonly [offset: number, step: () => void])[],
): void {
  const random = world.random.fork(`timeline/${start}`);
  for (const [offset, step] of steps) world.sim.at(start + offset + random.between(0, 50_000), step);
}

/** A file the attacker brought: no version resource, hence the dashes that Sysmon writes. */
export function foreign(path: string): Program {
  return { path, version: '-', description: '-', product: '-', company: '-', original: '-' };
}

/** A name on the attacker's side and its address. */
export interface Endpoint {
  readonly name: string;
  readonly ip: string;
  readonly port: number;
}

/** Calls home about every `mean` milliseconds, ±30 %, until `until`, as long as the process lives. */
export function beacon(
  world: World,
  machine: Machine,
  process: Process,
  to: Endpoint,
  mean: number,
  until: number,
): void {
  const call = () => {
    if (!process.alive || world.sim.now > until) return;
    if (machine.random.chance(0.2)) resolve(machine, process, to.name, [to.ip]);
    connect(machine, process, to);
    world.sim.after(mean * (0.7 + machine.random.float() * 0.6), call);
  };
  call();
}

/** A console command as intruders run them: `cmd /c` and its child. */
export function command(
  machine: Machine,
  parent: Process,
  key: Parameters<Machine['spawn']>[0],
  text: string,
  life = 900,
): Process {
  const shell = machine.spawn('cmd', {
    command: `C:\\Windows\\system32\\cmd.exe /c ${text}`,
    parent,
    life: life + 150,
  });
  return machine.spawn(key, { command: text, parent: shell, life });
}
