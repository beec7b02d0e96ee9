import type { AttackStory, Entity, StoryEdge, StoryNode } from '@parapet/schema/wire';
import { describe, expect, it } from 'vitest';
import { layoutStory, NODE_HEIGHT, NODE_WIDTH } from '../src/features/attack-story/layout.ts';
import { drawStory, partOf, visibleAt } from '../src/features/attack-story/model.ts';

const entity = (type: Entity['type'], key: string): Entity => ({ type, key, label: key, fields: {} });
const time = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
const node = (
  id: string,
  type: Entity['type'],
  alerts: string[],
  minute: number,
  more: Partial<StoryNode> = {},
): StoryNode => ({
  id,
  type,
  label: id,
  entities: [entity(type, id)],
  alertIds: alerts,
  severity: 'low',
  patientZero: false,
  firstActivity: time(minute),
  lastActivity: time(minute + 1),
  ...more,
});
const edge = (source: string, target: string, label: string, alerts: string[], minute = 0): StoryEdge => ({
  id: `${source}>${target}`,
  source,
  target,
  label,
  alertIds: alerts,
  firstActivity: time(minute),
});

const files = Array.from({ length: 6 }, (_, index) =>
  node(`file${index}`, 'file', ['a2'], 10 + index, { severity: index === 3 ? 'high' : 'low' }),
);
const story: AttackStory = {
  nodes: [
    node('pc', 'device', ['a1'], 0, { patientZero: true }),
    node('ps', 'process', ['a1', 'a2'], 1),
    node('group', 'url', ['a2'], 5, { entities: [entity('url', 'u1'), entity('url', 'u2')], label: '2 URLs' }),
    ...files,
  ],
  edges: [
    edge('pc', 'ps', 'ran', ['a1']),
    edge('ps', 'group', 'requested', ['a2'], 5),
    ...files.map((file, index) => edge('ps', file.id, 'wrote', ['a2'], 10 + index)),
  ],
  steps: [
    {
      alertId: 'a1',
      time: time(1),
      title: 'One',
      severity: 'low',
      category: 'Execution',
      nodeIds: ['pc', 'ps'],
      narrative: '',
    },
    {
      alertId: 'a2',
      time: time(20),
      title: 'Two',
      severity: 'high',
      category: 'Impact',
      nodeIds: ['ps', 'group', ...files.map(({ id }) => id)],
      narrative: '',
    },
  ],
};
const NONE: ReadonlySet<string> = new Set();

describe('folding', () => {
  it('puts look-alike neighbours into one node that keeps the worst severity and every entity', () => {
    const drawn = drawStory(story, NONE);
    expect(drawn.nodes.map(({ label }) => label).sort()).toEqual(['2 URLs', '6 files', 'pc', 'ps']);
    const fold = drawn.nodes.find(({ label }) => label === '6 files');
    expect(fold?.severity).toBe('high');
    expect(fold?.entities).toHaveLength(6);
    expect(drawn.edges.filter(({ target }) => target === fold?.id)).toHaveLength(1);
  });

  it('opens and closes again to the same picture', () => {
    const folded = drawStory(story, NONE);
    const id = folded.nodes.find(({ label }) => label === '6 files')!.id;
    const open = drawStory(story, new Set([id]));
    expect(open.nodes.filter(({ type }) => type === 'file')).toHaveLength(6);
    expect(open.nodes.filter(({ group }) => group === id)).toHaveLength(6);
    expect(drawStory(story, NONE)).toEqual(folded);
  });

  it('takes a group of the server apart, edges included', () => {
    const open = drawStory(story, new Set(['group']));
    const urls = open.nodes.filter(({ type }) => type === 'url');
    expect(urls.map(({ label }) => label)).toEqual(['u1', 'u2']);
    expect(open.edges.filter(({ target }) => urls.some(({ id }) => id === target))).toHaveLength(2);
  });

  it('never folds patient zero or what differs in a verb', () => {
    const nodes = Array.from({ length: 5 }, (_, index) =>
      node(`d${index}`, 'device', ['a'], index, { patientZero: index === 0 }),
    );
    const edges = nodes.map(({ id }, index) => edge('hub', id, index === 1 ? 'read' : 'wrote', ['a']));
    const drawn = drawStory({ nodes: [node('hub', 'process', ['a'], 0), ...nodes], edges }, NONE);
    expect(drawn.nodes).toHaveLength(6);
  });
});

describe('replay', () => {
  const drawn = drawStory(story, NONE);

  it('starts empty, grows with the alerts and ends complete', () => {
    const counts = [0, 1, 2].map((step) => visibleAt(drawn, story.steps, step).nodes.size);
    expect(counts).toEqual([0, 2, 4]);
    expect(visibleAt(drawn, story.steps, 2).edges.size).toBe(drawn.edges.length);
  });

  it('points at what the step is about', () => {
    expect([...visibleAt(drawn, story.steps, 1).current].sort()).toEqual(['pc', 'ps']);
  });

  it('shows an edge only with both of its ends', () => {
    const { nodes, edges } = visibleAt(drawn, story.steps, 1);
    for (const each of drawn.edges.filter(({ id }) => edges.has(id)))
      expect(nodes.has(each.source) && nodes.has(each.target)).toBe(true);
    expect(edges.size).toBe(1);
  });

  it('finds the part of an alert', () => {
    expect([...partOf(drawn, 'a1').nodes].sort()).toEqual(['pc', 'ps']);
  });
});

describe('layout', () => {
  it('is the same whatever the order of the answer', () => {
    const shuffled = { nodes: [...story.nodes].reverse(), edges: [...story.edges].reverse() };
    expect([...layoutStory(drawStory(shuffled, NONE)).places].sort()).toEqual(
      [...layoutStory(drawStory(story, NONE)).places].sort(),
    );
  });

  it('lets no two nodes overlap', () => {
    const all = drawStory(story, new Set(drawStory(story, NONE).nodes.map(({ id }) => id)));
    const places = [...layoutStory(all).places.values()];
    for (const [index, a] of places.entries())
      for (const b of places.slice(index + 1))
        expect(Math.abs(a.x - b.x) >= NODE_WIDTH || Math.abs(a.y - b.y) >= NODE_HEIGHT).toBe(true);
  });

  it('turns a long chain downwards and draws a short one to the right', () => {
    const chain = (length: number) => {
      const nodes = Array.from({ length }, (_, index) => node(`n${index}`, 'process', ['a'], index));
      const edges = nodes.slice(1).map((each, index) => edge(nodes[index]!.id, each.id, 'started', ['a']));
      return layoutStory(drawStory({ nodes, edges }, NONE)).direction;
    };
    expect(chain(3)).toBe('right');
    expect(chain(6)).toBe('down');
  });

  it('lays out 200 nodes in the time someone waits for a page', () => {
    const nodes = Array.from({ length: 200 }, (_, index) => node(`n${index}`, 'process', ['a'], index));
    const edges = nodes
      .slice(1)
      .map((each, index) => edge(nodes[Math.floor(index / 3)]!.id, each.id, `v${index}`, ['a']));
    const start = performance.now();
    expect(layoutStory(drawStory({ nodes, edges }, NONE)).places.size).toBe(200);
    expect(performance.now() - start).toBeLessThan(4000);
  });
});
