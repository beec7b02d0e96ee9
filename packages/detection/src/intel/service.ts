/** Threat intelligence: indicators come in, rows are compared with them when they arrive and, for new indicators, back over history. */
import type { IntelImported, IntelIndicatorInput } from '@parapet/schema';
import { ParapetError } from '@parapet/schema';
import type { TelemetryStore } from '@parapet/store';
import type { QueryRunner } from '../runtime/state.ts';
import type { CommittedBatch, DetectionLog } from '../runtime/types.ts';
import { readCsv } from './csv.ts';
import { Feeds, type Sealer } from './feeds.ts';
import { Indicators } from './indicators.ts';
import { loadObservables, Matcher } from './matcher.ts';
import { DEFAULT_DAYS, kindOf, normalised } from './observables.ts';
import { readStix } from './stix.ts';
import type { IndicatorInput, Verdict } from './types.ts';

const DAY = 86_400_000;
/** How far back a new indicator is looked for (spec B 8.7). */
export const RETRO_DAYS = 30;
export const PORTAL_SOURCE = 'Portal';
const MAX_PROBLEMS = 200;

export interface IntelOptions {
  readonly store: TelemetryStore;
  readonly db: QueryRunner;
  readonly sealer: Sealer;
  /** `content/intel/observables.yaml` */
  readonly observablesFile: string;
  readonly log: DetectionLog;
  /** Tell the rules of matches that were stored. */
  readonly announce: (batch: CommittedBatch) => Promise<void>;
  readonly clock?: () => Date;
}

export interface IntelJob {
  readonly signal: AbortSignal;
  progress(fraction: number | null, detail: string): void;
}

export class Intel {
  readonly feeds: Feeds;
  readonly #matcher: Matcher;
  #lastBatch = 1;
  /** Looking back is wide; one at a time. */
  #retro: Promise<unknown> = Promise.resolve();
  /** Batches are handed on in their order. */
  #arrivals: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly options: IntelOptions,
    readonly indicators: Indicators,
  ) {
    const now = options.clock ?? (() => new Date());
    this.#matcher = new Matcher(options.store, indicators, loadObservables(options.observablesFile), now);
    this.feeds = new Feeds(
      options.db,
      options.sealer,
      async (source, objects, signal) => {
        const result = await this.importStix({ objects }, source, 'feed', { signal, progress: () => undefined });
        return result.indicators;
      },
      options.log,
      now,
    );
  }

  /** @throws Error when the file of observables names what does not exist */
  static async open(options: IntelOptions): Promise<Intel> {
    return new Intel(options, await Indicators.open(options.store, options.clock ?? (() => new Date())));
  }

  #now(): Date {
    return this.options.clock?.() ?? new Date();
  }

  /**
   * Compare a batch that was stored. Never rejects: a failure is logged, and the rows can be looked at again from history.
   * @returns the batch with the matches among its tables
   */
  onBatch(batch: CommittedBatch): Promise<CommittedBatch> {
    this.#lastBatch = Math.max(this.#lastBatch, batch.batch);
    if (this.indicators.empty) return Promise.resolve(batch);
    const work = this.#arrivals.then(() => this.#compare(batch));
    this.#arrivals = work;
    return work;
  }

  async #compare(batch: CommittedBatch): Promise<CommittedBatch> {
    try {
      const tables = Object.keys(batch.tables).filter((table) => (batch.tables[table] ?? 0) > 0);
      const window = { batches: { from: batch.batch, to: batch.batch }, tables };
      const matches = await this.#matcher.run(window, batch.batch, false);
      return matches > 0 ? { ...batch, tables: { ...batch.tables, ThreatIntelMatches: matches } } : batch;
    } catch (error) {
      this.options.log.error({ err: error, batch: batch.batch }, 'rows could not be compared with threat intelligence');
      return batch;
    }
  }

  /** Look for indicators of a version, or all, in the rows of the last days. */
  async lookBack(version: number | undefined, job: IntelJob, days = RETRO_DAYS): Promise<number> {
    const work = this.#retro.then(async () => {
      job.progress(null, `looking at the rows of the last ${days} days`);
      const since = this.#now().getTime() - days * DAY;
      const matches = await this.#matcher.run(
        { since, ...(version === undefined ? {} : { version }) },
        this.#lastBatch,
        true,
        job.signal,
      );
      if (matches > 0)
        await this.options.announce({
          batch: this.#lastBatch,
          receivedAt: this.#now().toISOString(),
          tables: { ThreatIntelMatches: matches },
          acknowledgedAt: this.#now().getTime(),
        });
      return matches;
    });
    this.#retro = work.catch(() => undefined);
    return work;
  }

  async #store(
    source: string,
    indicators: readonly IndicatorInput[],
    verdicts: readonly Verdict[],
    objects: number,
    by: string,
    job: IntelJob,
  ): Promise<IntelImported> {
    let matches = 0;
    if (indicators.length > 0) {
      job.progress(null, `storing ${indicators.length.toLocaleString('en')} indicators`);
      const version = await this.indicators.put(source, indicators, by, job.signal);
      matches = await this.lookBack(version, job);
    }
    return {
      indicators: indicators.length,
      objects,
      matches,
      refused: verdicts.length,
      problems: verdicts.slice(0, MAX_PROBLEMS),
    };
  }

  /** @throws Error when it is no STIX at all */
  async importStix(data: unknown, source: string, by: string, job: IntelJob): Promise<IntelImported> {
    const { indicators, objects, verdicts } = readStix(data, this.#now());
    await this.indicators.putObjects(source, objects);
    return this.#store(source, indicators, verdicts, objects.length, by, job);
  }

  async importCsv(text: string, source: string, by: string, job: IntelJob): Promise<IntelImported> {
    const { indicators, verdicts } = readCsv(text, this.#now());
    return this.#store(source, indicators, verdicts, 0, by, job);
  }

  /** A file of either kind. @throws ParapetError `invalid_request` */
  async importFile(bytes: Buffer, source: string, by: string, job: IntelJob): Promise<IntelImported> {
    const text = bytes.toString('utf8');
    if (!/^[\s\ufeff]*[[{]/.test(text)) return this.importCsv(text, source, by, job);
    let data: unknown;
    try {
      data = JSON.parse(text.replace(/^\ufeff/, ''));
    } catch {
      throw new ParapetError(
        'invalid_request',
        400,
        'The file begins like JSON and is not.',
        'Send a STIX bundle or a CSV file.',
      );
    }
    try {
      return await this.importStix(data, source, by, job);
    } catch (error) {
      if (error instanceof ParapetError || job.signal.aborted) throw error;
      throw new ParapetError('invalid_request', 400, `${(error as Error).message}.`);
    }
  }

  /** One indicator written by a person. @throws ParapetError `invalid_indicator` */
  async add(input: IntelIndicatorInput, by: string, job: IntelJob): Promise<IntelImported & { readonly id: string }> {
    const guess = input.kind ?? kindOf(input.value);
    const kind = guess === 'ip' && input.value.includes('/') ? 'cidr' : guess;
    const value = kind && normalised(kind, input.value);
    if (!kind || !value)
      throw new ParapetError(
        'invalid_indicator',
        400,
        `"${input.value.slice(0, 80)}" is no ${input.kind ?? 'address, network, domain, URL, hash or mail address'}.`,
        'Networks are written like 192.0.2.0/24 (IPv4, /8 or longer); the thumbprint of a certificate needs its kind.',
      );
    const now = this.#now();
    const id = `${kind}:${value}`;
    const indicator: IndicatorInput = {
      id,
      kind,
      value,
      pattern: '',
      name: input.name ?? '',
      description: input.description ?? '',
      confidence: input.confidence ?? 75,
      validFrom: now.toISOString(),
      validUntil: input.validUntil ?? new Date(now.getTime() + DEFAULT_DAYS[kind] * DAY).toISOString(),
      created: now.toISOString(),
      tags: input.tags ?? [],
      revoked: false,
    };
    return { id, ...(await this.#store(PORTAL_SOURCE, [indicator], [], 0, by, job)) };
  }

  async close(): Promise<void> {
    await this.feeds.close();
    await Promise.all([this.#arrivals, this.#retro]);
  }
}
