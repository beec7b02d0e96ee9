/**
 * The version of the definitions that a data folder was made with. What a newer version adds (tables, columns, indexes) is
 * found by comparing and needs no number; what it changes is a numbered step here, run once, in order. A step touches
 * definitions only: rows are rewritten by the engine in its own merges, when it would touch them anyway.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type HuntingSchema, ParapetError } from '@parapet/schema';
import { DEFAULT_CODEC } from '../physical.ts';
import { quoteIdentifier, quoteString } from '../sql.ts';
import { columnsOf, DATABASE } from '../tables.ts';
import type { TelemetryStore } from '../types.ts';

interface Step {
  /** The version a folder has after it. */
  readonly version: number;
  run(store: TelemetryStore, schema: HuntingSchema): Promise<void>;
}

const STEPS: readonly Step[] = [
  {
    // Texts named ZSTD(1) themselves, numbers had none: now the table has a default, and what grows with time has Delta.
    version: 2,
    async run(store, schema) {
      const found = await store.query(
        'SELECT table, name, type, compression_codec FROM system.columns WHERE database = {db:String}',
        { params: { db: { type: 'String', value: DATABASE } }, lane: 'background' },
      );
      const stored = new Map<string, { readonly name: string; readonly type: string; readonly codec: string }[]>();
      for (const [table, name, type, codec] of found.rows) {
        const columns = stored.get(String(table)) ?? [];
        columns.push({ name: String(name), type: String(type), codec: String(codec) });
        stored.set(String(table), columns);
      }
      for (const table of schema.tables) {
        const columns = stored.get(table.name);
        if (!columns) continue;
        const wanted = new Map(columnsOf(table).map((column) => [column.name, / CODEC\((.*)\)/.exec(column.sql)?.[1]]));
        const changes = columns.flatMap(({ name, type, codec }) => {
          const next = wanted.get(name);
          const own = codec.replace(/^CODEC\(|\)$/g, '');
          if (next !== undefined && own === '')
            return [`MODIFY COLUMN ${quoteIdentifier(name)} ${type} CODEC(${next})`];
          if (next === undefined && own === 'ZSTD(1)') return [`MODIFY COLUMN ${quoteIdentifier(name)} REMOVE CODEC`];
          return [];
        });
        const parts = [`MODIFY SETTING default_compression_codec = ${quoteString(DEFAULT_CODEC)}`, ...changes];
        for (const part of [parts.slice(0, 1), parts.slice(1)])
          if (part.length)
            await store.command(`ALTER TABLE ${DATABASE}.${quoteIdentifier(table.name)} ${part.join(', ')}`);
      }
    },
  },
];

export const DEFINITION_VERSION = STEPS.at(-1)?.version ?? 1;

/**
 * Bring the definitions of a folder to this version. A crash between two steps repeats the step, which changes nothing twice.
 * @param fresh nothing was stored yet: the folder is made with this version
 * @throws ParapetError `data_folder_newer` when a newer version made the folder
 */
export async function migrateDefinitions(
  store: TelemetryStore,
  schema: HuntingSchema,
  dataDir: string,
  fresh: boolean,
): Promise<void> {
  const path = join(dataDir, 'definition.json');
  let version = readVersion(path) ?? (fresh ? DEFINITION_VERSION : 1);
  if (version > DEFINITION_VERSION)
    throw new ParapetError(
      'data_folder_newer',
      409,
      `The telemetry folder was made by a newer version of Parapet (definitions ${version}, this one knows ${DEFINITION_VERSION}).`,
      'Start that version, or give this one another folder with --data.',
    );
  for (const step of STEPS) {
    if (step.version <= version) continue;
    await step.run(store, schema);
    version = step.version;
    writeVersion(path, version);
  }
  if (readVersion(path) === undefined) writeVersion(path, version);
}

function readVersion(path: string): number | undefined {
  try {
    const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version?: unknown };
    return typeof version === 'number' ? version : undefined;
  } catch {
    return undefined;
  }
}

function writeVersion(path: string, version: number): void {
  writeFileSync(`${path}.new`, `${JSON.stringify({ version })}\n`);
  renameSync(`${path}.new`, path);
}
