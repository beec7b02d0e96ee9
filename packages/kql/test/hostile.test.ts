import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KqlSchema } from '../src/index.ts';
import { engine, run } from './engine.ts';

const NASTY = [
  "'",
  '"',
  '`',
  '\\',
  "\\'",
  "'); DROP TABLE t.source; --",
  '{p0:String}',
  '$1',
  '\n',
  '\t',
  '%',
  '_',
  '/*',
  '*/',
  '--',
  ';',
  '\u0000x',
  'é😀',
  '{x}',
  '\\N',
  '[',
  ']',
  '(',
  '$.a',
  'a.b',
  '*',
];

const hostile = fc.oneof(
  fc.constantFrom(...NASTY),
  fc
    .array(fc.constantFrom(...NASTY, 'a', 'Z', '0', ' '), { minLength: 1, maxLength: 6 })
    .map((parts) => parts.join('')),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
);

/** A text as a literal of the language. */
function literal(text: string): string {
  const escaped = [...text].map((c) => {
    if (c === '\\' || c === '"') return `\\${c}`;
    if (c === '\n') return '\\n';
    if (c === '\r') return '\\r';
    if (c === '\t') return '\\t';
    return c < ' ' || c === '\u007f' ? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}` : c;
  });
  return `"${escaped.join('')}"`;
}

const settings = { numRuns: 60 };

describe('hostile texts round-trip through the engine', () => {
  it('as a literal', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, async (text) => {
        expect((await run(`print x = ${literal(text)}`)).rows).toEqual([[text]]);
      }),
      settings,
    );
  });

  it('as members of a list, needles and patterns', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, async (text) => {
        const t = literal(text);
        const query = `print s = ${t} | project a = s in (${t}, "z"), b = s contains ${t}, c = s startswith ${t}, d = s has_any (dynamic([${t}])) or true, e = s =~ ${t}, f = replace_string(s, ${t}, "") == ""`;
        expect((await run(query)).rows).toEqual([[true, true, true, true, true, true]]);
      }),
      settings,
    );
  });

  it('as a regular expression that quotes it', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, async (text) => {
        const quoted = text.replace(/[^\p{L}\p{N} ]/gu, (c) => `\\x{${c.codePointAt(0)!.toString(16)}}`);
        expect((await run(`print x = ${literal(text)} matches regex ${literal(`^(?s:${quoted})$`)}`)).rows).toEqual([
          [true],
        ]);
      }),
      settings,
    );
  });

  it('as a JSON key', async () => {
    await fc.assert(
      fc.asyncProperty(
        hostile.filter((t) => t !== '\u0001'),
        async (text) => {
          const json = JSON.stringify({ [text]: { [text]: 'found', n: 5 } });
          const query = `print d = parse_json(${literal(json)}) | project a = tostring(d[${literal(text)}][${literal(text)}]), b = toint(d[${literal(text)}].n), c = d[${literal(text)}][${literal(text)}]`;
          expect((await run(query)).rows).toEqual([
            text === 'n' ? [expect.anything(), 5, expect.anything()] : ['found', 5, 'found'],
          ]);
        },
      ),
      settings,
    );
  });

  it('as the name of a column, new and stored', async () => {
    engine();
    const names = fc
      .array(fc.constantFrom('`', "'", '"', '\\', '.', ' ', ';', '-', 'é', '😀', 'a', '{', '}', '$'), {
        minLength: 1,
        maxLength: 8,
      })
      .map((p) => `n${p.join('')}`);
    await fc.assert(
      fc.asyncProperty(names, async (name) => {
        const written = `[${literal(name)}]`;
        const schema: KqlSchema = {
          version: `hostile ${name}`,
          tables: [
            {
              name: 'T',
              physical: `(SELECT 7 AS \`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\`)`,
              timeColumn: null,
              columns: [{ name, type: 'long' }],
            },
          ],
        };
        const answer = await run(`T | extend made = ${written} + 1 | project ${written}, made`, { schema });
        expect(answer.columns[0]!.name).toBe(name);
        expect(answer.rows).toEqual([[7, 8]]);
      }),
      { numRuns: 30 },
    );
  });

  it('as text that only looks like a statement', async () => {
    await run(`DeviceProcessEvents | where FileName == ${literal("x'; DROP TABLE t.DeviceProcessEvents; --")} | count`);
    expect((await run('DeviceProcessEvents | count')).rows).toEqual([[4]]);
  });
});
