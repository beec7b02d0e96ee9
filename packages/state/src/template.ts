import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';

/**
 * Run initdb once and keep its outcome as a tar (40 MB; 4.5 MB when the name ends in `.tgz` or `.gz`, which takes about
 * 0.2 s longer to open) for `openState({ templatePath })`.
 * An existing file is left alone; the file appears whole or not at all.
 */
export async function createStateTemplate(file: string): Promise<void> {
  if (existsSync(file)) return;
  const db = await PGlite.create('memory://');
  try {
    const tar = await db.dumpDataDir(/gz$/.test(file) ? 'gzip' : 'none');
    mkdirSync(dirname(file), { recursive: true });
    const draft = `${file}.${randomUUID()}`;
    writeFileSync(draft, Buffer.from(await tar.arrayBuffer()));
    renameSync(draft, file);
  } finally {
    await db.close();
  }
}

/** Template shared by the test suites of this checkout: beside the installed packages, so a clean install renews it. */
export async function cachedTemplate(): Promise<string> {
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  const home = dirname(dirname(entry));
  const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string };
  const file = join(dirname(dirname(home)), '.cache', 'parapet', `state-template-${version}.tar`);
  await createStateTemplate(file);
  return file;
}
