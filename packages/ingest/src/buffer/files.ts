import { type FileHandle, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** The few file operations the buffer needs; a seam so that tests can play a full disk. */
export interface BufferFiles {
  openAppend(path: string): Promise<AppendFile>;
  openRead(path: string): Promise<FileHandle>;
  list(dir: string): Promise<{ readonly id: number; readonly size: number }[]>;
  remove(path: string): Promise<void>;
  syncDir(dir: string): Promise<void>;
}

export interface AppendFile {
  write(bytes: Buffer, position: number): Promise<void>;
  datasync(): Promise<void>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

const SEGMENT = /^(\d{12})\.seg$/;

export function segmentPath(dir: string, id: number): string {
  return join(dir, `${String(id).padStart(12, '0')}.seg`);
}

export const diskFiles: BufferFiles = {
  async openAppend(path) {
    const handle = await open(path, 'a+').then(async (created) => {
      // 'a' ignores positions on Linux; reopen for positioned writes once the file exists.
      await created.close();
      return open(path, 'r+');
    });
    return {
      async write(bytes, position) {
        let done = 0;
        while (done < bytes.length) {
          const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
          done += bytesWritten;
        }
      },
      datasync: () => handle.datasync(),
      truncate: (length) => handle.truncate(length),
      close: () => handle.close(),
    };
  },
  openRead: (path) => open(path, 'r'),
  async list(dir) {
    const found: { id: number; size: number }[] = [];
    for (const name of await readdir(dir)) {
      const match = SEGMENT.exec(name);
      if (match) found.push({ id: Number(match[1]), size: (await stat(join(dir, name))).size });
    }
    return found.sort((a, b) => a.id - b.id);
  },
  remove: (path) => rm(path, { force: true }),
  async syncDir(dir) {
    const handle = await open(dir, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};
