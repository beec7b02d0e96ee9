import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Session } from 'chdb';
import {
  type CompiledQuery,
  type CompiledTable,
  type CompileOptions,
  type CompileResult,
  compile,
  compileWithData,
  convertRow,
  installHost,
  KQL_RESULT_SETTINGS,
  type KqlValue,
} from '../src/index.ts';

const SETTINGS = Object.entries(KQL_RESULT_SETTINGS)
  .map(([k, v]) => `${k} = ${v}`)
  .join(', ');

/** An engine in a folder of its own, with the helper process for host functions. */
export function openSession(): Session {
  const folder = mkdtempSync(join(tmpdir(), 'kql-'));
  return new Session(join(folder, 'engine'), { connectionArgs: installHost(join(folder, 'host')) });
}

/** Runs one statement and gives its rows as values of the language. */
export async function runTable(session: Session, table: CompiledTable): Promise<KqlValue[][]> {
  const params = Object.fromEntries(Object.entries(table.params).map(([k, p]) => [k, p.value]));
  const result = await session.queryBindAsync(`${table.sql} SETTINGS ${SETTINGS}`, params, { format: 'JSONCompact' });
  return result.json<{ data: unknown[][] }>().data.map((r) => convertRow(r, table.columns));
}

/** Compiles a text, running what its plan needs to know. */
export function compileOn(session: Session, text: string, options: CompileOptions): Promise<CompileResult> {
  return compileWithData(
    (facts) => compile(text, { ...options, facts }),
    (probe) => runTable(session, probe),
  );
}

export type { CompiledQuery };
