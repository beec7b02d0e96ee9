import { createOrganisation, type Device, type Organisation, type Person, type Role } from '../model/org.ts';
import { Random } from '../prng.ts';
import { DAY } from '../types.ts';
import { Machine } from './machine.ts';
import type { Logon, Process } from './process.ts';
import type { Simulation } from './simulation.ts';

/** A person (or an administrator, or an intruder) at work on one machine. */
export interface Session {
  readonly machine: Machine;
  readonly logon: Logon;
  readonly explorer: Process;
  /** Programs that stay open, by program key. */
  readonly apps: Map<string, Process>;
}

/** Everything the generators share: the organisation, its running machines, the clock and the chance. */
export interface World {
  readonly org: Organisation;
  readonly sim: Simulation;
  readonly random: Random;
  readonly scale: number;
  readonly days: number;
  readonly machines: ReadonlyMap<Device, Machine>;
  /** The desktop session of a person who is at work, on the person's own device. */
  readonly desks: Map<Person, Session>;
  machine(role: Role, index?: number): Machine;
  of(device: Device): Machine;
  /** A server by the part of its name after the site code, `FS01`. */
  server(name: string): Machine;
  /** The domain controller a machine asks. */
  controllerFor(device: Device): Machine;
}

export function createWorld(seed: string | number, sim: Simulation, options: { days: number; scale: number }): World {
  const org = createOrganisation(seed);
  const random = new Random(`world/${seed}`);
  const machines = new Map(org.devices.map((d) => [d, new Machine(d, sim, random.fork(`machine/${d.name}`))]));
  const of = (device: Device) => machines.get(device)!;
  const first = of(org.device('domain-controller', 0));
  const second = of(org.device('domain-controller', 1));
  return {
    org,
    sim,
    random,
    ...options,
    machines,
    desks: new Map(),
    of,
    server(name) {
      const device = org.devices.find((d) => d.name.endsWith(`-${name}`));
      if (device === undefined) throw new RangeError(`no server ${name}`);
      return of(device);
    },
    machine: (role, index) => of(org.device(role, index)),
    controllerFor: (device) => (device.site.code === 'MIL' ? second : first),
  };
}

/** Calls `plan` at every local midnight of the window, the one before its start included. */
export function everyDay(
  world: World,
  offsetHours: number,
  plan: (midnight: number, weekday: number, dayNumber: number) => void,
): void {
  const shift = offsetHours * 3_600_000;
  const first = Math.floor((world.sim.start + shift) / DAY) * DAY - shift;
  for (let midnight = first; midnight <= world.sim.end; midnight += DAY) {
    const local = new Date(midnight + shift);
    const dayNumber = Math.floor((midnight + shift) / DAY);
    world.sim.at(midnight, () => plan(midnight, local.getUTCDay(), dayNumber));
  }
}

/** Runs `task` again and again with waiting times around `mean` milliseconds (before scaling), ±`spread` of it. */
export function repeat(world: World, random: Random, mean: number, spread: number, task: () => void): void {
  const next = () =>
    world.sim.after(random.float() * spread * 2 * (mean / world.scale) + (1 - spread) * (mean / world.scale), run);
  const run = () => {
    task();
    next();
  };
  world.sim.after((random.float() * mean) / world.scale, run);
}

export function isWeekend(weekday: number): boolean {
  return weekday === 0 || weekday === 6;
}
