/**
 * The HTTP interface of a ClickHouse server in front of the embedded engine, as far as the official client uses it: statement
 * in the URL or body, `param_…`, settings, query id, output format, errors with their code. It stands for a cluster of one
 * shard: `ON CLUSTER` is left out, replicated tables are plain ones, and what names a distributed table reads the shard's.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Session } from 'chdb';

const CONFIG = `<clickhouse><remote_servers><parapet>
  <shard><internal_replication>true</internal_replication><replica><host>127.0.0.1</host><port>9000</port></replica></shard>
  <shard><internal_replication>true</internal_replication><replica><host>127.0.0.2</host><port>9000</port></replica></shard>
</parapet></remote_servers><macros><shard>01</shard><replica>one</replica></macros></clickhouse>`;

export interface Front {
  readonly url: string;
  /** Statements as they came, before anything was left out. */
  readonly seen: { readonly sql: string; readonly settings: Readonly<Record<string, string>> }[];
  /** Breaks the connection of this many requests to come, without an answer. */
  breakNext(times: number): void;
  close(): Promise<void>;
}

const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

function asOneShard(sql: string): string {
  const plain = sql
    .replace(/ ON CLUSTER `parapet`/g, '')
    .replace(/ENGINE = ReplicatedMergeTree\('[^']*', '\{replica\}'\)/g, 'ENGINE = MergeTree')
    .replace(/\breplicated_deduplication_window/g, 'non_replicated_deduplication_window')
    .replace(/WHERE initial_query_id = /, "WHERE Settings['log_comment'] = ");
  if (/^CREATE |^ALTER TABLE hunting\./.test(plain)) return plain;
  return plain.replace(/\bhunting\./g, 'hunting_local.');
}

/** The body, and the fields of a form in it: long values come that way instead of in the address. */
async function read(request: IncomingMessage): Promise<{ body: string; fields: Record<string, string> }> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const whole = Buffer.concat(parts);
  const type = request.headers['content-type'] ?? '';
  if (!type.startsWith('multipart/form-data')) return { body: whole.toString('utf8'), fields: {} };
  const form = await new Response(whole, { headers: { 'content-type': type } }).formData();
  const fields: Record<string, string> = {};
  for (const [name, value] of form) fields[name] = typeof value === 'string' ? value : await value.text();
  const { query = '', ...rest } = fields;
  return { body: query, fields: rest };
}

export async function startFront(): Promise<Front> {
  const dir = mkdtempSync(join(tmpdir(), 'parapet-front-'));
  const config = join(dir, 'config.xml');
  writeFileSync(config, CONFIG);
  const open = (): Session =>
    new Session(join(dir, 'engine'), { connectionArgs: [`--config-file=${config}`, '--max_query_size=16777216'] });
  const sessions = new Set<Session>();
  const idle: Session[] = [];
  const control = open();
  const seen: Front['seen'] = [];
  let broken = 0;

  const run = async (
    sql: string,
    params: Readonly<Record<string, string>>,
    settings: Readonly<Record<string, string>>,
    format: string,
  ): Promise<string> => {
    const session = idle.pop() ?? open();
    sessions.add(session);
    try {
      for (const [name, value] of Object.entries(params))
        await session.queryAsync(`SET ${name} = ${quote(value)}`, { format: 'TSV' });
      const inline = /^\s*(SYSTEM|KILL)/i.test(sql) ? '' : clause(settings);
      const insert = /^(\s*INSERT INTO .*?)( FORMAT \w+\n.*)$/s.exec(sql);
      const text = insert ? `${insert[1]}${inline}${insert[2]}` : `${sql}${inline}`;
      const result = await session.queryAsync(text, { format });
      const answer = result.text();
      idle.push(session);
      return answer;
    } catch (error) {
      sessions.delete(session);
      session.close();
      throw error;
    }
  };

  const server: Server = createServer({ maxHeaderSize: 1_048_576 }, async (request, response) => {
    if (broken > 0) {
      broken -= 1;
      request.socket.destroy();
      return;
    }
    const url = new URL(request.url ?? '/', 'http://front');
    const { body, fields } = await read(request);
    const inUrl = url.searchParams.get('query');
    const params: Record<string, string> = { ...fields };
    const settings: Record<string, string> = {};
    for (const [name, value] of url.searchParams) {
      if (name.startsWith('param_')) params[name] = value;
      else if (
        ![
          'query',
          'database',
          'default_format',
          'session_id',
          'role',
          'wait_end_of_query',
          'enable_http_compression',
          'query_id',
        ].includes(name)
      )
        settings[name] = value;
    }
    const whole = inUrl === null ? body : `${inUrl}\n${body}`;
    seen.push({ sql: whole, settings });
    const format = /\sFORMAT (\w+)\s*$/.exec(whole)?.[1];
    const sql = asOneShard(inUrl === null && format ? whole.replace(/\sFORMAT \w+\s*$/, '') : whole);
    const id = url.searchParams.get('query_id') ?? '';
    try {
      const answer = sql.startsWith('KILL')
        ? String(control.query(sql.replace('{id:String}', quote(params.param_id ?? '')), 'TSV'))
        : await run(sql, params, { ...settings, ...(id ? { log_comment: id } : {}) }, format ?? 'TabSeparated');
      response.writeHead(200, { 'content-type': 'application/json', 'x-clickhouse-query-id': id });
      response.end(answer);
    } catch (error) {
      const message = String((error as Error).message).replace(/^Query failed: /, '');
      const code = /Code: (\d+)\./.exec(message)?.[1] ?? '0';
      response.writeHead(code === '516' ? 401 : 500, { 'x-clickhouse-exception-code': code });
      response.end(message);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    breakNext(times) {
      broken = times;
    },
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      for (const session of sessions) session.close();
      control.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Settings of the request as the statement's own. Numbers bare, texts quoted. */
function clause(settings: Readonly<Record<string, string>>): string {
  const parts = Object.entries(settings).map(
    ([name, value]) => `${name} = ${/^-?\d+(\.\d+)?$/.test(value) ? value : quote(value)}`,
  );
  return parts.length ? ` SETTINGS ${parts.join(', ')}` : '';
}
