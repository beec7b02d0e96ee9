import { failedLogon, interactiveLogon, logoff, networkLogon, ticketGranting, unlock } from '../engine/logons.ts';
import { everyDay, isWeekend, type Session, type World } from '../engine/world.ts';
import type { Person } from '../model/org.ts';
import { HOUR, MINUTE } from '../types.ts';
import { act, startDesk } from './desk.ts';

/** People come, work, lock, lunch and leave, each in the rhythm of their site and with their own habits. */
export function planPeople(world: World): void {
  for (const person of world.org.people) {
    const random = world.random.fork(`person/${person.account.name}`);
    const machine = world.of(person.device);
    const leave = random.between(0, 60);
    everyDay(world, person.site.offset, (midnight, weekday, dayNumber) => {
      const away = (dayNumber + leave) % 61 < 4 || random.chance(0.05);
      const works = isWeekend(weekday) ? random.chance(0.05) : !away;
      if (!works) return;
      const start = midnight + person.startMinute * MINUTE + random.normal(0, 14) * MINUTE;
      if (start < world.sim.start + 25 * MINUTE) return;
      const end = start + (isWeekend(weekday) ? random.between(70, 200) : random.between(470, 560)) * MINUTE;
      world.sim.at(start, () => arrive(world, person, end));
    });
    // Machines that stay on at night get their updates then; the others start when their owner comes.
    if (!person.device.laptop)
      world.sim.at(world.sim.start + random.between(9 * MINUTE, 24 * MINUTE), () => machine.boot());
  }
}

/** Signs a person in at their own device, starting it if needed, and lets them work until `end`. */
export function arrive(world: World, person: Person, end: number): void {
  const machine = world.of(person.device);
  const random = machine.random;
  if (world.desks.has(person)) return;
  const wasOff = !machine.on;
  machine.boot();
  const delay = wasOff ? random.between(25, 70) * 1000 : 500;
  world.sim.after(delay, () => {
    if (random.chance(0.1)) failedLogon(world, machine, person.account.name, 2, null);
    world.sim.after(random.between(4, 12) * 1000, () => {
      if (!machine.on || world.desks.has(person)) return;
      const session = interactiveLogon(
        world,
        machine,
        person.account,
        person.device.laptop && random.chance(0.2) ? 11 : 2,
      );
      world.desks.set(person, session);
      startDesk(world, person, session);
      if (wasOff) machineGreets(world, person);
      work(world, person, session, end);
      lock(world, person, session, end);
      world.sim.at(end, () => leave(world, person, session));
    });
  });
}

/** The desk of a person now, signing them in when they are not there yet. For the campaigns. */
export function ensureDesk(world: World, person: Person, hours: number, then: (session: Session) => void): void {
  const machine = world.of(person.device);
  const session = world.desks.get(person);
  if (session?.logon.open && machine.on) {
    then(session);
    return;
  }
  world.desks.delete(person);
  arrive(world, person, world.sim.now + hours * HOUR);
  world.sim.after(3 * MINUTE, () => then(world.desks.get(person)!));
}

function work(world: World, person: Person, session: Session, end: number): void {
  const random = session.machine.random;
  const next = () => {
    if (!session.logon.open || world.sim.now > end) return;
    act(world, person, session);
    world.sim.after(random.wait((34 * MINUTE) / world.scale), next);
  };
  world.sim.after(random.between(2, 8) * MINUTE, next);
}

function lock(world: World, person: Person, session: Session, end: number): void {
  const random = session.machine.random;
  const lunch = world.sim.now + random.between(200, 280) * MINUTE;
  for (const at of [lunch, world.sim.now + random.between(90, 400) * MINUTE]) {
    if (at < end - 20 * MINUTE) {
      world.sim.at(at, () => {
        if (!session.logon.open) return;
        if (random.chance(0.04)) failedLogon(world, session.machine, person.account.name, 2, null);
        unlock(session.machine, person.account);
      });
    }
  }
}

function leave(world: World, person: Person, session: Session): void {
  const { machine } = session;
  if (world.desks.get(person) === session) world.desks.delete(person);
  if (!session.logon.open || machine.keepOn) return;
  if (person.device.laptop) {
    logoff(machine, session.logon);
    world.sim.after(20_000, () => {
      if (!machine.keepOn && !world.desks.has(person)) machine.shutdown();
    });
  } else logoff(machine, session.logon);
}

/** After a start the machine itself signs in to the domain controller for policy. */
function machineGreets(world: World, person: Person): void {
  const controller = world.controllerFor(person.device);
  ticketGranting(world, person.device.account, person.device);
  networkLogon(world, controller, person.device.account, person.device, { hold: 4000 });
}
