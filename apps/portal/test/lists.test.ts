import type { IncidentSummary, Job, Page } from '@parapet/schema/wire';
import { describe, expect, it } from 'vitest';
import { pillText } from '../src/components/FilterBar.tsx';
import { formatSort, parseSort } from '../src/components/QueueGrid.tsx';
import { applyLayout, defaultLayout, moveColumn, readLayout } from '../src/lib/columns.ts';
import { mergeLive } from '../src/lib/liveList.ts';
import { moveCard, readHome, startLayout } from '../src/pages/home/layout.ts';
import { activityText } from '../src/pages/incidents/activity.ts';
import { bulkReport, inverse } from '../src/pages/incidents/useIncidentChanges.ts';
import { dismiss, noticesOf, unread } from '../src/shell/notices.ts';

interface Row {
  readonly id: string;
  readonly value: number;
}
const page = (ids: string[], total = ids.length, value = 1): Page<Row> => ({
  items: ids.map((id) => ({ id, value })),
  total,
  page: 1,
  pageSize: 50,
});
const rowId = (row: Row) => row.id;

describe('live lists', () => {
  it('update rows in place, keep their order, and only count what is new', () => {
    const { page: merged, news } = mergeLive(page(['a', 'b', 'c']), page(['new', 'c', 'a', 'b'], 4, 2), rowId);
    expect(merged.items).toEqual([
      { id: 'a', value: 2 },
      { id: 'b', value: 2 },
      { id: 'c', value: 2 },
    ]);
    expect(news).toBe(1);
  });

  it('keep a row that left the list until the list is loaded again', () => {
    const { page: merged, news } = mergeLive(page(['a', 'b']), page(['b'], 1), rowId);
    expect(merged.items.map(rowId)).toEqual(['a', 'b']);
    expect(news).toBe(0);
  });

  it('do not call rows new that moved over from the next page', () => {
    const shown = { ...page(['c', 'd'], 5), page: 2 };
    expect(mergeLive(shown, { ...page(['d', 'e'], 4), page: 2 }, rowId).news).toBe(0);
  });
});

describe('columns', () => {
  const columns = [{ id: 'name', required: true }, { id: 'a' }, { id: 'b', hidden: true }, { id: 'c' }];

  it('start as declared', () => {
    expect(applyLayout(columns, defaultLayout(columns)).map(({ id }) => id)).toEqual(['name', 'a', 'c']);
  });

  it('survive columns that came, went, or were tampered with', () => {
    const stored = { order: ['c', 'gone', 'name', 'c'], hidden: ['name', 'gone', 'c'] };
    const layout = readLayout(stored, columns);
    expect(layout.order).toEqual(['c', 'name', 'a', 'b']);
    expect(applyLayout(columns, layout).map(({ id }) => id)).toEqual(['name', 'a']);
    expect(readLayout('nonsense', columns)).toEqual(defaultLayout(columns));
  });

  it('move by one and stop at the ends', () => {
    const layout = defaultLayout(columns);
    expect(moveColumn(layout, 'c', -1).order).toEqual(['name', 'a', 'c', 'b']);
    expect(moveColumn(layout, 'name', -1)).toBe(layout);
  });
});

describe('filters and sorting', () => {
  const options = ['x', 'y', 'z'].map((value) => ({ value, label: value.toUpperCase() }));
  it('say what is chosen in a few words', () => {
    expect(pillText({ options, selected: ['x'] })).toBe('X');
    expect(pillText({ options, selected: ['x', 'y'] })).toBe('X, Y');
    expect(pillText({ options, selected: ['x', 'y', 'z'] })).toBe('X and 2 more');
    expect(pillText({ options, selected: ['unknown'] })).toBe('unknown');
  });
  it('write the direction as a minus', () => {
    expect(parseSort('-lastUpdate')).toEqual({ id: 'lastUpdate', descending: true });
    expect(formatSort({ id: 'name', descending: false })).toBe('name');
  });
});

describe('changes of many incidents', () => {
  it('report per item, grouped by reason', () => {
    const failed = (id: string, message: string) => ({ id, ok: false, error: { code: 'x', message } });
    const report = bulkReport(
      { results: [{ id: '1', ok: true }, failed('2', 'Merged.'), failed('3', 'Merged.'), failed('4', 'Gone.')] },
      'Resolved',
    );
    expect(report).toEqual({ title: 'Resolved: 1 of 4 incidents', body: '2, 3: Merged. 4: Gone.' });
  });

  it('know the way back', () => {
    const row = { status: 'active', assignedTo: null, classification: null } as unknown as IncidentSummary;
    expect(inverse(row, { status: 'resolved', classification: 'truePositive', resolvingComment: 'x' })).toEqual({
      status: 'active',
      classification: null,
    });
  });
});

describe('activity', () => {
  it('shows the comment itself and codes as words', () => {
    const comments = [{ id: 'c1', text: 'Called the user.', author: 'ada', createdAt: '2026-01-01T00:00:00Z' }];
    expect(activityText({ category: 'comment', text: 'Commented', after: { commentId: 'c1' } }, comments)).toBe(
      'Called the user.',
    );
    expect(activityText({ category: 'comment', text: 'Resolving comment: done', after: 'done' }, comments)).toBe(
      'Resolving comment: done',
    );
    expect(
      activityText(
        {
          category: 'classification',
          text: 'x',
          after: { classification: 'truePositive', determination: 'compromisedAccount' },
        },
        [],
      ),
    ).toBe('Classified as True positive, Compromised account');
    expect(activityText({ category: 'status', text: 'Resolved', after: null }, [])).toBe('Resolved');
  });
});

describe('notices', () => {
  const now = Date.parse('2026-03-01T12:00:00Z');
  const job = (id: string, state: Job['state'], finishedAt: string | null): Job =>
    ({
      id,
      kind: 'x',
      title: `Job ${id}`,
      state,
      progress: 0.5,
      detail: '',
      createdAt: '2026-03-01T10:00:00Z',
      startedAt: '2026-03-01T10:00:00Z',
      finishedAt,
    }) as Job;

  it('are newest first, of the last thirty days, and new once a job has ended', () => {
    const running = noticesOf({ jobs: [job('1', 'running', null), job('2', 'failed', '2026-01-01T00:00:00Z')] }, now);
    expect(running.map(({ id, kind, progress }) => [id, kind, progress])).toEqual([['job:1:running', 'ongoing', 0.5]]);
    const state = { seenAt: '2026-03-01T11:00:00Z', dismissed: [] };
    expect(unread(running, state)).toBe(0);
    const ended = noticesOf(
      {
        jobs: [job('1', 'succeeded', '2026-03-01T11:30:00Z')],
        engine: { id: 'e', at: '2026-03-01T11:40:00Z', reason: 'memory' },
      },
      now,
    );
    expect(ended.map(({ id }) => id)).toEqual(['engine:e', 'job:1:succeeded']);
    expect(unread(ended, state)).toBe(2);
    expect(unread(ended, dismiss(state, ['engine:e']))).toBe(1);
  });
});

describe('the arrangement of Home', () => {
  it('reads what was stored at any age, leaves out what is unknown or not permitted, and moves cards', () => {
    const stored = {
      cards: [
        { id: 'sources', size: 'l' },
        { id: 'gone', size: 's' },
        { id: 'tactics', size: 'huge' },
        { id: 'tactics', size: 's' },
      ],
    };
    expect(readHome(stored, [])).toEqual([{ id: 'tactics', size: 's' }]);
    expect(readHome(stored, ['Sys.Read']).map(({ id }) => id)).toEqual(['sources', 'tactics']);
    expect(readHome(null, ['Alerts.Manage'])).toEqual(startLayout(['Alerts.Manage']));
    expect(startLayout([]).some(({ id }) => id === 'queue')).toBe(false);
    const cards = ['a', 'b', 'c'].map((id) => ({ id, size: 's' as const }));
    expect(moveCard(cards, 2, 0).map(({ id }) => id)).toEqual(['c', 'a', 'b']);
    expect(moveCard(cards, 0, 1).map(({ id }) => id)).toEqual(['b', 'a', 'c']);
    expect(moveCard(cards, 0, -1)).toEqual(cards);
  });
});
