import { type DetectionInfo, ParapetError } from '@parapet/schema';
import type { TelemetryStore } from '@parapet/store';
import { type CheckedRule, loadRules } from '../rules/load.ts';
import { formatProblem } from '../rules/types.ts';
import { ContinuousRunner } from './continuous.ts';
import type { Delivery } from './deliver.ts';
import { createEnricher } from './enrich.ts';
import { runOverHistory } from './history.ts';
import { Registry, RunningRule } from './registry.ts';
import { ScheduledRunner } from './scheduled.ts';
import { memoryState, sqlState } from './state.ts';
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
  const { hunting, store, log } = options;
  const now = options.clock ?? (() => new Date());
  const state = options.state ? sqlState(options.state) : memoryState();
  const { rules, problems } = await loadRules(options.contentDir, hunting);
  for (const problem of problems) log.error({ file: problem.file, line: problem.line }, formatProblem(problem));

  const registry = new Registry(state, log, options.audit, now);
  const stored = await highestBatch(store, rules);
  const remembered = await state.load();
  for (const rule of rules) {
    const known = remembered.get(rule.id);
    const running = new RunningRule(rule, known ?? freshState(rule.id, stored), hunting, store);
    registry.rules.set(rule.id, running);
    if (!known) registry.touch(running);
  }
  // A new rule's mark is kept at once: what arrives before its first run must not be skipped after a crash.
  await registry.flush();
  log.info({ rules: rules.length, problems: problems.length }, 'detection rules loaded');

  const delivery: Delivery = { sink: options.sink, state, enricher: createEnricher(hunting, log), now };
  const continuous = new ContinuousRunner(registry, delivery, store, stored);
  const scheduled = new ScheduledRunner(registry, delivery, store, stored);
  await continuous.catchUp();
  scheduled.catchUp();

  // The first batch would otherwise wait for the plan of every rule. A rule that cannot be compiled says so when it runs.
  let closing = false;
  const warmUp = async (): Promise<void> => {
    for (const { query } of registry.rules.values()) {
      if (closing) return;
      await query.count().catch(() => undefined);
    }
  };
  void warmUp();

  const prune = async (): Promise<void> => {
    try {
      await state.prune(new Date(now().getTime() - MEMORY_DAYS * DAY));
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
  const counts = async (): Promise<ReadonlyMap<string, number>> => (await options.countAlerts?.()) ?? new Map();

  return {
    problems,
    async onBatch(batch) {
      scheduled.onBatch(batch);
      await continuous.onBatch(batch);
    },
    async settle() {
      await continuous.settle();
      await scheduled.settle();
    },
    async list() {
      const alerts = await counts();
      return [...registry.rules.values()].map((running) => infoOf(running, alerts));
    },
    async get(ruleId) {
      const running = registry.rules.get(ruleId);
      return running ? infoOf(running, await counts()) : undefined;
    },
    async setEnabled(ruleId, enabled, actor) {
      const running = find(ruleId);
      const before = running.state.enabled;
      if (before !== enabled) {
        const latest = enabled ? await highestBatch(store, [running.rule]) : 0;
        await running.exclusive(async () => {
          running.state.enabled = enabled;
          if (enabled) {
            Object.assign(running.state, { failures: 0, lastError: null, lastErrorCode: null, attempt: null });
            running.state.through = Math.max(running.state.through, latest);
          }
          await state.save([running.state]);
        });
        await options.audit?.({
          actor: actor.username,
          action: enabled ? 'detection.enabled' : 'detection.disabled',
          target: ruleId,
          before: { enabled: before },
          after: { enabled, title: running.rule.title },
          ...(actor.remoteAddress ? { remoteAddress: actor.remoteAddress } : {}),
        });
      }
      return infoOf(running, await counts());
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
      await registry.flush().catch(() => undefined);
    },
  };
}

const freshState = (ruleId: string, through: number): RunningRule['state'] => ({
  ruleId,
  enabled: true,
  through,
  attempt: null,
  failures: 0,
  lastRun: null,
  lastRunMs: null,
  lastErrorCode: null,
  lastError: null,
});

/** Highest batch number in the tables that rules read. */
async function highestBatch(store: TelemetryStore, rules: readonly CheckedRule[]): Promise<number> {
  const names = new Set(rules.flatMap((rule) => rule.tables));
  const parts = store.schema.tables
    .filter((table) => names.has(table.name))
    .map((table) => `SELECT max(_Batch) AS batch FROM ${table.physical}`);
  if (parts.length === 0) return 0;
  const result = await store.query(`SELECT max(batch) FROM (${parts.join(' UNION ALL ')})`, { lane: 'background' });
  return Number(result.rows[0]?.[0] ?? 0);
}

function infoOf({ rule, state }: RunningRule, alerts: ReadonlyMap<string, number>): DetectionInfo {
  return {
    id: rule.id,
    title: rule.title,
    description: rule.description,
    severity: rule.severity,
    category: rule.category,
    techniques: rule.techniques,
    kind: rule.kind,
    tables: rule.tables,
    enabled: state.enabled,
    query: rule.query,
    recommendedActions: rule.recommendedActions,
    falsePositives: rule.falsePositives,
    lastRun: state.lastRun,
    lastRunMs: state.lastRunMs === null ? null : Math.round(state.lastRunMs),
    lastError: state.lastError,
    alerts: alerts.get(rule.id) ?? 0,
  };
}
