import { loadHuntingSchema } from '@parapet/schema';
import { describe, expect, it } from 'vitest';
import { checkMatch, compileConnector } from '../src/connectors/compile.ts';
import { ConnectorError, parseConnector } from '../src/connectors/definition.ts';
import { pipeSegments } from '../src/connectors/outputs.ts';
import { buildStatements } from '../src/connectors/statements.ts';

const tables = loadHuntingSchema().byName;
const yaml = (changes: Record<string, string> = {}): string => {
  const parts: Record<string, string> = {
    id: 'id: test-source',
    head: 'title: T\nvendor: V\ndescription: D',
    match: 'match: isnotempty(RawEventData.a)',
    prepare: 'prepare: |\n  extend T = tostring(RawEventData.time)',
    time: 'time: T',
    outputs:
      'outputs:\n  - table: DeviceEvents\n    when: isnotempty(T)\n    transform: |\n      project\n        Timestamp = EventTime,\n        ActionType = "X"',
    samples: 'samples:\n  - name: s\n    event: { a: 1 }',
    ...changes,
  };
  return Object.values(parts).join('\n');
};
const problem = (text: string): { line: number; message: string } => {
  try {
    const definition = parseConnector(text, 'v/test.yaml');
    checkMatch(definition);
    buildStatements(compileConnector(definition, tables), tables);
    return { line: 0, message: 'no problem' };
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    return { line: error.line, message: error.problem };
  }
};
/** Line of the first occurrence of a text. */
const lineOf = (text: string, part: string): number => text.slice(0, text.indexOf(part)).split('\n').length;

describe('connector files', () => {
  it('accepts a whole one', () => {
    expect(problem(yaml()).message).toBe('no problem');
  });

  it.each([
    ['broken YAML', { id: 'id: [' }, 'title: T', /YAML/],
    ['an unknown key', { id: 'id: test-source\nmaych: x' }, 'maych', /unknown key "maych"/],
    ['a bad id', { id: 'id: Test Source' }, 'Test Source', /lower case/],
    ['a KQL error in match', { match: 'match: isnotempty(Nope)' }, 'isnotempty(Nope)', /Nope/],
    [
      'a KQL error in prepare',
      { prepare: 'prepare: |\n  extend A = 1\n  | extend T = tostring(Missing)' },
      '| extend T = tostring(Missing)',
      /Missing/,
    ],
    [
      'an unknown table',
      {
        outputs: 'outputs:\n  - table: NoTable\n    when: true\n    transform: |\n      project Timestamp = EventTime',
      },
      'project Timestamp',
      /NoTable/,
    ],
    [
      'an unknown column',
      {
        outputs:
          'outputs:\n  - table: DeviceEvents\n    when: true\n    transform: |\n      project\n        Timestamp = EventTime,\n        Colour = "red"',
      },
      'Colour',
      /no column named Colour/,
    ],
    [
      'a type that cannot be assigned',
      {
        outputs:
          'outputs:\n  - table: DeviceEvents\n    when: true\n    transform: |\n      project Timestamp = EventTime, ReportId = EventTime',
      },
      'project Timestamp',
      /ReportId is long; the transform gives datetime/,
    ],
    [
      'a transform that drops rows',
      {
        outputs:
          'outputs:\n  - table: DeviceEvents\n    when: true\n    transform: |\n      where T != ""\n      | project Timestamp = EventTime',
      },
      'where T',
      /may not use "where"/,
    ],
    [
      'a missing time column',
      {
        outputs: 'outputs:\n  - table: DeviceEvents\n    when: true\n    transform: |\n      project ActionType = "X"',
      },
      'project ActionType',
      /must give DeviceEvents.Timestamp/,
    ],
    ['a time that is not prepared', { time: 'time: Absent' }, 'extend T', /"time" names Absent/],
    [
      'an unknown fragment',
      { outputs: 'outputs:\n  - table: DeviceEvents\n    when: true\n    transform: "{{nope}}"' },
      '"{{nope}}"',
      /unknown fragment/,
    ],
  ])('says where the mistake is: %s', (_name, changes, at, message) => {
    const text = yaml(changes as Record<string, string>);
    const found = problem(text);
    expect(found.message).toMatch(message);
    expect(found.line).toBe(lineOf(text, at));
  });

  it('splits a pipeline at its own pipes only', () => {
    expect(pipeSegments('extend a = "x|y", b = f(1 | 2) // c | d\n| project a').map((part) => part.trim())).toEqual([
      'extend a = "x|y", b = f(1 | 2)',
      'project a',
    ]);
  });
});

describe('included parts', () => {
  const including = (part: string): string => {
    try {
      const definition = parseConnector(yaml({ id: 'id: test-source\ninclude: [_part.yaml]' }), 'v/test.yaml', [
        { file: 'v/_part.yaml', text: part },
      ]);
      const { outputs } = compileConnector(definition, tables);
      return outputs.map((output) => output.table).join(' ');
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error;
      return error.message;
    }
  };

  it('add outputs and fragments', () => {
    expect(
      including(
        'fragments:\n  head: |\n    Timestamp = EventTime,\n    // why\n    ActionType = "Y"\noutputs:\n  - table: DeviceFileEvents\n    when: isnotempty(T)\n    transform: project {{head}}',
      ),
    ).toBe('DeviceEvents DeviceFileEvents');
  });

  it('are named in what is wrong with them', () => {
    expect(including('outputs:\n  - table: DeviceFileEvents\n    when: true\n')).toMatch(
      /^v\/_part.yaml:2: "transform" is missing/,
    );
    expect(
      including(
        'outputs:\n  - table: DeviceFileEvents\n    when: true\n    transform: |\n      extend A = 1\n      | project Timestamp = EventTime, ActionType = Nope',
      ),
    ).toMatch(/^v\/_part.yaml:6: .*Nope/);
    expect(including('title: x')).toMatch(/^v\/_part.yaml:1: a part holds "outputs"/);
    expect(including('outputs: [')).toMatch(/^v\/_part.yaml:1: not valid YAML/);
  });
});
