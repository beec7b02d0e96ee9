import type { Coverage } from '@parapet/schema/wire';
import { expect, test } from 'vitest';
import { columnsOf, levelCounts } from '../src/pages/coverage/model.ts';

const technique = (id: string, name: string, tactics: string[], level: string, rules: string[] = []) => ({
  id,
  name,
  tactics,
  level,
  rules,
  alerts: 0,
  lastAlert: null,
});
const coverage = {
  tactics: [
    { id: 'Execution', name: 'Execution' },
    { id: 'Impact', name: 'Impact' },
  ],
  techniques: [
    technique('T1059', 'Interpreter', ['Execution'], 'covered', ['r']),
    technique('T1059.001', 'PowerShell', ['Execution'], 'covered', ['r']),
    technique('T1059.003', 'Command Shell', ['Execution'], 'none'),
    technique('T1486', 'Encrypted', ['Impact'], 'blind', ['s']),
  ],
  rules: [
    { id: 'r', tables: ['DeviceProcessEvents'] },
    { id: 's', tables: ['DeviceFileEvents'] },
  ],
  scenarios: [{ id: 'ransom', techniques: ['T1486'] }],
} as unknown as Coverage;
const all = { level: [], table: [], scenario: [], search: '' } as const;
const shape = (filter: Parameters<typeof columnsOf>[1]) =>
  columnsOf(coverage, filter).map(({ techniques }) =>
    techniques.map(({ technique: one, subs }) => [one.id, ...subs.map(({ id }) => id)]),
  );

test('the matrix shows techniques below their tactics and sub-techniques below techniques', () => {
  expect(shape(all)).toEqual([[['T1059', 'T1059.001', 'T1059.003']], [['T1486']]]);
  expect(columnsOf(coverage, all)[0]).toMatchObject({ covered: 1, total: 1 });
  expect(levelCounts(coverage)).toEqual({ covered: 2, blind: 1, available: 0, none: 1 });
});

test('a filter keeps a technique for the sake of its sub-technique', () => {
  expect(shape({ ...all, search: 'command shell' })).toEqual([[['T1059', 'T1059.003']], []]);
  expect(shape({ ...all, level: ['blind'] })).toEqual([[], [['T1486']]]);
  expect(shape({ ...all, table: ['DeviceProcessEvents'] })).toEqual([[['T1059', 'T1059.001']], []]);
  expect(shape({ ...all, scenario: ['ransom'] })).toEqual([[], [['T1486']]]);
});
