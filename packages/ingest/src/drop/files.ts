import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

export interface SeenFile {
  /** Relative to the folder, with `/`. */
  readonly name: string;
  readonly path: string;
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly modified: number;
  /** Device and inode: the same file under another name has the same. */
  readonly identity: string;
}

const MAX_FILES = 100_000;
const MAX_DEPTH = 10;

/**
 * Regular files in a folder and below, oldest first. Links are not followed: who may write here must not be able to have
 * any file of the server read.
 * @param leaveOut folders of the first level that are passed over
 */
export async function filesIn(
  folder: string,
  takes: (name: string) => boolean,
  leaveOut: readonly string[],
): Promise<SeenFile[]> {
  const found: SeenFile[] = [];
  const visit = async (relative: string, depth: number): Promise<void> => {
    for (const entry of await readdir(join(folder, relative), { withFileTypes: true })) {
      if (found.length >= MAX_FILES) return;
      const name = relative === '' ? entry.name : `${relative}/${entry.name}`;
      if (entry.isDirectory()) {
        if (depth < MAX_DEPTH && !entry.name.startsWith('.') && !(depth === 0 && leaveOut.includes(entry.name)))
          await visit(name, depth + 1).catch(() => undefined);
      } else if (entry.isFile() && takes(entry.name)) {
        const info = await seenFile(folder, name);
        if (info) found.push(info);
      }
    }
  };
  await visit('', 0);
  return found.sort((a, b) => a.modified - b.modified || (a.name < b.name ? -1 : 1));
}

/** Null when it is gone or no regular file. */
export async function seenFile(folder: string, name: string): Promise<SeenFile | null> {
  const path = join(folder, name);
  try {
    const info = await lstat(path, { bigint: true });
    if (!info.isFile()) return null;
    return {
      name,
      path,
      size: Number(info.size),
      modified: Number(info.mtimeMs),
      identity: `${info.dev}:${info.ino}`,
    };
  } catch {
    return null;
  }
}
