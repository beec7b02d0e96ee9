import type { Finding } from './find.ts';
import type { Loaded } from './load.ts';

const SERIOUS = new Set(['medium', 'high']);
export const serious = (finding: Finding): boolean => SERIOUS.has(finding.draft.severity);
const percent = (part: number, whole: number): string =>
  whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)}% (${part}/${whole})`;

/** Equal, or one is the technique the other refines. */
const related = (a: string, b: string): boolean => a === b || a.split('.')[0] === b || b.split('.')[0] === a;

const by = <T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> => {
  const map = new Map<string, T[]>();
  for (const item of items) map.set(key(item), [...(map.get(key(item)) ?? []), item]);
  return map;
};

/** Share of simulations with an alert of medium or higher for a published technique, by area. */
export function recall(loaded: Loaded, findings: readonly Finding[], missed: boolean): string {
  const of = by(findings.filter(serious), ({ unit }) => unit);
  const lines = ['\nRecall: simulations with an alert of medium or higher for a published technique'];
  const areas = new Map<string, { hit: number; any: number; all: number; missed: string[] }>();
  for (const unit of Object.values(loaded.units)) {
    if (unit.kind !== 'attack') continue;
    const area = unit.name.split('/').slice(0, 2).join('/');
    const sums = areas.get(area) ?? { hit: 0, any: 0, all: 0, missed: [] };
    const alerts = of.get(unit.name) ?? [];
    const hit =
      unit.techniques.length === 0
        ? alerts.length > 0
        : alerts.some(({ rule }) =>
            rule.techniques.some((one) => unit.techniques.some((other) => related(one, other))),
          );
    sums.all += 1;
    if (alerts.length > 0) sums.any += 1;
    if (hit) sums.hit += 1;
    else
      sums.missed.push(
        `    ${unit.name} (${unit.techniques.join(' ')}), alerts: ${[...new Set(alerts.map(({ rule }) => rule.file))].join(', ') || 'none'}`,
      );
    areas.set(area, sums);
  }
  let hits = 0;
  let all = 0;
  let any = 0;
  for (const [area, sums] of areas) {
    lines.push(`  ${area}: ${percent(sums.hit, sums.all)}, with any alert ${percent(sums.any, sums.all)}`);
    if (missed) lines.push(...sums.missed);
    hits += sums.hit;
    all += sums.all;
    any += sums.any;
  }
  lines.push(`  all: ${percent(hits, all)}, with any alert ${percent(any, all)}`);
  return lines.join('\n');
}

/** Alerts of medium or higher on recordings of ordinary work. */
export function precision(loaded: Loaded, findings: readonly Finding[]): string {
  const of = by(findings.filter(serious), ({ unit }) => unit);
  const lines = ['\nPrecision: alerts of medium or higher on ordinary work'];
  let events = 0;
  let alerts = 0;
  for (const unit of Object.values(loaded.units)) {
    const own = of.get(unit.name) ?? [];
    if (unit.kind === 'benign') {
      events += unit.events;
      alerts += own.length;
    } else if (unit.kind !== 'unlabelled') continue;
    if (unit.kind === 'unlabelled' && own.length === 0) continue;
    lines.push(
      `  ${unit.name}${unit.kind === 'unlabelled' ? ' (unlabelled)' : ''}: ${own.length} alerts, ${unit.events} events`,
    );
    for (const [file, list] of by(own, ({ rule }) => rule.file))
      lines.push(`    ${list.length} ${file}: ${list[0]?.draft.title}`);
  }
  lines.push(
    `  false alerts on ${events} ordinary events: ${alerts}, ${events ? ((alerts * 100_000) / events).toFixed(1) : '–'} per 100,000`,
  );
  return lines.join('\n');
}

/** Events with a verdict of their own: an alert where one is expected and none where not. */
export function verdicts(loaded: Loaded, findings: readonly Finding[], missed: boolean): string {
  const of = by(findings, ({ index }) => index);
  const lines = [
    '\nVerdicts of single events: right where an alert is expected, right where none is (medium or higher)',
  ];
  /** What fires on the cases a verdict's own detection is for: a near miss of it must be told from them by the same detections. */
  const own = new Map<string, Set<string>>();
  for (const [index, label] of Object.entries(loaded.labels))
    if (label.expected)
      for (const { rule } of of.get(index) ?? [])
        own.set(label.rule, (own.get(label.rule) ?? new Set()).add(rule.file));
  let near = 0;
  let told = 0;
  const wrong: string[] = [];
  const total = { hit: 0, hits: 0, quiet: 0, misses: 0, loud: 0 };
  for (const [unit, entries] of by(Object.entries(loaded.labels), ([, label]) => label.unit)) {
    const sums = { hit: 0, hits: 0, quiet: 0, misses: 0, loud: 0 };
    for (const [index, label] of entries) {
      const alerts = of.get(index) ?? [];
      if (label.expected) {
        sums.hits += 1;
        if (alerts.length > 0) sums.hit += 1;
        if (alerts.some(serious)) sums.loud += 1;
        if (alerts.length === 0) wrong.push(`    missed ${label.rule}: ${label.test} [${index}]`);
      } else {
        sums.misses += 1;
        near += 1;
        if (!alerts.some((alert) => serious(alert) && own.get(label.rule)?.has(alert.rule.file))) told += 1;
        if (!alerts.some(serious)) sums.quiet += 1;
        else
          wrong.push(
            `    false  ${label.rule}: ${label.test} [${index}], ${[...new Set(alerts.map(({ rule }) => rule.file))].join(', ')}`,
          );
      }
    }
    lines.push(
      `  ${unit}: expected ${percent(sums.hit, sums.hits)} (medium or higher ${sums.loud}), quiet ${percent(sums.quiet, sums.misses)}`,
    );
    for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += sums[key];
  }
  if (total.hits === 0) return '';
  lines.push(
    `  all: expected ${percent(total.hit, total.hits)} (medium or higher ${total.loud}), quiet ${percent(total.quiet, total.misses)}`,
  );
  lines.push(`  near misses told apart by the detections that find the real thing: ${percent(told, near)}`);
  if (missed) lines.push(...wrong);
  return lines.join('\n');
}
