import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runKqlCli } from '../src/kql/commands.ts';
import { printTable } from '../src/kql/format.ts';
import { findPaths } from '../src/paths.ts';

const folder = mkdtempSync(join(tmpdir(), 'parapet-cli-'));
const paths = findPaths(import.meta.url);
let out = '';
let err = '';

beforeEach(() => {
  out = '';
  err = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  vi.spyOn(console, 'log').mockImplementation((text) => {
    out += `${String(text)}\n`;
  });
  vi.spyOn(console, 'error').mockImplementation((text) => {
    err += `${String(text)}\n`;
  });
});
afterEach(() => vi.restoreAllMocks());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const kql = (...argv: string[]): Promise<number> => runKqlCli(argv, paths);

describe('parapet kql run', () => {
  it('runs a file and prints a table', async () => {
    const file = join(folder, 'q.kql');
    writeFileSync(
      file,
      'declare query_parameters(n:long = 1);\nrange x from 1 to n step 1 | extend name = strcat("row ", x)',
    );
    expect(await kql('run', file, '--param', 'n=2', '--explain')).toBe(0);
    expect(out).toBe('x  name\n-  -----\n1  row 1\n2  row 2\n');
    expect(err).toMatch(/SELECT[\s\S]*compiled in [\d.]+ ms/);
  });

  it('marks the place of an error under its line', async () => {
    expect(await kql('run', '--query', 'DeviceEvents\n|\twhere Foo == 1')).toBe(1);
    expect(err).toContain(
      "query:2:9: error KS142: There is no column or variable named 'Foo'.\n  2 | |\twhere Foo == 1\n    |  \t      ^^^",
    );
    expect(out).toBe('');
  });

  it('tells wrong use apart', async () => {
    for (const argv of [
      ['run', 'no-such-file.kql'],
      ['run', '--query', 'print 1', '--format', 'xml'],
      ['run', '--query', 'print 1', '--server', 'http://127.0.0.1:1'],
      ['run', '--query', 'print 1', '--nonsense'],
      ['walk'],
      ['explain', '--query', 'print 1', '--stage', 'x'],
    ])
      expect(await kql(...argv), argv.join(' ')).toBe(2);
    expect(await kql('run', '--query', 'print 1', '--server', 'http://127.0.0.1:1', '--key', 'k')).toBe(1);
    expect(err).toContain('http://127.0.0.1:1 does not answer');
    expect(await kql('--help')).toBe(0);
    expect(out).toContain('parapet kql run [file|-]');
  });
});

describe('parapet kql explain', () => {
  it('prints each stage, and problems instead', async () => {
    for (const [stage, holds] of [
      ['syntax', 'FilterOperator'],
      ['plan', '"op": "where"'],
      ['optimised', '"op": "where"'],
      ['sql', 'FROM `hunting`.`DeviceEvents`|FROM hunting.`DeviceEvents`'],
    ] as const) {
      out = '';
      expect(await kql('explain', 'DeviceEvents | where ActionType == "x"', '--stage', stage)).toBe(0);
      expect(out).toMatch(new RegExp(holds));
    }
    expect(await kql('explain', '--query', 'DeviceEvents | where')).toBe(1);
    expect(err).toMatch(/query:1:\d+: error KS/);
  });
});

describe('formats', () => {
  const table = {
    columns: [
      { name: 'a', type: 'long' as const },
      { name: 'b,c', type: 'string' as const },
      { name: 'd', type: 'dynamic' as const },
    ],
    rows: [
      ['9223372036854775807', 'x "y"\n\u001b[31m', { k: [1] }],
      [null, '', null],
    ],
  };
  it('keep digits, quote what needs it, and show no control characters on a terminal', () => {
    expect([...printTable(table, 'csv')]).toEqual([
      'a,"b,c",d',
      '9223372036854775807,"x ""y""\n\u001b[31m","{""k"":[1]}"',
      ',,',
    ]);
    expect([...printTable(table, 'json')]).toEqual([
      '[{"a":"9223372036854775807","b,c":"x \\"y\\"\\n\\u001b[31m","d":{"k":[1]}},',
      ' {"a":null,"b,c":"","d":null}]',
    ]);
    const text = [...printTable(table, 'table')].join('\n');
    expect(text).toContain('9223372036854775807  x "y"⏎·[31m  {"k":[1]}');
  });
});
