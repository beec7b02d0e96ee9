/** Processor time of a process with all its threads: what a query costs even while others use the machine. Linux only. */
import { readdirSync, readFileSync } from 'node:fs';

/** Milliseconds since the process started; undefined where the system does not tell. */
export function cpuMs(pid: number | undefined): number | undefined {
  if (!pid) return undefined;
  try {
    let total = 0;
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      try {
        total += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
      } catch {
        // The thread ended meanwhile.
      }
    }
    return total;
  } catch {
    return undefined;
  }
}
