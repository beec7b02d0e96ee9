import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatProblem, type LoadedRules, loadRules, testRule } from '../src/index.ts';
import { CONTENT_DIR, openTestEngine } from './harness.ts';

let engine: Awaited<ReturnType<typeof openTestEngine>>;
let library: LoadedRules;

beforeAll(async () => {
  engine = await openTestEngine();
  library = await loadRules(CONTENT_DIR, engine.hunting);
});
afterAll(() => engine?.close());

describe('the detection library', () => {
  it('has no rule with a problem', () => {
    expect(library.problems.map(formatProblem)).toEqual([]);
    expect(library.rules.length).toBeGreaterThanOrEqual(70);
  });

  it('fires on every hit and on no miss, through the real engine', async () => {
    const failures: string[] = [];
    let cases = 0;
    for (const rule of library.rules)
      for (const outcome of await testRule(rule, engine.store, engine.hunting)) {
        cases += 1;
        if (outcome.ok) continue;
        failures.push(`${rule.file}: "${outcome.name}" should ${outcome.expect}, got ${outcome.drafts.length} alerts`);
      }
    expect(failures).toEqual([]);
    expect(cases).toBeGreaterThanOrEqual(library.rules.length * 2);
  }, 240_000);

  it('keys on behaviour, not on the names of tools or test beds', () => {
    const forbidden =
      /stratus|invictus|mordor|theshire|pgustavo|wardog|bert-jan|atomic ?red|purplesharp|workstation\d/i;
    expect(library.rules.filter((rule) => forbidden.test(rule.query)).map((rule) => rule.file)).toEqual([]);
  });
});
