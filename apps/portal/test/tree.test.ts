import type { ProcessNode } from '@parapet/schema/wire';
import { describe, expect, it } from 'vitest';
import {
  countNodes,
  firstOfInterest,
  highestSeverity,
  initiallyCollapsed,
  treeMove,
  visibleLines,
} from '../src/features/process-tree/model.ts';

const node = (key: string, children: ProcessNode[] = [], more: Partial<ProcessNode> = {}): ProcessNode => ({
  key,
  fileName: `${key}.exe`,
  folderPath: '',
  processId: 1,
  creationTime: null,
  commandLine: '',
  account: '',
  integrityLevel: '',
  sha256: '',
  sha1: '',
  highlighted: false,
  alerts: [],
  activity: [],
  huntingQuery: '',
  children,
  ...more,
});

const roots = [
  node('a', [node('b', [node('c', [], { highlighted: true })]), node('d')]),
  node(
    'noisy',
    Array.from({ length: 12 }, (_, index) => node(`n${index}`)),
  ),
];

describe('process tree', () => {
  it('lists visible lines with level, position and set size', () => {
    const lines = visibleLines({ roots }, new Set(['noisy']));
    expect(lines.map((line) => `${line.level}:${line.node.key}:${line.position}/${line.setSize}`)).toEqual([
      '1:a:1/2',
      '2:b:1/2',
      '3:c:1/1',
      '2:d:2/2',
      '1:noisy:2/2',
    ]);
    expect(lines[1]!.lastAtLevel).toEqual([false, false]);
    expect(lines[2]!.parentKey).toBe('b');
  });

  it('folds large branches that hold nothing of interest, and only those', () => {
    expect([...initiallyCollapsed({ roots })]).toEqual(['noisy']);
    const story = node('x', [
      ...Array.from({ length: 12 }, (_, i) => node(`y${i}`)),
      node('z', [], { highlighted: true }),
    ]);
    expect(initiallyCollapsed({ roots: [story] }).size).toBe(0);
  });

  it('selects the earliest process of the alert first', () => {
    const early = node('early', [], { highlighted: true, creationTime: '2026-01-01T00:00:00Z' });
    const late = node('late', [early], { highlighted: true, creationTime: '2026-01-02T00:00:00Z' });
    expect(firstOfInterest([late])?.key).toBe('early');
    expect(firstOfInterest(roots)?.key).toBe('c');
    expect(firstOfInterest([])).toBeUndefined();
  });

  it('moves as the tree pattern says', () => {
    const lines = visibleLines({ roots }, new Set(['noisy']));
    expect(treeMove(lines, 'a', 'ArrowRight')).toEqual({ focus: 'b' });
    expect(treeMove(lines, 'a', 'ArrowLeft')).toEqual({ collapse: 'a' });
    expect(treeMove(lines, 'c', 'ArrowLeft')).toEqual({ focus: 'b' });
    expect(treeMove(lines, 'noisy', 'ArrowRight')).toEqual({ expand: 'noisy' });
    expect(treeMove(lines, 'noisy', 'ArrowDown')).toEqual({ focus: 'noisy' });
    expect(treeMove(lines, 'd', 'Home')).toEqual({ focus: 'a' });
    expect(treeMove(lines, 'a', 'q')).toBeUndefined();
  });

  it('does not hang on a cycle and keeps a reused pid apart by key', () => {
    const loop = { ...node('l'), children: [] as ProcessNode[] };
    loop.children.push(loop);
    expect(visibleLines({ roots: [loop] }, new Set())).toHaveLength(1);
    const reused = [node('ws|7|t1', [], { processId: 7 }), node('ws|7|t2', [], { processId: 7 })];
    expect(visibleLines({ roots: reused }, new Set())).toHaveLength(2);
    expect(countNodes(roots)).toBe(17);
  });

  it('names the worst alert of a process', () => {
    const alerts = (['low', 'high', 'medium'] as const).map((severity) => ({ id: severity, title: '', severity }));
    expect(highestSeverity(node('a', [], { alerts }))).toBe('high');
    expect(highestSeverity(node('a'))).toBeUndefined();
  });
});
