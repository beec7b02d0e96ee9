import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AlertSignal, type RiskSignal, riskOf } from '../src/index.ts';

const NOW = new Date('2026-05-01T00:00:00Z');
const daysAgo = (days: number): Date => new Date(NOW.getTime() - days * 86_400_000);
const NONE = { level: 'none', reason: '' } as const;
let count = 0;
const alert = (more: Partial<AlertSignal> = {}): AlertSignal => ({
  kind: 'alert',
  id: `a${count++}`,
  title: 'x',
  detector: `rule-${count}`,
  severity: 'medium',
  category: 'Execution',
  resolved: false,
  resolvedAt: null,
  classification: null,
  incidentId: '1',
  bystander: false,
  at: daysAgo(1),
  ...more,
});
const times = (n: number, more: Partial<AlertSignal>): AlertSignal[] => Array.from({ length: n }, () => alert(more));

describe('risk of an entity', () => {
  test.each([
    [[alert({ severity: 'high' })], 'high', 70],
    [times(3, { severity: 'medium' }), 'high', 78],
    [times(2, { severity: 'medium' }), 'medium', 64],
    [times(3, { severity: 'low' }), 'medium', 39],
    [times(2, { severity: 'low' }), 'low', 28],
    [[alert({ severity: 'low', category: 'CredentialAccess' })], 'high', 70],
    [[alert({ severity: 'informational' })], 'informational', 1],
    [[], 'none', 0],
  ] as const)('fresh open alerts give the levels of devices and of accounts alike (%#)', (signals, level, score) => {
    expect(riskOf(signals, NONE, NOW)).toMatchObject({ level, score });
    expect(riskOf(signals, NONE, NOW, true)).toMatchObject({ level, score });
  });

  test('open alerts keep two weeks, then halve; verdicts settle them', () => {
    const score = (more: Partial<AlertSignal>): number =>
      riskOf([alert({ severity: 'high', ...more })], NONE, NOW).score;
    expect([14, 28, 42, 181].map((days) => score({ at: daysAgo(days) }))).toEqual([70, 35, 18, 0]);
    const resolved = { resolved: true, resolvedAt: NOW };
    expect(score(resolved)).toBe(18);
    expect(score({ ...resolved, classification: 'truePositive' })).toBe(35);
    expect(score({ ...resolved, classification: 'falsePositive' })).toBe(0);
    expect(score({ ...resolved, classification: 'informationalExpectedActivity' })).toBe(0);
    const [part] = riskOf([alert({ severity: 'high', at: daysAgo(28) })], NONE, NOW).contributions;
    expect(part).toMatchObject({ points: 35, fullPoints: 70, why: 'High severity; open; faded to 50 %' });
    const then = new Date(part?.fadesAt ?? 0);
    expect(riskOf([alert({ severity: 'high', at: daysAgo(28) })], NONE, then).contributions[0]?.points).toBe(1);
  });

  test('one noisy rule stays one witness, and behaviours alone never accuse', () => {
    const noisy = riskOf(times(150, { severity: 'low', detector: 'same' }), NONE, NOW).score;
    const many = riskOf(
      Array.from({ length: 20 }, () => alert({ severity: 'low' })),
      NONE,
      NOW,
    ).score;
    expect(noisy).toBeLessThan(75);
    expect(many).toBeGreaterThan(90);
    const odd: RiskSignal[] = Array.from({ length: 500 }, (_, n) => ({
      kind: 'behavior',
      id: `b${n}`,
      title: 'odd',
      detector: `kind-${n}`,
      score: 1,
      at: NOW,
    }));
    expect(riskOf(odd, NONE, NOW)).toMatchObject({ score: 40, level: 'medium' });
  });

  test('contributions sum up to the score in any order, and more bad news never lowers it', () => {
    const signal = fc.record({
      severity: fc.constantFrom('high', 'medium', 'low', 'informational' as const),
      detector: fc.constantFrom('r1', 'r2', 'r3'),
      days: fc.integer({ min: 0, max: 200 }),
      resolved: fc.boolean(),
      bystander: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(signal, { maxLength: 30 }),
        fc.constantFrom('none', 'high', 'veryHigh' as const),
        (list, level) => {
          const signals = list.map((each, n) =>
            alert({ ...each, id: `s${n}`, at: daysAgo(each.days) } as Partial<AlertSignal>),
          );
          const criticality = { level, reason: 'r.' };
          const result = riskOf(signals, criticality, NOW);
          expect(riskOf([...signals].reverse(), criticality, NOW)).toEqual({
            ...result,
            openAlerts: result.openAlerts,
          });
          const sum = result.contributions.reduce((total, { points }) => total + points, 0);
          expect(Math.abs(sum - result.score)).toBeLessThan(0.5 + 0.05 * result.contributions.length + 0.01);
          expect(result.score).toBeLessThanOrEqual(100);
          const worse = riskOf([...signals, alert({ severity: 'high', at: NOW })], criticality, NOW).score;
          expect(worse).toBeGreaterThanOrEqual(result.score);
        },
      ),
      { numRuns: 100 },
    );
  });
});
