import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HuntingSchema } from '@parapet/schema';
import { createTableSql } from '../tables.ts';
import { DEFINITION_VERSION } from './definition.ts';

/**
 * A telemetry folder with every table and no row, prepared once: making some 370 tables takes seconds, copying them
 * takes a moment. Its links are relative, so it works wherever it lies.
 */

/** Where the template for a schema lies: beside the bundle, or in the project's cache when sources run. */
export function templateFolder(schema: HuntingSchema): string {
  const hash = createHash('sha256').update(String(DEFINITION_VERSION));
  for (const table of schema.tables) hash.update(createTableSql(table));
  const here = fileURLToPath(import.meta.url);
  const base = here.endsWith('.ts')
    ? fileURLToPath(new URL('../../../../node_modules/.cache/parapet', import.meta.url))
    : dirname(here);
  return join(base, `store-template-${hash.digest('hex').slice(0, 16)}`);
}

/** What belongs to a running engine, not to its tables. */
const PASSING = new Set(['preprocessed_configs', 'tmp', 'status', 'flags']);

/**
 * Put the template in the place of an engine folder that does not exist yet.
 * @returns whether there was one
 */
export function fromTemplate(schema: HuntingSchema, engineDir: string): boolean {
  if (existsSync(engineDir)) return false;
  const template = templateFolder(schema);
  if (!existsSync(template)) return false;
  // A folder that is half copied when the process is killed must not look like a whole one.
  const copying = `${engineDir}.copying`;
  try {
    rmSync(copying, { recursive: true, force: true });
    mkdirSync(dirname(engineDir), { recursive: true });
    cpSync(template, copying, { recursive: true, verbatimSymlinks: true });
    renameSync(copying, engineDir);
    return true;
  } catch {
    rmSync(copying, { recursive: true, force: true });
    return false;
  }
}

/**
 * Keep a copy of a closed engine folder as the template of its schema.
 * @param engineDir folder of an engine that was opened with the schema, has no rows and is closed
 */
export function keepTemplate(schema: HuntingSchema, engineDir: string): void {
  const target = templateFolder(schema);
  mkdirSync(dirname(target), { recursive: true });
  const made = mkdtempSync(`${target}.`);
  cpSync(engineDir, made, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => dirname(source) !== engineDir || !PASSING.has(source.slice(engineDir.length + 1)),
  });
  try {
    renameSync(made, target);
  } catch {
    // Another process was quicker.
    rmSync(made, { recursive: true, force: true });
  }
}
