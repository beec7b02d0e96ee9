import { describe, expect, it } from 'vitest';
import { chartModel } from '../src/features/results-grid/chart-model.ts';
import { isUnsaved, mergeDrafts, newDraft, parseDrafts } from '../src/pages/hunting/drafts.ts';
import { parseRange, rangeInstants } from '../src/pages/hunting/time-range.ts';

describe('drafts', () => {
  it('restores what was stored and repairs what is odd', () => {
    const draft = { ...newDraft([]), text: 'DeviceInfo', cursor: 900, range: 'nonsense' };
    const restored = parseDrafts(JSON.stringify({ active: draft.id, drafts: [draft, { id: 5 }, null] }));
    expect(restored.drafts).toHaveLength(1);
    expect(restored.drafts[0]).toMatchObject({ text: 'DeviceInfo', cursor: 10, range: '30d' });
    expect(restored.active).toBe(draft.id);
  });

  it('always has a tab, whatever was stored', () => {
    for (const stored of [null, '', '{', '[]', '{"drafts":7}']) {
      const { drafts, active } = parseDrafts(stored);
      expect(drafts).toHaveLength(1);
      expect(drafts[0]!.id).toBe(active);
    }
  });

  it('keeps the tabs of another window and does not bring closed ones back', () => {
    const mine = newDraft([], { text: 'a' });
    const theirs = newDraft([], { text: 'b' });
    const closed = newDraft([], { text: 'c' });
    const merged = mergeDrafts(
      { drafts: [mine], active: mine.id },
      { drafts: [{ ...mine, text: 'old' }, theirs, closed], active: theirs.id },
      new Set([closed.id]),
    );
    expect(merged.drafts.map((draft) => draft.text)).toEqual(['a', 'b']);
    expect(merged.active).toBe(mine.id);
  });

  it('knows unsaved text', () => {
    expect(isUnsaved(newDraft([], { text: ' \n' }))).toBe(false);
    expect(isUnsaved(newDraft([], { text: 'a' }))).toBe(true);
    expect(isUnsaved(newDraft([], { text: 'a', savedId: '1', savedText: 'a' }))).toBe(false);
  });
});

describe('time range', () => {
  const now = new Date('2026-02-01T00:00:00Z');

  it('turns presets and intervals into instants', () => {
    expect(rangeInstants('30m', now)).toEqual({ from: '2026-01-31T23:30:00.000Z', to: '2026-02-01T00:00:00.000Z' });
    expect(rangeInstants('7d', now)?.from).toBe('2026-01-25T00:00:00.000Z');
    expect(rangeInstants('all', now)).toBeUndefined();
    expect(rangeInstants('query', now)).toBeUndefined();
    expect(rangeInstants(parseRange('2026-01-01T00:00:00Z/2026-01-02T00:00:00Z'), now)).toEqual({
      from: '2026-01-01T00:00:00.000Z',
      to: '2026-01-02T00:00:00.000Z',
    });
  });

  it('refuses an interval that runs backwards', () => {
    expect(parseRange('2026-01-02T00:00:00Z/2026-01-01T00:00:00Z')).toBe('30d');
  });
});

describe('charts', () => {
  const base = {
    truncated: false,
    maxRows: 30_000,
    stats: { elapsedMs: 1, compileMs: 1, rowsRead: 1, bytesRead: 1 },
    filtersTime: false,
    warnings: [],
    tables: [],
  };

  it('draws a timechart with one series per label, in order of time', () => {
    const model = chartModel({
      ...base,
      columns: [
        { name: 'Device', type: 'string' },
        { name: 'Timestamp', type: 'datetime' },
        { name: 'count_', type: 'long' },
      ],
      rows: [
        ['b', '2026-01-02T00:00:00Z', 2],
        ['a', '2026-01-02T00:00:00Z', 5],
        ['b', '2026-01-01T00:00:00Z', 1],
      ],
      render: { visualization: 'timechart', properties: { title: 'T' } },
    });
    expect(model).toMatchObject({ kind: 'line', xAxis: 'time', title: 'T' });
    expect(model?.series.map((series) => [series.name, series.points.map((point) => point[1])])).toEqual([
      ['b', [1, 2]],
      ['a', [5]],
    ]);
  });

  it('honours xcolumn, ycolumns, series and kind', () => {
    const model = chartModel({
      ...base,
      columns: [
        { name: 'A', type: 'string' },
        { name: 'B', type: 'string' },
        { name: 'n', type: 'long' },
        { name: 'm', type: 'long' },
      ],
      rows: [
        ['x', 's', 1, 9],
        ['x', 't', 2, 9],
      ],
      render: {
        visualization: 'columnchart',
        properties: { xcolumn: 'A', ycolumns: 'n', series: 'B', kind: 'stacked' },
      },
    });
    expect(model).toMatchObject({ kind: 'column', stacked: 'stacked', categories: ['x'] });
    expect(model?.series.map(({ name }) => name)).toEqual(['s', 't']);
  });

  it('folds the smallest slices of a pie so that the whole stays the whole', () => {
    const rows = Array.from({ length: 60 }, (_, index) => [`k${index}`, 60 - index]);
    const model = chartModel({
      ...base,
      columns: [
        { name: 'k', type: 'string' },
        { name: 'n', type: 'long' },
      ],
      rows,
      render: { visualization: 'piechart', properties: {} },
    });
    const points = model!.series[0]!.points;
    expect(points).toHaveLength(24);
    expect(points.reduce((sum, point) => sum + (point[1] ?? 0), 0)).toBe((60 * 61) / 2);
  });

  it('has nothing to draw without numbers', () => {
    const result = { ...base, columns: [{ name: 'A', type: 'string' as const }], rows: [['x']] };
    expect(chartModel({ ...result, render: { visualization: 'timechart', properties: {} } })).toBeUndefined();
    expect(chartModel({ ...result, render: { visualization: 'table', properties: {} } })).toBeUndefined();
  });
});
