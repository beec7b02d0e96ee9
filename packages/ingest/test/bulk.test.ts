import { describe, expect, it } from 'vitest';
import { MalformedBulk, parseBulk } from '../src/elastic/bulk-parser.ts';
import { filterPath } from '../src/elastic/filter-path.ts';

const limits = { maxLineBytes: 1_000 };
const parse = (text: string, index = '') => parseBulk(Buffer.from(text), index, limits);

describe('bulk parser', () => {
  it('takes create and index, with the index of the line before that of the path', () => {
    const parsed = parse('{"create":{"_index":"a"}}\n{"x":1}\n{"index":{"_id":"7"}}\r\n{"x":2}\r\n', 'path');
    expect(parsed.items).toEqual([
      { action: 'create', index: 'a', id: null, status: 201 },
      { action: 'index', index: 'path', id: '7', status: 201 },
    ]);
    expect([...parsed.groups].map(([name, documents]) => [name, documents.map(String)])).toEqual([
      ['a', ['{"x":1}']],
      ['path', ['{"x":2}']],
    ]);
  });

  it('answers a bad source by itself and keeps the others', () => {
    const parsed = parse('{"create":{}}\n{"x":1}\n{"create":{}}\n{oops\n{"create":{}}\n[1]\n{"create":{}}\n{"x":2}\n');
    expect(parsed.items.map((item) => item.status)).toEqual([201, 400, 400, 201]);
    expect(parsed.items[1]?.error?.type).toBe('document_parsing_exception');
    expect(parsed.dead.map((line) => [line.reason, String(line.raw)])).toEqual([
      ['malformed_json', '{oops'],
      ['malformed_json', '[1]'],
    ]);
    expect(parsed.accepted).toBe(2);
  });

  it('refuses update and delete item by item and steps over their lines', () => {
    const parsed = parse('{"delete":{"_id":"1"}}\n{"update":{"_id":"2"}}\n{"doc":{}}\n{"create":{}}\n{"x":1}\n');
    expect(parsed.items.map((item) => [item.action, item.status])).toEqual([
      ['delete', 400],
      ['update', 400],
      ['create', 201],
    ]);
  });

  it('tells a line over the limit by its own status', () => {
    const parsed = parse(`{"create":{}}\n{"x":"${'y'.repeat(2_000)}"}\n{"create":{}}\n{"x":1}\n`);
    expect(parsed.items.map((item) => item.status)).toEqual([413, 201]);
    expect(parsed.dead[0]?.reason).toBe('line_too_long');
  });

  it('refuses the whole request for a broken action line and keeps every line', () => {
    for (const bad of ['not json', '[]', '{"create":{},"index":{}}', '{"upsert":{}}']) {
      let thrown: unknown;
      try {
        parse(`{"create":{}}\n{"x":1}\n${bad}\n{"x":2}\n`);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(MalformedBulk);
      expect((thrown as MalformedBulk).message).toMatch(/^Malformed action\/metadata line \[3\]/);
      expect((thrown as MalformedBulk).dead).toHaveLength(4);
    }
  });

  it('handles a missing source, blank lines and a missing last line end', () => {
    expect(parse('\n{"create":{}}\n{"x":1}').items.map((item) => item.status)).toEqual([201]);
    expect(parse('{"create":{}}\n').items.map((item) => item.status)).toEqual([400]);
    expect(parse('').items).toEqual([]);
  });

  it('repairs broken UTF-8 instead of losing the event', () => {
    const parsed = parseBulk(
      Buffer.concat([Buffer.from('{"create":{}}\n{"x":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}\n')]),
      '',
      limits,
    );
    expect(String([...parsed.groups.values()][0]?.[0])).toBe('{"x":"\uFFFD\uFFFD"}');
  });
});

describe('filter_path', () => {
  const answer = {
    took: 1,
    errors: true,
    items: [{ create: { _index: 'a', status: 201 } }, { index: { status: 400, error: { type: 't', reason: 'r' } } }],
  };
  it.each([
    ['errors', { errors: true }],
    [
      'errors,items.*.error,items.*.status',
      {
        errors: true,
        items: [{ create: { status: 201 } }, { index: { status: 400, error: { type: 't', reason: 'r' } } }],
      },
    ],
    ['items.*.error.reason', { items: [{ index: { error: { reason: 'r' } } }] }],
    ['**.type', { items: [{ index: { error: { type: 't' } } }] }],
    ['it*.cr*.st*s', { items: [{ create: { status: 201 } }] }],
    ['nothing', {}],
  ])('%s', (filter, expected) => {
    expect(filterPath(answer, filter)).toEqual(expected);
  });
});
