import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BatchOptions, runBatch } from '../src/kql/batch.ts';
import { type LocalKql, openLocalKql } from '../src/kql/local.ts';
import { findPaths } from '../src/paths.ts';

interface Line {
  readonly id: unknown;
  readonly ok: boolean;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly unknown[])[];
  readonly error: { readonly code: string; readonly message: string; readonly line: number; readonly column: number };
  readonly compileMs: number;
  readonly runMs: number;
  readonly truncated?: boolean;
}

const root = fileURLToPath(new URL('../../..', import.meta.url));
const paths = findPaths(import.meta.url);
/** Hours of work that take little memory. */
const HEAVY =
  'let t = range x from 1 to 300000 step 1 | extend k = x % 3; t | join kind=inner t on k | summarize count() by m = (x + x1) % 7';
const folder = mkdtempSync(join(tmpdir(), 'parapet-batch-'));
let kql: LocalKql;

beforeAll(async () => {
  kql = await openLocalKql({ paths, dataDir: folder });
});
afterAll(async () => {
  await kql?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Answers of a run, with the raw lines. */
async function batch(
  lines: readonly (string | object)[],
  options: Partial<BatchOptions> = {},
): Promise<{ lines: Line[]; raw: string[] }> {
  const input = new PassThrough();
  const output = new PassThrough();
  const chunks: Buffer[] = [];
  output.on('data', (chunk: Buffer) => chunks.push(chunk));
  input.end(lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''));
  await runBatch(kql, input, output, {
    jobs: 1,
    timeoutMs: 30_000,
    maxRows: 100_000,
    log: () => undefined,
    ...options,
  });
  const raw = Buffer.concat(chunks).toString('utf8').trimEnd().split('\n');
  return { lines: raw.map((line) => JSON.parse(line) as Line), raw };
}

describe('the batch mode', () => {
  it('prints every type as the language does, whole numbers with all their digits', async () => {
    const query =
      'print a = 1d + 3h, b = 9223372036854775807, c = dynamic({"a": [1, null, "ü"]}), d = real(nan), e = real(-inf), f = datetime(2024-01-01 10:20:30.1234567), g = 3ms, h = guid(74be27de-1e4e-49d9-b579-fe0b331d3642), i = true, j = "", k = int(null), l = -0.0';
    const { lines, raw } = await batch([{ id: { nested: 1 }, query }]);
    expect(lines[0]).toMatchObject({ id: { nested: 1 }, ok: true, error: null });
    expect(lines[0]?.columns.map((column) => column.type)).toEqual([
      'timespan',
      'long',
      'dynamic',
      'real',
      'real',
      'datetime',
      'timespan',
      'guid',
      'bool',
      'string',
      'int',
      'real',
    ]);
    expect(raw[0]).toContain(
      '"rows":[["1.03:00:00","9223372036854775807",{"a":[1,null,"ü"]},"NaN","-Infinity","2024-01-01T10:20:30.1234567Z","00:00:00.0030000","74be27de-1e4e-49d9-b579-fe0b331d3642",true,"",null,-0.0]]',
    );
    expect(Object.keys(lines[0] ?? {})).toEqual(['id', 'ok', 'columns', 'rows', 'error', 'compileMs', 'runMs']);
  });

  it('answers each failure where it stands and goes on', async () => {
    const { lines } = await batch([
      { id: 1, query: 'DeviceEvents\n| where Foo == 1' },
      '{"id": 2',
      '[]',
      { id: 4 },
      { query: 'print 1' },
      '',
      { id: 6, query: '' },
      { id: 7, query: 'DeviceEvents | count' },
    ]);
    expect(lines.map((line) => [line.id, line.ok, line.error?.code, line.error?.line, line.error?.column])).toEqual([
      [1, false, 'KS142', 2, 9],
      [null, false, 'bad_request', null, null],
      [null, false, 'bad_request', null, null],
      [4, false, 'bad_request', null, null],
      [null, true, undefined, undefined, undefined],
      [6, false, 'KQL0001', 1, 1],
      [7, true, undefined, undefined, undefined],
    ]);
    expect(lines[6]?.rows).toEqual([[0]]);
  });

  it('names the limit that ended a query, and a cut answer says so', async () => {
    const { lines } = await batch(
      [
        { id: 1, query: HEAVY },
        { id: 2, query: 'range x from 1 to 50 step 1' },
      ],
      { timeoutMs: 1_000, maxRows: 10 },
    );
    expect(lines[0]).toMatchObject({ ok: false, error: { code: 'query_timeout' } });
    expect(lines[1]).toMatchObject({ ok: true, truncated: true });
    expect(lines[1]?.rows).toHaveLength(10);
  });

  it('goes on after the engine died', async () => {
    const pid = kql.store.enginePid as number;
    const timer = setTimeout(() => process.kill(pid, 'SIGKILL'), 1_500);
    const { lines } = await batch([
      { id: 1, query: HEAVY },
      { id: 2, query: 'print 1 + 1' },
      { id: 3, query: 'DeviceEvents | count' },
    ]);
    clearTimeout(timer);
    expect(lines[0]).toMatchObject({ id: 1, ok: false, error: { code: 'engine_restarted' } });
    expect(lines[1]).toMatchObject({ id: 2, ok: true, rows: [[2]] });
    expect(lines[2]).toMatchObject({ id: 3, ok: true, rows: [[0]] });
    expect(kql.store.enginePid).not.toBe(pid);
  });

  it('keeps the order with several at a time', async () => {
    const queries = Array.from({ length: 12 }, (_, id) => ({
      id,
      query: id % 4 === 0 ? 'range x from 1 to 20000000 step 1 | summarize sum(x)' : `print ${id}`,
    }));
    const { lines } = await batch(queries, { jobs: 3 });
    expect(lines.map((line) => line.id)).toEqual(queries.map((query) => query.id));
    expect(lines.every((line) => line.ok)).toBe(true);
  });

  it('gives the first result table of several', async () => {
    const { lines } = await batch([{ id: 1, query: 'print a = 1; print b = 2' }]);
    expect(lines[0]).toMatchObject({ ok: true, columns: [{ name: 'a', type: 'long' }], rows: [[1]] });
  });
});

describe('npm run kql:batch', () => {
  it('answers a line before the next one comes, writes nothing else, and leaves no folder behind', async () => {
    const before = new Set(readdirSync(tmpdir()).filter((name) => name.startsWith('parapet-kql-')));
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    const child = spawn(npm, ['run', '-s', 'kql:batch'], { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const ask = async (query: string): Promise<Line> => {
      child.stdin.write(`${JSON.stringify({ id: query, query })}\n`);
      return JSON.parse(String((await lines.next()).value)) as Line;
    };
    expect(await ask('print x = 1')).toMatchObject({ ok: true, rows: [[1]] });
    expect(await ask('print oops(')).toMatchObject({ ok: false, error: { line: 1 } });
    expect(await ask('SecurityEvent | count')).toMatchObject({ ok: true, rows: [[0]] });
    const ended = once(child, 'exit');
    child.stdin.end();
    expect((await lines.next()).done).toBe(true);
    expect((await ended)[0]).toBe(0);
    const left = readdirSync(tmpdir()).filter((name) => name.startsWith('parapet-kql-') && !before.has(name));
    expect(left.filter((name) => existsSync(join(tmpdir(), name)))).toEqual([]);
  });
});
