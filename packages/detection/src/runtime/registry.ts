import type { Hunting, TelemetryStore } from '@parapet/store';
import type { CheckedRule } from '../rules/load.ts';
import { classifyFailure, type RunFailure } from './failures.ts';
import { RuleQuery } from './rule-query.ts';
import type { DetectionState, RuleState } from './state.ts';
import type { Audit, DetectionLog } from './types.ts';

/** Spec B 4.7. */
export const MAX_FAILURES = 10;

/** A rule with its compiled query and its remembered state. */
export class RunningRule {
  readonly query: RuleQuery;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(
    readonly rule: CheckedRule,
    readonly state: RuleState,
    hunting: Hunting,
    store: TelemetryStore,
  ) {
    this.query = new RuleQuery(rule, hunting, store);
  }

  /** One run at a time: live runs and runs over history must see each other's alerts. */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work, work);
    this.#tail = result.catch(() => undefined);
    return result;
  }
}

/** All rules, their switches and the record of their runs. */
export class Registry {
  readonly rules = new Map<string, RunningRule>();
  readonly #dirty = new Set<RunningRule>();

  constructor(
    readonly state: DetectionState,
    readonly log: DetectionLog,
    readonly audit: Audit | undefined,
    readonly now: () => Date,
  ) {}

  /** Rules of a kind that are switched on. */
  active(kind: CheckedRule['kind']): RunningRule[] {
    return [...this.rules.values()].filter(({ rule, state }) => state.enabled && rule.kind === kind);
  }

  touch(running: RunningRule): void {
    this.#dirty.add(running);
  }

  /** Persist what changed, in one statement. */
  async flush(): Promise<void> {
    const states = [...this.#dirty].map(({ state }) => state);
    this.#dirty.clear();
    await this.state.save(states);
  }

  succeeded({ state }: RunningRule, through: number, elapsedMs: number): void {
    state.through = Math.max(state.through, through);
    state.attempt = null;
    state.failures = 0;
    state.lastRun = this.now().toISOString();
    state.lastRunMs = elapsedMs;
    state.lastError = null;
    state.lastErrorCode = null;
  }

  /** Record a failed run; the tenth in a row switches the rule off, visibly. */
  async failed(running: RunningRule, error: unknown): Promise<RunFailure> {
    const { rule, state } = running;
    const failure = classifyFailure(error);
    state.lastRun = this.now().toISOString();
    state.lastErrorCode = failure.code;
    state.lastError = `${failure.code}: ${failure.message}`;
    if (failure.counts) state.failures += 1;
    this.log.warn(
      { err: error, ruleId: rule.id, code: failure.code, failures: state.failures },
      `rule "${rule.title}" failed`,
    );
    if (state.failures >= MAX_FAILURES && state.enabled) {
      state.enabled = false;
      state.lastError = `Switched off after ${MAX_FAILURES} failures in a row. Last: ${state.lastError}`;
      this.log.error(
        { ruleId: rule.id, file: rule.file },
        `rule "${rule.title}" was switched off after ${MAX_FAILURES} failures in a row`,
      );
      await this.audit?.({
        actor: 'system',
        action: 'detection.switchedOff',
        target: rule.id,
        before: { enabled: true },
        after: { enabled: false, reason: state.lastError },
      });
    }
    this.touch(running);
    return failure;
  }
}
