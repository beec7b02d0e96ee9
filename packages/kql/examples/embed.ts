/**
 * The compiler inside another program: a table of one's own, questions in KQL, rows as values of the language.
 * `npx tsx packages/kql/examples/embed.ts ["query"]`
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type CompiledTable,
  compile,
  compileWithData,
  convertRow,
  installHost,
  KQL_RESULT_SETTINGS,
  type KqlSchema,
  type KqlValue,
} from '@parapet/kql';
import { Session } from 'chdb';

/** What queries may read. Nothing else of the engine can be named by a query. */
const schema: KqlSchema = {
  version: '1',
  tables: [
    {
      name: 'Requests',
      physical: '`web`.`requests`',
      timeColumn: 'at',
      columns: [
        { name: 'at', type: 'datetime', notNull: true },
        { name: 'path', type: 'string' },
        { name: 'status', type: 'int' },
        { name: 'client', type: 'dynamic' },
      ],
    },
  ],
};

const TABLES = [
  'CREATE DATABASE web',
  "CREATE TABLE web.requests (at DateTime64(7, 'UTC'), path String, status Nullable(Int32), client String) ENGINE = MergeTree ORDER BY at",
  `INSERT INTO web.requests VALUES
    ('2026-03-01 10:00:00', '/login', 200, '{"ip":"192.0.2.7","agent":"curl"}'),
    ('2026-03-01 10:00:05', '/login', 401, '{"ip":"192.0.2.9","agent":"python"}'),
    ('2026-03-01 10:07:00', '/login', 401, '{"ip":"192.0.2.9","agent":"python"}')`,
];

const QUERY = `
Requests
| where at > ago(1h) and path has "login"
| summarize Failed = countif(status == 401), Agents = make_set(client.agent) by Ip = tostring(client.ip), Slot = bin(at, 5m)
| sort by Slot asc, Ip asc`;

/** A statement of the compiler on the engine: values are bound, never written into the SQL. */
async function rowsOf(session: Session, table: CompiledTable): Promise<KqlValue[][]> {
  const settings = Object.entries(KQL_RESULT_SETTINGS).map(([name, value]) => `${name} = ${value}`);
  const params = Object.fromEntries(Object.entries(table.params).map(([name, p]) => [name, p.value]));
  const answer = await session.queryBindAsync(`${table.sql} SETTINGS ${settings.join(', ')}`, params, {
    format: 'JSONCompact',
  });
  return answer.json<{ data: unknown[][] }>().data.map((row) => convertRow(row, table.columns));
}

/** Asks one question; a text with mistakes gives them with their places. */
export async function ask(query: string = QUERY): Promise<{ columns: string[]; rows: KqlValue[][] } | string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'kql-example-'));
  // Functions that SQL cannot say run in a helper that the engine starts: scan, graphs, geometry, sketches.
  const session = new Session(join(folder, 'engine'), { connectionArgs: installHost(join(folder, 'host')) });
  try {
    for (const statement of TABLES) session.query(statement);
    const options = { schema, now: new Date('2026-03-01T10:30:00Z'), maxRows: 1000 };
    // Columns of `bag_unpack` and `pivot` depend on data: the compiler asks for it with small statements.
    const compiled = await compileWithData(
      (facts) => compile(query, { ...options, facts }),
      (probe) => rowsOf(session, probe),
    );
    if (!compiled.ok) return compiled.errors.map((e) => `${e.line}:${e.column} ${e.code} ${e.message}`);
    return { columns: compiled.columns.map((c) => c.name), rows: await rowsOf(session, compiled) };
  } finally {
    session.cleanup();
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const answer = await ask(process.argv[2]);
  console.log(JSON.stringify(answer, null, 1));
  process.exit(0);
}
