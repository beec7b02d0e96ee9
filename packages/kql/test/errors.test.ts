import { describe, expect, it } from 'vitest';
import { compile, type KqlDiagnostic } from '../src/index.ts';
import { NOW, SCHEMA } from './engine.ts';

/** Compiles a text in which «…» marks where the squiggle must be. */
function failure(marked: string): {
  error: KqlDiagnostic;
  all: readonly KqlDiagnostic[];
  start: number;
  length: number;
} {
  const start = marked.indexOf('«');
  const end = marked.indexOf('»') - 1;
  const text = marked.replace('«', '').replace('»', '');
  const result = compile(text, { schema: SCHEMA, now: NOW });
  if (result.ok) throw new Error('This text should not compile.');
  return { error: result.errors[0]!, all: result.errors, start, length: end - start };
}

const cases: readonly { name: string; text: string; says: RegExp; suggestion?: string }[] = [
  {
    name: 'misspelled table',
    text: '«DeviceProcesEvents» | take 1',
    says: /no table named 'DeviceProcesEvents'/,
    suggestion: 'DeviceProcessEvents',
  },
  {
    name: 'table in another case',
    text: '«deviceprocessevents» | take 1',
    says: /table/,
    suggestion: 'DeviceProcessEvents',
  },
  {
    name: 'column in another case',
    text: 'DeviceProcessEvents | where «filename» == "x"',
    says: /no column/,
    suggestion: 'FileName',
  },
  {
    name: 'column dropped by project',
    text: 'DeviceProcessEvents | project FileName | where «ProcessId» == 1',
    says: /no column/,
  },
  {
    name: 'unknown function',
    text: 'DeviceProcessEvents | extend x = «tolowr»(FileName)',
    says: /no function named 'tolowr'/,
    suggestion: 'tolower',
  },
  {
    name: 'division of texts',
    text: 'DeviceProcessEvents | extend x = FileName «/» DeviceName',
    says: /not defined/,
    suggestion: 'tolong()',
  },
  { name: 'known but unsupported function', text: 'print x = «hash_many»(1, 2)', says: /not supported/ },
  {
    name: 'whole and real numbers to choose from',
    text: 'print x = «iff(true, 1, 2.0)»',
    says: /do not mix/,
  },
  {
    name: 'window function without order',
    text: 'DeviceProcessEvents | extend r = «row_number()»',
    says: /order/,
    suggestion: 'sort by … | serialize',
  },
  {
    name: 'two dynamic values',
    text: 'DeviceProcessEvents | where «AdditionalFields.a == AdditionalFields.b»',
    says: /dynamic values/,
  },
  {
    name: 'external data',
    text: '«externaldata»(a:string)["https://example.org/x.csv"] | take 1',
    says: /externaldata/,
  },
];

describe('errors', () => {
  for (const c of cases) {
    it(c.name, () => {
      const { error, start, length } = failure(c.text);
      expect(error.message).toMatch(c.says);
      expect([error.start, error.length]).toEqual([start, length]);
      expect(error.line).toBe(1);
      expect(error.column).toBe(start + 1);
      if (c.suggestion) expect(error.suggestion).toBe(c.suggestion);
    });
  }

  it('finds the end of an open text', () => {
    const result = compile('DeviceProcessEvents | where FileName == "abc', { schema: SCHEMA, now: NOW });
    expect(result.ok).toBe(false);
    if (!result.ok) expect(result.errors[0]!.message).toMatch(/"/);
  });

  it('reports several problems at once, with lines', () => {
    const { all } = failure('DeviceProcessEvents\n| where «Filename» == "x"\n| extend y = tolowr(DeviceNam)');
    expect(all.map((e) => e.line)).toEqual([2, 3, 3]);
  });

  it('never throws, whatever the text', () => {
    for (const text of [
      '',
      '   ',
      ';',
      '|',
      'let',
      'print',
      '(((',
      'T | | |',
      'let f = () { f() }; f()',
      '\u0000',
      'print dynamic({)',
      '// only a comment',
    ]) {
      expect(compile(text, { schema: SCHEMA, now: NOW }).ok).toBeTypeOf('boolean');
    }
  });
});
