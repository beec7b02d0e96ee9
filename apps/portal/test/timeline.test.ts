import type { TimelineEvent } from '@parapet/schema/wire';
import { describe, expect, it } from 'vitest';
import { aroundRange, brushRange, histogramBars, mergePages, withDays } from '../src/features/entity-timeline/model.ts';

const event = (id: string, time: string): TimelineEvent => ({
  id,
  position: '',
  time,
  group: 'process',
  table: 'DeviceProcessEvents',
  actionType: 'ProcessCreated',
  title: id,
  entities: [],
  huntingQuery: '',
  row: {},
});

describe('timeline', () => {
  it('merges overlapping pages without doubling or losing an event', () => {
    const first = { items: [event('c', '2026-01-01T00:00:03Z'), event('b', '2026-01-01T00:00:02Z')] };
    const second = { items: [event('b', '2026-01-01T00:00:02Z'), event('a', '2026-01-01T00:00:02Z')] };
    expect(mergePages([first, second]).map(({ id }) => id)).toEqual(['c', 'a', 'b']);
    expect(mergePages([second, first]).map(({ id }) => id)).toEqual(['c', 'a', 'b']);
  });

  it('puts a heading before every day', () => {
    const events = [event('b', '2026-01-02T00:00:00Z'), event('a', '2026-01-01T23:59:59Z')];
    const lines = withDays(events, (iso) => iso.slice(0, 10));
    expect(lines.map((line) => (line.kind === 'day' ? line.day : line.event.id))).toEqual([
      '2026-01-02',
      'b',
      '2026-01-01',
      'a',
    ]);
  });

  it('fills silent buckets so that a gap shows, and adds neighbours up beyond the limit', () => {
    const page = {
      bucketSeconds: 3600,
      histogram: [
        { start: '2026-01-01T05:00:00Z', count: 2 },
        { start: '2026-01-01T00:00:00Z', count: 3 },
      ],
    };
    expect(histogramBars(page).map(({ count }) => count)).toEqual([3, 0, 0, 0, 0, 2]);
    const narrow = histogramBars(page, 3);
    expect(narrow.map(({ count }) => count)).toEqual([3, 0, 2]);
    expect(histogramBars({ bucketSeconds: 60, histogram: [] })).toEqual([]);
  });

  it('turns a brush in either direction into the same range', () => {
    const bars = histogramBars({
      bucketSeconds: 60,
      histogram: [
        { start: '2026-01-01T00:00:00Z', count: 1 },
        { start: '2026-01-01T00:02:00Z', count: 1 },
      ],
    });
    const range = { from: '2026-01-01T00:01:00.000Z', to: '2026-01-01T00:03:00.000Z' };
    expect(brushRange(bars, 1, 2)).toEqual(range);
    expect(brushRange(bars, 2, 1)).toEqual(range);
    expect(brushRange([], 0, 0)).toBeUndefined();
    expect(aroundRange('2026-01-01T00:30:00Z', 30).to).toBe('2026-01-01T01:00:00.000Z');
  });
});
