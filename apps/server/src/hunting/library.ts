/**
 * Queries that come as files: those delivered with the product, and a folder that somebody keeps in step with a
 * repository (`--query-folder`). Read-only in the portal; who changes the files changes them here.
 */
import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { LibraryQuery } from '@parapet/schema';

const MOST_FILES = 5_000;
const MOST_DEPTH = 8;
const MOST_CHARS = 100_000;
/** A folder is looked at again when somebody asks and this long has passed. */
const FRESH_MS = 30_000;

export interface QueryFolder {
  /** First part of the folder that people see. */
  readonly name: string;
  readonly path: string;
}

interface Log {
  warn(fields: object, message: string): void;
}

/** @returns queries by folder and name; files that cannot be read are left out and named in the log once */
export function createQueryLibrary(folders: readonly QueryFolder[], log: Log, now: () => number = Date.now) {
  let read: { at: number; stamp: string; queries: readonly LibraryQuery[] } | undefined;
  const told = new Set<string>();
  const complain = (path: string, problem: string): void => {
    if (told.has(`${path}|${problem}`)) return;
    told.add(`${path}|${problem}`);
    log.warn({ path, problem }, 'A file of queries was left out');
  };

  const filesOf = (folder: QueryFolder): { readonly path: string; readonly stamp: string }[] => {
    const found: { path: string; stamp: string }[] = [];
    const walk = (path: string, depth: number): void => {
      let entries: Dirent[];
      try {
        entries = readdirSync(path, { withFileTypes: true });
      } catch (error) {
        complain(path, error instanceof Error ? error.message : String(error));
        return;
      }
      for (const entry of entries.sort((a, b) => a.name.localeCompare(b.name))) {
        if (found.length >= MOST_FILES) {
          complain(folder.path, `holds more than ${MOST_FILES} files`);
          return;
        }
        // Links could lead out of the folder; `.git` is the business of whoever keeps it in step.
        if (entry.name.startsWith('.')) continue;
        const full = join(path, entry.name);
        if (entry.isDirectory() && depth < MOST_DEPTH) walk(full, depth + 1);
        else if (entry.isFile() && /\.(kql|csl|kusto)$/i.test(entry.name)) {
          const { mtimeMs, size } = statSync(full);
          found.push({ path: full, stamp: `${full}|${mtimeMs}|${size}` });
        }
      }
    };
    walk(folder.path, 0);
    return found;
  };

  const parse = (folder: QueryFolder, path: string): LibraryQuery | undefined => {
    let text: string;
    try {
      text = readFileSync(path, 'utf8').replace(/^\ufeff/, '');
    } catch (error) {
      complain(path, error instanceof Error ? error.message : String(error));
      return undefined;
    }
    if (text.length > MOST_CHARS || text.trim() === '') {
      complain(path, text.trim() === '' ? 'is empty' : `is longer than ${MOST_CHARS} characters`);
      return undefined;
    }
    const parts = relative(folder.path, path).split(sep);
    const file = parts.pop() ?? path;
    // Comment lines at the beginning say what the query is for; the first may be its name.
    const comments: string[] = [];
    for (const line of text.split(/\r?\n/)) {
      const comment = /^\s*\/\/+\s?(.*)$/.exec(line);
      if (!comment) break;
      comments.push(comment[1] ?? '');
    }
    const titled = /^(?:title|name):\s*(.+)$/i.exec(comments[0] ?? '');
    return {
      id: `${folder.name}/${[...parts, file].join('/')}`,
      name: titled?.[1]?.trim() ?? file.replace(/\.[^.]+$/, '').replaceAll(/[_-]+/g, ' '),
      folder: [folder.name, ...parts].join('/'),
      description: (titled ? comments.slice(1) : comments).join('\n').trim(),
      query: text,
    };
  };

  return {
    list(): readonly LibraryQuery[] {
      if (read && now() - read.at < FRESH_MS) return read.queries;
      const files = folders.map((folder) => ({ folder, files: filesOf(folder) }));
      const stamp = files.flatMap((each) => each.files.map((file) => file.stamp)).join('\n');
      if (read?.stamp === stamp) {
        read = { ...read, at: now() };
        return read.queries;
      }
      const queries = files.flatMap(({ folder, files: own }) => own.flatMap(({ path }) => parse(folder, path) ?? []));
      read = { at: now(), stamp, queries };
      return queries;
    },
  };
}

export type QueryLibrary = ReturnType<typeof createQueryLibrary>;
