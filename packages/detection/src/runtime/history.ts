import { ParapetError } from '@parapet/schema';
import type { TelemetryStore } from '@parapet/store';
import { type Delivered, type Delivery, deliver } from './deliver.ts';
import type { Registry, RunningRule } from './registry.ts';
import { RunTally, record, usable } from './run.ts';
import type { HistoryResult, JobContext } from './types.ts';

const DAY = 86_400_000;
/** A stretch is not halved below this, however many rows it has. */
const SMALLEST_MS = 1000;

/** Where the rows of some tables begin and end, in milliseconds; undefined when they are empty. */
async function extent(
  store: TelemetryStore,
  tables: readonly string[],
): Promise<{ from: number; to: number } | undefined> {
  let found: { from: number; to: number } | undefined;
  for (const name of tables) {
    const table = store.schema.tables.find((candidate) => candidate.name === name);
    if (!table?.timeColumn) continue;
    const result = await store.query(
      `SELECT count(), toUnixTimestamp64Milli(min(\`${table.timeColumn}\`)), toUnixTimestamp64Milli(max(\`${table.timeColumn}\`)) FROM ${table.physical}`,
      { lane: 'background' },
    );
    const [count, first, last] = result.rows[0] ?? [];
    if (!Number(count)) continue;
    found = {
      from: Math.min(found?.from ?? Number.POSITIVE_INFINITY, Number(first)),
      to: Math.max(found?.to ?? Number.NEGATIVE_INFINITY, Number(last)),
    };
  }
  return found;
}

/** Run rules over stored rows, a day at a time, one rule after the other. A rule that fails is reported, the others go on. */
export async function runOverHistory(
  rules: readonly RunningRule[],
  range: { readonly from?: Date; readonly to?: Date },
  job: JobContext,
  parts: { readonly store: TelemetryStore; readonly delivery: Delivery; readonly registry: Registry },
): Promise<HistoryResult> {
  const failed: HistoryResult['failed'][number][] = [];
  let created = 0;
  let repeated = 0;
  let hidden = 0;
  for (const [index, running] of rules.entries()) {
    const { rule } = running;
    const step = (part: number) =>
      job.progress((index + part) / rules.length, `${rule.title} (${index + 1} of ${rules.length})`);
    step(0);
    const tally = new RunTally(parts.registry.now());
    let span: { from: number; to: number } | undefined;
    try {
      const data = await extent(parts.store, rule.tables);
      if (data) {
        const from = Math.max(data.from, range.from?.getTime() ?? data.from);
        const to = Math.min(data.to, range.to?.getTime() ?? data.to);
        span = { from, to };
        for (let at = from; at <= to; at += DAY) {
          stopIfAsked(job.signal);
          const end = Math.min(to, at + DAY - 1);
          const result = await running.exclusive(() => runStretch(running, at, end, job.signal, parts.delivery, tally));
          created += result.created;
          repeated += result.repeated;
          hidden += result.hidden;
          step(to > from ? (end - from) / (to - from) : 1);
        }
      }
      running.state.lastRun = parts.registry.now().toISOString();
      running.state.lastRunMs = tally.elapsedMs;
      record(parts.registry, running, tally, { kind: 'history', ...span, listed: true });
      parts.registry.touch(running);
    } catch (error) {
      stopIfAsked(job.signal);
      const failure = await parts.registry.failed(running, error);
      record(parts.registry, running, tally, { kind: 'history', ...span, listed: true, error: failure });
      failed.push({ ruleId: rule.id, title: rule.title, error: failure.message });
    }
    await parts.registry.flush();
  }
  job.progress(
    1,
    `${created} new ${created === 1 ? 'alert' : 'alerts'} from ${rules.length} ${rules.length === 1 ? 'rule' : 'rules'}`,
  );
  return { rules: rules.length, created, repeated, hidden, failed };
}

function stopIfAsked(signal: AbortSignal): void {
  if (signal.aborted) throw new ParapetError('query_cancelled', 499, 'The run over history was cancelled.');
}

async function runStretch(
  running: RunningRule,
  from: number,
  to: number,
  signal: AbortSignal,
  delivery: Delivery,
  tally: RunTally,
): Promise<Delivered> {
  const { rule, query } = running;
  // Aggregates need what lies around the stretch; the row-wise ones judge each event by itself.
  const margin = rule.kind === 'continuous' ? 0 : rule.lookbackMs;
  const window = { times: { from: from - margin, to: to + margin } };
  const result = await query.run(window, { signal });
  if (result.truncated && to - from > SMALLEST_MS) {
    tally.engineMs += result.elapsedMs;
    const middle = Math.floor((from + to) / 2);
    const left = await runStretch(running, from, middle, signal, delivery, tally);
    const right = await runStretch(running, middle + 1, to, signal, delivery, tally);
    return {
      created: left.created + right.created,
      repeated: left.repeated + right.repeated,
      hidden: left.hidden + right.hidden,
    };
  }
  tally.read(result);
  if (result.truncated) tally.cutOff += await query.total(window);
  const delivered = await deliver(delivery, running, usable(running, result.rows, tally), { backfilled: true });
  tally.delivered(delivered);
  return delivered;
}
