import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

interface FileState {
  /** Events the server has acknowledged, counted from the start of the file. */
  readonly acknowledged: number;
  readonly done: boolean;
}

/**
 * What earlier runs sent, by server and file. A file counts as the same while its path, size and time of change are
 * the same. Written after every acknowledged request, by rename, so that it is never half a file.
 */
export class ProgressState {
  private readonly files: Map<string, FileState>;
  private writing: Promise<void> = Promise.resolve();

  private constructor(
    private readonly path: string,
    content: Record<string, FileState>,
  ) {
    this.files = new Map(Object.entries(content));
  }

  static async load(path: string): Promise<ProgressState> {
    try {
      return new ProgressState(path, JSON.parse(await readFile(path, 'utf8')) as Record<string, FileState>);
    } catch {
      // None yet, or unreadable: everything is sent.
      return new ProgressState(path, {});
    }
  }

  static key(url: string, file: { readonly path: string; readonly size: number; readonly modified: number }): string {
    return `${url} ${file.path} ${file.size} ${file.modified}`;
  }

  get(key: string): FileState {
    return this.files.get(key) ?? { acknowledged: 0, done: false };
  }

  async set(key: string, state: FileState): Promise<void> {
    this.files.set(key, state);
    this.writing = this.writing.then(() => this.save());
    await this.writing;
  }

  private async save(): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true });
    const temporary = `${this.path}.${process.pid}.new`;
    await writeFile(temporary, JSON.stringify(Object.fromEntries(this.files)));
    await rename(temporary, this.path);
  }
}
