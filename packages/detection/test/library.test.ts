import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  formatProblem,
  type KeptPlans,
  keepPlans,
  type LoadedRules,
  labNames,
  loadRules,
  testLibrary,
} from '../src/index.ts';
import { CONTENT_DIR, openTestEngine } from './harness.ts';

let engine: Awaited<ReturnType<typeof openTestEngine>>;
let library: LoadedRules;
let plans: KeptPlans;

beforeAll(async () => {
  engine = await openTestEngine();
  plans = await keepPlans(engine.hunting, engine.store);
  library = await loadRules(CONTENT_DIR, plans.hunting);
});
afterAll(async () => {
  await plans?.save();
  await engine?.close();
});

describe('the detection library', () => {
  it('has no rule with a problem', () => {
    expect(library.problems.map(formatProblem)).toEqual([]);
    expect(library.rules.length).toBeGreaterThanOrEqual(250);
  });

  it('fires on every hit and on no miss, through the real engine', async () => {
    const outcomes = await testLibrary(library.rules, engine.store, plans.hunting);
    const wrong = outcomes.filter(({ ok }) => !ok);
    expect(
      wrong.map(
        ({ file, name, expect: what, drafts }) => `${file}: "${name}" should ${what}, got ${drafts.length} alerts`,
      ),
    ).toEqual([]);
    expect(outcomes.length).toBeGreaterThanOrEqual(library.rules.length * 2);
  }, 240_000);

  it('keys on behaviour, not on the names of tools or test beds', () => {
    const forbidden =
      /stratus|invictus|mordor|theshire|pgustavo|wardog|bert-jan|atomic ?red|purplesharp|workstation\d/i;
    expect(library.rules.filter((rule) => forbidden.test(rule.query)).map((rule) => rule.file)).toEqual([]);
    expect(library.rules.flatMap((rule) => labNames(rule.query).map((text) => `${rule.file}: ${text}`))).toEqual([]);
    expect(labNames('T | where DeviceName == "DESKTOP-A1B2C3D" or IP startswith "10.1.2.3"')).toHaveLength(2);
  });
});
