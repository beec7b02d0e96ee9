import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { diffLines, folded } from '../src/pages/detections/parts/diff.ts';
import { definitionOf, draftOf, EMPTY_DRAFT, stepOf } from '../src/pages/detections/wizard/draft.ts';
import { parseEvents } from '../src/pages/detections/wizard/events.ts';

const LIBRARY = fileURLToPath(new URL('../../../content/detections', import.meta.url));

/** Equal for the product: texts without the blanks around them, parts that say nothing left out. */
function normal(value: unknown): unknown {
  if (typeof value === 'string') return value.trim();
  if (Array.isArray(value)) return value.map(normal);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, normal(each)]));
  return value;
}

describe('the rule wizard', () => {
  it('opens and saves every rule of the library without changing it', () => {
    const files = readdirSync(LIBRARY, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml'));
    expect(files.length).toBeGreaterThan(50);
    for (const file of files) {
      const { id: _id, ...definition } = parse(readFileSync(join(LIBRARY, file), 'utf8')) as Record<string, unknown>;
      expect(normal(definitionOf(draftOf(definition))), file).toEqual(normal(definition));
    }
  });

  it('leaves out what the chosen schedule does not have', () => {
    const draft = {
      ...EMPTY_DRAFT,
      kind: 'continuous',
      threshold: { on: true, operator: 'greater', count: '5' },
      suppressFor: '2h',
    };
    const continuous = definitionOf(draft);
    for (const key of ['frequency', 'lookback', 'window', 'trigger', 'threshold', 'suppressFor'])
      expect(continuous).not.toHaveProperty(key);
    expect(definitionOf({ ...draft, kind: 'scheduled' })).toMatchObject({
      trigger: 'clock',
      frequency: '1h',
      threshold: { operator: 'greater', count: 5 },
      suppressFor: '2h',
    });
  });

  it('knows on which step a problem is mended', () => {
    expect([
      stepOf('query'),
      stepOf('entities.0.roles'),
      stepOf('lookback'),
      stepOf('customDetails.X'),
      stepOf(undefined),
    ]).toEqual(['query', 'entities', 'schedule', 'alert', 'query']);
  });

  it('reads events as people paste them', () => {
    const row = { FileName: 'a' };
    expect(parseEvents('{"FileName":"a"}', 'T')).toEqual({ T: [row] });
    expect(parseEvents('[{"FileName":"a"},{"FileName":"a"}]', 'T')).toEqual({ T: [row, row] });
    expect(parseEvents('{"FileName":"a"}\n\n{"FileName":"a"},\n', 'T')).toEqual({ T: [row, row] });
    expect(parseEvents('{"A":[{"FileName":"a"}],"B":[]}', 'T')).toEqual({ A: [row], B: [] });
    expect(() => parseEvents('{"FileName":"a"}\nnonsense', 'T')).toThrow('Line 2 is not JSON.');
    expect(() => parseEvents('[1]', 'T')).toThrow();
  });
});

describe('the difference of two texts', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 }).map((lines) => lines.join('\n'));
  it('holds both of them, in order', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const lines = diffLines(before, after);
        const side = (without: string) =>
          lines
            .filter(({ kind }) => kind !== without)
            .map((line) => line.text)
            .join('\n');
        expect(side('added')).toBe(before);
        expect(side('removed')).toBe(after);
        if (before === after) expect(lines.every(({ kind }) => kind === 'same')).toBe(true);
        expect(folded(lines).filter((line) => line && line.kind !== 'same')).toEqual(
          lines.filter(({ kind }) => kind !== 'same'),
        );
      }),
    );
  });
});
