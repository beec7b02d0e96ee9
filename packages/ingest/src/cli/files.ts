import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Regular files under the given paths, sorted, each with its size. @throws Error when a path does not exist */
export async function findFiles(
  paths: readonly string[],
): Promise<{ readonly path: string; readonly size: number; readonly modified: number }[]> {
  const files: { path: string; size: number; modified: number }[] = [];
  for (const path of paths) {
    const info = await stat(path);
    if (info.isFile()) files.push({ path, size: info.size, modified: Math.trunc(info.mtimeMs) });
    else if (info.isDirectory()) {
      const names = await readdir(path, { recursive: true, withFileTypes: true });
      for (const entry of names.filter((item) => item.isFile())) {
        const full = join(entry.parentPath, entry.name);
        const found = await stat(full);
        files.push({ path: full, size: found.size, modified: Math.trunc(found.mtimeMs) });
      }
    }
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}
