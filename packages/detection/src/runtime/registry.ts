import type { Hunting, TelemetryStore } from '@parapet/store';
import type { CheckedRule } from '../rules/load.ts';
import type { Exclusion } from '../rules/types.ts';
import { classifyFailure, type RunFailure } from './failures.ts';
import type { Records } from './records.ts';
import { RuleQuery } from './rule-query.ts';
import type { DetectionState, RuleState } from './state.ts';
import type { Audit, DetectionLog } from './types.ts';

/** Spec B 4.7. */
export const MAX_FAILURES = 10;
/** A run of a rule on arriving rows may take this much of the engine; beyond, the rule rests. */
const FREE_MS = 500;
/** It rests this many times as long as the run took: such a rule gets at most a tenth of one core. */
const REST_FACTOR = 10;
/** Dear runs in a row before the rule rests: one may be the engine's, not the rule's. */
const DEAR_RUNS = 2;
/** And before a person is told. */
const TELL_AFTER = 10;

/** A rule with its compiled query and its remembered state. */
export class RunningRule {
  readonly query: RuleQuery;
  /** Exclusions kept beside the rule. */
  exclusions: readonly Exclusion[] = [];
  /** Milliseconds since the epoch before which the rule does not run by itself. */
  restUntil = 0;
  #dear = 0;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(
    readonly rule: CheckedRule,
    readonly state: RuleState,
    hunting: Hunting,
    store: TelemetryStore,
    readonly owner: string,
    now: () => Date,
  ) {
    this.query = new RuleQuery(rule, hunting, store, () => this.exclusions, now);
  }

  /** One run at a time: live runs and runs over history must see each other's alerts. */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work, work);
    this.#tail = result.catch(() => undefined);
    return result;
  }

  /**
   * Weigh what a run on arriving rows took of the engine. A rule that is too dear rests and then looks at everything that has come
   * meanwhile; the others are not slowed down by it.
   * @returns true when it is time to tell a person
   */
  weigh(engineMs: number): boolean {
    if (engineMs <= FREE_MS) {
      this.#dear = 0;
      this.state.throttled = false;
      return false;
    }
    this.#dear += 1;
    if (this.#dear < DEAR_RUNS) return false;
    this.restUntil = Date.now() + engineMs * REST_FACTOR;
    this.state.throttled = true;
    return this.#dear === TELL_AFTER;
  }
}

/** All rules, their switches and the record of their runs. */
export class Registry {
  readonly rules = new Map<string, RunningRule>();
  readonly #dirty = new Set<RunningRule>();
  /** Changes with the set of rules that run. */
  version = 0;

  constructor(
    readonly state: DetectionState,
    readonly records: Records,
    readonly log: DetectionLog,
    readonly audit: Audit | undefined,
    readonly now: () => Date,
  ) {}

  /** Rules that are switched on and run in a way. */
  active(how: 'continuous' | 'arrival' | 'clock'): RunningRule[] {
    return [...this.rules.values()].filter(({ rule, state }) => {
      if (!state.enabled) return false;
      return how === 'continuous' ? rule.kind === 'continuous' : rule.kind !== 'continuous' && rule.trigger === how;
    });
  }

  touch(running: RunningRule): void {
    this.#dirty.add(running);
  }

  /** Persist what changed, in one statement. */
  async flush(): Promise<void> {
    const states = [...this.#dirty]
      .filter((running) => this.rules.get(running.rule.id) === running)
      .map(({ state }) => state);
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
      `rule "${rule.name}" failed`,
    );
    if (state.failures >= MAX_FAILURES && state.enabled) {
      state.enabled = false;
      this.version += 1;
      state.lastError = `Switched off after ${MAX_FAILURES} failures in a row. Last: ${state.lastError}`;
      this.log.error(
        { ruleId: rule.id, file: rule.file },
        `rule "${rule.name}" was switched off after ${MAX_FAILURES} failures in a row`,
      );
      await this.records
        .notify({ ruleId: rule.id, kind: 'switchedOff', text: state.lastError, owner: running.owner })
        .catch((reason: unknown) => this.log.warn({ err: reason }, 'a notice could not be stored'));
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
