import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ParapetError } from '@parapet/schema';

/** Boot id and start tick of a process: a recycled process id never looks like the old owner. Linux only; elsewhere empty. */
function processIdentity(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${started}`;
  } catch {
    return '';
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Take the data folder for this process.
 * @returns a function that gives it back
 * @throws ParapetError `data_folder_in_use` naming the process that holds it
 */
export function lockDataDir(dataDir: string): () => void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, 'parapet.lock');
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      const file = openSync(path, 'wx', 0o600);
      writeSync(
        file,
        JSON.stringify({
          pid: process.pid,
          identity: processIdentity(process.pid),
          startedAt: new Date().toISOString(),
        }),
      );
      closeSync(file);
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    let owner: { pid?: number; identity?: string; startedAt?: string } = {};
    try {
      owner = JSON.parse(readFileSync(path, 'utf8')) as typeof owner;
    } catch {
      // An empty or torn lock is what a crash between open and write leaves behind.
    }
    const held =
      owner.pid !== undefined &&
      isAlive(owner.pid) &&
      (!owner.identity || processIdentity(owner.pid) === owner.identity);
    if (held) {
      throw new ParapetError(
        'data_folder_in_use',
        409,
        `Another Parapet (process ${owner.pid}, started ${owner.startedAt}) is using the data folder ${dataDir}.`,
        'Stop it first, or give this one its own folder with --data <folder> and its own --port.',
      );
    }
    rmSync(path, { force: true });
  }
  throw new ParapetError('data_folder_in_use', 409, `The data folder ${dataDir} could not be locked.`, 'Try again.');
}
