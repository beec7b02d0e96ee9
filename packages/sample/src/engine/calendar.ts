import { DAY, HOUR } from '../types.ts';
import { isWeekend, type World } from './world.ts';

/**
 * A moment on a working day about `daysBefore` days before the end of the window, at a local hour of the main site.
 * A weekend day moves back to the Friday before it.
 */
export function workingTime(world: World, daysBefore: number, hour: number): number {
  const offset = world.org.sites[0]!.offset * HOUR;
  const today = Math.floor((world.sim.end + offset) / DAY) * DAY;
  let day = today - Math.round(daysBefore) * DAY;
  while (isWeekend(new Date(day).getUTCDay())) day -= DAY;
  return day - offset + hour * HOUR;
}

/** A moment at a local hour of the main site, `daysBefore` whole days before the day the window ends, weekend or not. */
export function localTime(world: World, daysBefore: number, hour: number): number {
  const offset = world.org.sites[0]!.offset * HOUR;
  return Math.floor((world.sim.end + offset) / DAY) * DAY - daysBefore * DAY - offset + hour * HOUR;
}
