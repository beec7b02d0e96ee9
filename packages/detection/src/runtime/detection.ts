import { ParapetError } from '@parapet/schema';
import type { TelemetryStore } from '@parapet/store';
import { ProductAlerts } from '../products/intake.ts';
import { keepPlans } from '../rules/kept-plans.ts';
import { type CheckedRule, loadRules } from '../rules/load.ts';
import { formatProblem, type RuleProblem } from '../rules/types.ts';
import { Catalog } from '../stored/catalog.ts';
import { RuleService, type RunningSet, type WriteAudit } from '../stored/service.ts';
import { Tuning } from '../tuning/tuning.ts';
import { ClockRunner } from './clock.ts';
import { ContinuousRunner } from './continuous.ts';
import type { Delivery } from './deliver.ts';
import { createEnricher } from './enrich.ts';
import { runOverHistory } from './history.ts';
import { brokenInfo, type InfoParts, infoOf } from './info.ts';
import { memoryState } from './memory-state.ts';
import { Records } from './records.ts';
import { Registry, RunningRule } from './registry.ts';
import { ScheduledRunner } from './scheduled.ts';
import { NOTHING_YET, type RuleState, sqlState } from './state.ts';
import type { Detection, DetectionOptions } from './types.ts';

/** Events already alerted on are remembered this long after they were seen. */
const MEMORY_DAYS = 90;
const PRUNE_EVERY_MS = 6 * 3_600_000;
const DAY = 86_400_000;

/**
 * Load the rules and keep them running. A rule file with a problem is logged and left out. Rows that were stored while no
 * detection ran are looked at before this resolves; a rule that is seen for the first time starts with the rows that come next.
 * @throws Error when the folder of rules cannot be read or the state cannot
 */
export async function createDetection(options: DetectionOptions): Promise<Detection> {
  const { store, log } = options;
  const plans = await keepPlans(options.hunting, store);
  const { hunting } = plans;
  const now = options.clock ?? (() => new Date());
  const state = options.state ? sqlState(options.state) : memoryState();
  const records = new Records(options.state, now);
  const catalog = new Catalog(options.state, hunting, now);
  const tuning = new Tuning(options.state, options.history, now, log);
  const { rules: delivered, problems, texts } = await loadRules(options.contentDir, hunting);
  for (const problem of problems) log.error({ file: problem.file, line: problem.line }, formatProblem(problem));
  const own = await catalog.load();
  for (const problem of own.problems) log.error({ file: problem.file }, formatProblem(problem));
  await Promise.all([catalog.noteTemplates(texts), tuning.load()]);

  const registry = new Registry(state, records, log, options.audit, now);
  const rules = [...delivered, ...own.rules];
  const stored = await highestBatch(store, rules);
  const remembered = await state.load();
  const exclusions = await catalog.exclusions();
  const add = (rule: CheckedRule, known: RuleState | undefined, through: number): RunningRule => {
    const running = new RunningRule(
      rule,
      known ?? freshState(rule, through, now()),
      hunting,
      store,
      catalog.own.get(rule.id)?.owner ?? '',
      now,
    );
    running.exclusions = exclusions.get(rule.id) ?? [];
    registry.rules.set(rule.id, running);
    registry.version += 1;
    if (!known) registry.touch(running);
    return running;
  };
  for (const rule of rules) add(rule, remembered.get(rule.id), stored);
  // A new rule's mark is kept at once: what arrives before its first run must not be skipped after a crash.
  await registry.flush();
  log.info({ rules: rules.length, problems: problems.length + own.problems.length }, 'detection rules loaded');

  const delivery: Delivery = {
    sink: options.sink,
    state,
    enricher: createEnricher(hunting, log),
    records,
    tuner: tuning,
    now,
  };
  const continuous = new ContinuousRunner(registry, delivery, store, stored);
  const scheduled = new ScheduledRunner(registry, delivery, store, stored);
  const clock = new ClockRunner(registry, delivery, store, stored);
  const products = new ProductAlerts(store, delivery, log);
  await continuous.catchUp();
  await products.start(remembered, await highestBatchOf(store, new Set(['AlertInfo'])));
  scheduled.catchUp();
  clock.start();

  // The first hit of a rule would otherwise wait for its plan. A rule that cannot be compiled says so when it runs.
  let closing = false;
  const warmUp = async (): Promise<void> => {
    for (const { query, rule } of registry.rules.values()) {
      if (closing) return;
      if (rule.kind === 'continuous') await query.rows().catch(() => undefined);
    }
    await plans.save();
  };
  void warmUp();

  const prune = async (): Promise<void> => {
    try {
      const before = new Date(now().getTime() - MEMORY_DAYS * DAY);
      await state.prune(before);
      await records.prune(before);
    } catch (error) {
      log.warn({ err: error }, 'old detection memory could not be removed');
    }
  };
  const pruning = setInterval(() => void prune(), PRUNE_EVERY_MS);
  pruning.unref();

  const find = (ruleId: string): RunningRule => {
    const running = registry.rules.get(ruleId);
    if (!running)
      throw new ParapetError(
        'detection_not_found',
        404,
        'There is no detection rule with this id.',
        'The list of detections shows the ids.',
      );
    return running;
  };

  const broken = new Map<string, readonly RuleProblem[]>();
  for (const problem of own.problems) {
    const id = /([0-9a-f-]{36})\.yaml$/.exec(problem.file)?.[1] ?? '';
    broken.set(id, [...(broken.get(id) ?? []), problem]);
  }
  const infoParts = async (): Promise<InfoParts> => {
    const at = now().getTime();
    const [alerts, alerts30d, today] = await Promise.all([
      options.countAlerts?.() ?? new Map<string, number>(),
      records.totals(new Date(at - 30 * DAY)),
      records.totals(new Date(at - DAY)),
    ]);
    return { catalog, alerts, alerts30d, today, next: (running) => clock.next(running), now };
  };

  const set: RunningSet = {
    get: (id) => registry.rules.get(id),
    all: () => registry.rules.values(),
    textOf: (id) => texts.get(id),
    requery: () => {
      registry.version += 1;
    },
    async put(rule, record, fresh) {
      broken.delete(rule.id);
      const before = registry.rules.get(rule.id);
      const through = before?.state.through ?? (await highestBatch(store, [rule]));
      // Nothing of the old text may run while the new one takes its place.
      const replace = async (): Promise<void> => {
        const known = before && {
          ...before.state,
          failures: 0,
          lastError: null,
          lastErrorCode: null,
          warning: null,
          throttled: false,
        };
        const running = add(rule, known, through);
        running.exclusions = before?.exclusions ?? [];
        if (known) {
          known.shadow = rule.shadow;
          if (rule.enabledByDefault !== before.rule.enabledByDefault) known.enabled = rule.enabledByDefault;
          // The new text starts with what comes next, not with what the old one was still owed.
          known.attempt = null;
        }
        registry.touch(running);
        await registry.flush();
      };
      await (before ? before.exclusive(replace) : replace());
      log.info({ ruleId: rule.id, version: record.version, fresh }, 'a detection rule was stored');
    },
    async putMany(rules) {
      const through = await highestBatch(store, rules);
      for (const rule of rules) {
        broken.delete(rule.id);
        add(rule, undefined, through);
      }
      await registry.flush();
      // The next start would compile thousands of imported rules again.
      if (rules.length >= MANY) void plans.save();
      log.info({ rules: rules.length }, 'detection rules were stored');
    },
    async remove(id) {
      const before = registry.rules.get(id);
      broken.delete(id);
      registry.rules.delete(id);
      registry.version += 1;
      await before?.exclusive(async () => undefined);
    },
  };
  const audit: WriteAudit = async (actor, action, target, before, after) => {
    await options.audit?.({
      actor: actor.username,
      action,
      target,
      before,
      after,
      ...(actor.remoteAddress ? { remoteAddress: actor.remoteAddress } : {}),
    });
  };
  const service = new RuleService(catalog, set, { hunting, store, now }, audit);

  return {
    problems: [...problems, ...own.problems],
    service,
    tuning,
    records,
    audit,
    async statistics(since, history = options.history) {
      const [found, costs] = await Promise.all([history?.statistics(since) ?? [], records.totals(since)]);
      return found
        .map((each) => {
          const cost = costs.get(each.ruleId);
          const name = registry.rules.get(each.ruleId)?.rule.name ?? each.ruleId;
          return { ...each, name, hidden: cost?.hidden ?? 0, engineMs: Math.round(cost?.engineMs ?? 0) };
        })
        .sort((a, b) => b.alerts - a.alerts || a.name.localeCompare(b.name));
    },
    async onBatch(batch) {
      scheduled.onBatch(batch);
      clock.onBatch(batch.batch);
      await Promise.all([continuous.onBatch(batch), products.onBatch(batch)]);
    },
    async settle() {
      await continuous.settle();
      await scheduled.settle();
      await clock.settle();
      await products.settle();
      await records.flush();
    },
    async list() {
      const parts = await infoParts();
      const shown = [...registry.rules.values()].map((running) => infoOf(running, parts));
      for (const [id, found] of broken) {
        const info = registry.rules.has(id) ? undefined : brokenInfo(id, catalog, found);
        if (info) shown.push(info);
      }
      return shown;
    },
    async get(ruleId) {
      const running = registry.rules.get(ruleId);
      if (running) return infoOf(running, await infoParts());
      return brokenInfo(ruleId, catalog, broken.get(ruleId) ?? []);
    },
    async setEnabled(ruleId, enabled, actor) {
      const running = find(ruleId);
      const before = running.state.enabled;
      if (before !== enabled) {
        const latest = enabled ? await highestBatch(store, [running.rule]) : 0;
        await running.exclusive(async () => {
          running.state.enabled = enabled;
          registry.version += 1;
          if (enabled) {
            Object.assign(running.state, {
              failures: 0,
              lastError: null,
              lastErrorCode: null,
              attempt: null,
              // Runs that were due while it was off are not owed.
              plannedThrough: running.state.plannedThrough && now().toISOString(),
              suppressedUntil: null,
            });
            running.state.through = Math.max(running.state.through, latest);
          }
          await state.save([running.state]);
        });
        await records.settleNotices(ruleId, actor.username).catch(() => undefined);
        await options.audit?.({
          actor: actor.username,
          action: enabled ? 'detection.enabled' : 'detection.disabled',
          target: ruleId,
          before: { enabled: before },
          after: { enabled, title: running.rule.title },
          ...(actor.remoteAddress ? { remoteAddress: actor.remoteAddress } : {}),
        });
      }
      return infoOf(running, await infoParts());
    },
    async setShadow(ruleId, shadow, actor) {
      const running = find(ruleId);
      const before = running.state.shadow;
      if (before !== shadow) {
        await running.exclusive(async () => {
          running.state.shadow = shadow;
          await state.save([running.state]);
        });
        await options.audit?.({
          actor: actor.username,
          action: shadow ? 'detection.shadowed' : 'detection.unshadowed',
          target: ruleId,
          before: { shadow: before },
          after: { shadow },
          ...(actor.remoteAddress ? { remoteAddress: actor.remoteAddress } : {}),
        });
      }
      return infoOf(running, await infoParts());
    },
    async runNow(ruleId) {
      const running = find(ruleId);
      if (running.rule.trigger !== 'clock')
        throw new ParapetError(
          'not_on_the_clock',
          409,
          'This rule runs when rows arrive.',
          'Run it over history to look at rows that are stored already.',
        );
      const { rows, alerts } = await clock.runNow(running);
      return { rows, alerts };
    },
    async runOverHistory(ruleId, range, job) {
      const chosen =
        ruleId === 'all' ? [...registry.rules.values()].filter((running) => running.state.enabled) : [find(ruleId)];
      return runOverHistory(chosen, range, job, { store, delivery, registry });
    },
    async close() {
      closing = true;
      clearInterval(pruning);
      await continuous.close();
      await scheduled.close();
      await clock.close();
      await products.close();
      await registry.flush().catch(() => undefined);
      await records.close();
    },
  };
}

const freshState = (rule: CheckedRule, through: number, at: Date): RuleState => ({
  ruleId: rule.id,
  enabled: rule.enabledByDefault,
  through,
  attempt: null,
  failures: 0,
  lastRun: null,
  lastRunMs: null,
  lastErrorCode: null,
  lastError: null,
  ...NOTHING_YET,
  shadow: rule.shadow,
  // The first planned run is a minute from now: whoever saves a rule wants to see it work.
  plannedThrough:
    rule.trigger === 'clock' && !rule.startAt
      ? new Date(at.getTime() - rule.frequencyMs + FIRST_RUN_MS).toISOString()
      : null,
});

/** Rules that come at once from so many on are worth keeping compiled at once. */
const MANY = 50;
/** Time from saving a rule on the clock to its first run. */
const FIRST_RUN_MS = 10_000;

/** Highest batch number in the tables that rules read. */
const highestBatch = (store: TelemetryStore, rules: readonly CheckedRule[]): Promise<number> =>
  highestBatchOf(store, new Set(rules.flatMap((rule) => rule.tables)));

async function highestBatchOf(store: TelemetryStore, names: ReadonlySet<string>): Promise<number> {
  const parts = store.schema.tables
    .filter((table) => names.has(table.name))
    .map((table) => `SELECT max(_Batch) AS batch FROM ${table.physical}`);
  if (parts.length === 0) return 0;
  const result = await store.query(`SELECT max(batch) FROM (${parts.join(' UNION ALL ')})`, { lane: 'background' });
  return Number(result.rows[0]?.[0] ?? 0);
}
