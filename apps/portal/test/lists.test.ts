import type { IncidentSummary, Job, Page } from '@parapet/schema/wire';
import { describe, expect, it } from 'vitest';
import { pillText } from '../src/components/FilterBar.tsx';
import { mentionAt, replaceMention } from '../src/features/comments/mention.ts';
import { inverse, outcomeOf } from '../src/features/triage/bulk.ts';
import { contested } from '../src/features/triage/change.ts';
import { applyLayout, defaultLayout, moveColumn, readLayout } from '../src/lib/columns.ts';
import { mergeLive } from '../src/lib/liveList.ts';
import { parseInline, parseMarkdown, safeHref } from '../src/lib/markdown.ts';
import { formatSort, gridProps, parseSort } from '../src/lib/queue.ts';
import { moveCard, readHome, startLayout } from '../src/pages/home/layout.ts';
import { activityText } from '../src/pages/incidents/activity.ts';
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
  it('report per item', () => {
    const failed = (id: string, message: string) => ({ id, ok: false, error: { code: 'x', message } });
    const report = outcomeOf(
      { results: [{ id: '1', ok: true }, failed('2', 'Merged.'), failed('4', 'Gone.')] },
      'Resolved',
      'incident',
    );
    expect(report).toEqual({
      title: 'Resolved: 1 of 3 incidents',
      done: 1,
      failed: [
        { id: '2', reason: 'Merged.' },
        { id: '4', reason: 'Gone.' },
      ],
    });
    expect(outcomeOf({ results: [{ id: '1', ok: true }] }, 'Assigned', 'alert').title).toBe('Assigned: 1 alert');
  });

  it('know the way back', () => {
    const row = { status: 'active', assignedTo: null, classification: null } as unknown as IncidentSummary;
    expect(inverse(row, { status: 'resolved', classification: 'truePositive', resolvingComment: 'x' })).toEqual({
      status: 'active',
      classification: null,
    });
    const counted = { ...row, activeAlerts: 3 } as IncidentSummary;
    expect(inverse(counted, { status: 'resolved' })).toEqual({ status: 'active', withAlerts: true });
    expect(inverse(counted, { status: 'inProgress' })).toEqual({ status: 'active' });
  });

  it('are refused only where a colleague changed the same thing to something else', () => {
    const before = { status: 'active', assignedTo: null, tags: ['a'] };
    const changes = { status: 'resolved', assignedTo: 'ada' };
    expect(contested(before, { ...before, tags: ['a', 'b'] }, changes)).toEqual([]);
    expect(contested(before, { ...before, assignedTo: 'ada' }, changes)).toEqual([]);
    expect(contested(before, { ...before, assignedTo: 'ben' }, changes)).toEqual(['assignedTo']);
    expect(contested(before, { ...before, tags: [] }, { tags: ['a', 'c'] })).toEqual(['tags']);
  });
});

describe('a list in a grid', () => {
  it('keeps where one is in the address', () => {
    const patches: unknown[] = [];
    const list = {
      data: undefined,
      error: undefined,
      isFetching: false,
      news: 2,
      refresh() {},
      retry() {},
      patch() {},
    };
    const state = { page: 3, pageSize: 50, row: '', sort: '-name' };
    const grid = gridProps(list, state, (patch) => patches.push(patch));
    expect(grid).toMatchObject({ news: 2, openId: undefined, sort: { id: 'name', descending: true } });
    grid.onSort?.({ id: 'name', descending: false });
    grid.onPage(4);
    grid.onOpenDetails('7');
    grid.onOpenDetails(undefined);
    expect(patches).toEqual([{ sort: 'name', page: 1 }, { page: 4, row: '' }, { row: '7' }, { row: '' }]);
    expect('sort' in gridProps(list, { page: 1, pageSize: 50, row: '' }, () => {})).toBe(false);
  });
});

describe('Markdown of comments', () => {
  it('is data: tags and addresses that run are text', () => {
    expect(parseInline('<img src=x onerror=alert(1)> [x](javascript:alert(1)) ![y](data:text/html,z)')).toEqual([
      { kind: 'text', text: '<img src=x onerror=alert(1)> [x](javascript:alert(1)) ![y](data:text/html,z)' },
    ]);
    expect(safeHref('/incidents/7')).toBe('/incidents/7');
    expect(safeHref('//evil.example')).toBeUndefined();
    expect(safeHref('/\\evil.example')).toBeUndefined();
  });

  it('reads emphasis, code, links and mentions', () => {
    expect(parseInline('**b** _i_ `@c` @ben https://a.example/x. a_b_c')).toEqual([
      { kind: 'strong', inner: [{ kind: 'text', text: 'b' }] },
      { kind: 'text', text: ' ' },
      { kind: 'em', inner: [{ kind: 'text', text: 'i' }] },
      { kind: 'text', text: ' ' },
      { kind: 'code', text: '@c' },
      { kind: 'text', text: ' ' },
      { kind: 'mention', name: 'ben' },
      { kind: 'text', text: ' ' },
      { kind: 'link', href: 'https://a.example/x', inner: [{ kind: 'text', text: 'https://a.example/x' }] },
      { kind: 'text', text: '. a_b_c' },
    ]);
  });

  it('reads blocks, nests to a bound and ends on hostile text', () => {
    const kinds = parseMarkdown('# T\n\n- [x] a\n- b\n  - c\n\n> q\n\n```\n<b>\n```\n---\nend').map(({ kind }) => kind);
    expect(kinds).toEqual(['heading', 'list', 'quote', 'code', 'rule', 'paragraph']);
    const started = performance.now();
    for (const hostile of ['>'.repeat(30_000), '*'.repeat(30_000), '[('.repeat(15_000), '- '.repeat(15_000)])
      parseMarkdown(hostile);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it('offers people where a mention is typed, not in an address', () => {
    expect(mentionAt('ask @be', 7)).toEqual({ start: 4, end: 7, typed: 'be' });
    expect(mentionAt('ann@be', 6)).toBeUndefined();
    expect(replaceMention('ask @be please', { start: 4, end: 7, typed: 'be' }, 'ben')).toEqual({
      text: 'ask @ben please',
      cursor: 9,
    });
  });
});

describe('activity', () => {
  it('shows the comment itself and codes as words', () => {
    const comments = [
      { id: 'c1', text: 'Called the user.', author: 'ada', createdAt: '2026-01-01T00:00:00Z', editedAt: null },
    ];
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
