import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkText } from '../src/editor/check.ts';
import { explainText } from '../src/editor/explain.ts';
import { compile, type KqlSchema } from '../src/index.ts';
import { languageCatalog, unsupportedWords } from '../src/reference/catalog.ts';
import { SCALAR_OPERATORS, TABULAR_OPERATORS } from '../src/reference/operators.ts';

const schema: KqlSchema = {
  version: 'editor-test',
  tables: [
    {
      name: 'Events',
      physical: 'db.Events',
      timeColumn: 'Timestamp',
      columns: [
        { name: 'Timestamp', type: 'datetime', notNull: true },
        { name: 'Name', type: 'string' },
        { name: 'Bag', type: 'dynamic' },
      ],
    },
  ],
};
const options = { now: new Date('2026-03-10T00:00:00Z') };

describe('the check of a text', () => {
  it('finds what the compiler finds, in every query, with places in the whole text', () => {
    const text = 'Events\n| where Nam == "a"\n\nEvnts\n| take 1\n\nEvents\n| take 1';
    const { parts, diagnostics } = checkText(text, schema, options);
    expect(parts.map((p) => text.slice(p.start, p.start + p.length))).toEqual(text.split('\n\n'));
    expect(diagnostics.map((d) => [text.slice(d.start, d.start + d.length), d.line, d.column, d.suggestion])).toEqual([
      ['Nam', 2, 9, 'Name'],
      ['Evnts', 4, 1, 'Events'],
    ]);
    const alone = compile('Events\n| where Nam == "a"', { ...options, schema });
    expect(alone.ok ? [] : alone.errors.map((e) => e.message)).toEqual([diagnostics[0]?.message]);
  });

  it('says nothing of a query that compiles, nor of one whose columns depend on data', () => {
    for (const text of ['Events | where Bag has "x" | take 1', 'Events | evaluate bag_unpack(Bag)', '', '// a comment'])
      expect(checkText(text, schema, options).diagnostics).toEqual([]);
  });

  it('takes a list of statements with blank lines inside for one query', () => {
    expect(checkText('let a = 1;\n\nlet b = 2;\n\nprint a + b', schema, options).parts).toHaveLength(1);
  });
});

describe('the explanation of a query', () => {
  it('holds every stage with its time, and values only as parameters', () => {
    const explained = explainText('Events | where Name == "secret" | fork A = (count) B = (take 1)', schema, options);
    expect(explained.ok).toBe(true);
    expect(explained.timings.map((one) => one.stage)).toEqual(['bind', 'plan', 'optimise', 'emit']);
    expect(explained.statements.map((one) => one.name)).toEqual(['A', 'B']);
    for (const one of explained.statements) {
      expect(one.sql).not.toContain('secret');
      expect(Object.values(one.params).map((p) => p.value)).toContain('secret');
    }
    expect(explained.syntax).toContain('FilterOperator');
    expect(explained.plan?.tree.split('\n').at(-1)).toMatch(/^ +read Events/);
    expect(JSON.parse(explained.plan?.json ?? '')).toHaveProperty('op');
  });

  it('says what is wrong instead', () => {
    const explained = explainText('Events | where Nothing', schema, options);
    expect(explained).toMatchObject({ ok: false, statements: [], errors: [{ line: 1, column: 16 }] });
  });
});

describe('the catalogue of the language', () => {
  const catalog = languageCatalog([{ name: 'Mine', parameters: 'a:long = 1', body: 'print a', description: 'Ours.' }]);
  const entry = (name: string) => catalog.find((one) => one.name === name);

  it('reads functions from their declarations', () => {
    expect(entry('strcat')).toMatchObject({ kind: 'function', form: 'strcat(arg: string, …)', returns: 'string' });
    expect(entry('countif')?.form).toBe('countif(predicate: bool)');
    expect(entry('make_set_if')?.form).toBe('make_set_if(expr, predicate: bool, [maxSize: long])');
    expect(entry('Mine')).toMatchObject({ kind: 'saved', form: 'Mine(a:long = 1)', doc: 'Ours.' });
    expect(entry('FileProfile')?.kind).toBe('saved');
  });

  it('has help for every entry, and says of nothing both that it is known and that it is not', () => {
    expect(catalog.filter((one) => !one.doc || !one.form)).toEqual([]);
    const names = new Set(catalog.map((one) => one.name));
    expect(unsupportedWords(catalog).filter((name) => names.has(name))).toEqual([]);
  });

  it('has help for every operator that can be planned', () => {
    const files = [
      'apply',
      'basic',
      'expand',
      'join',
      'misc',
      'parse',
      'project',
      'series',
      'summarize',
      'top',
      'union',
    ];
    const kinds = new Set(Object.values(TABULAR_OPERATORS).map((one) => one.kind));
    for (const file of files) {
      const source = readFileSync(new URL(`../src/plan/operators/${file}.ts`, import.meta.url), 'utf8');
      const planned = [...source.matchAll(/\b(\w+Operator): /g)].map((match) => match[1]);
      for (const kind of planned) expect(kinds.has(kind), `${kind} has no help`).toBe(true);
    }
    expect(Object.keys(SCALAR_OPERATORS)).toContain('has_any');
  });
});
