/** Importing Sigma rules: a check that changes nothing, then the chosen rules become own rules. */
import { randomUUID } from 'node:crypto';
import {
  ParapetError,
  type SigmaCheck,
  type SigmaImported,
  type SigmaResultInfo,
  type SigmaRuleState,
} from '@parapet/schema';
import type { Hunting } from '@parapet/store';
import { stringify } from 'yaml';
import type { Actor, RuleService } from '../stored/service.ts';
import { convertSigma, type SigmaFile, type SigmaReport, type SigmaResult } from './convert.ts';
import type { Pipelines } from './pipeline.ts';
import type { SigmaRuleDocument } from './rule-document.ts';
import type { Placeholders } from './values.ts';

/** What the import needs of the running rules. */
export interface SigmaTarget {
  readonly hunting: Hunting;
  readonly rules: Pick<RuleService, 'importMany'>;
  /** Names of all rules, by id. */
  names(): Promise<ReadonlyMap<string, string>>;
}

export interface SigmaProgress {
  readonly signal: AbortSignal;
  progress(fraction: number | null, detail: string): void;
}

/** Checks kept for their import; older ones are forgotten. */
const MAX_CHECKS = 5;

interface Kept {
  readonly id: string;
  readonly by: string;
  readonly at: string;
  readonly report: SigmaReport;
}

export class SigmaImport {
  readonly #checks = new Map<string, Kept>();

  constructor(
    private readonly target: SigmaTarget,
    readonly pipelines: Pipelines,
  ) {}

  /** Translate and compile every document; nothing is stored but the report, for its import. */
  async check(
    files: readonly SigmaFile[],
    by: string,
    job: SigmaProgress,
    placeholders: Placeholders = {},
  ): Promise<SigmaCheck> {
    const { hunting } = this.target;
    let shown = 0;
    const report = await convertSigma(files, {
      pipelines: this.pipelines,
      placeholders,
      signal: job.signal,
      check: async (query) => {
        const compiled = await hunting.compile(query);
        return compiled.ok ? undefined : (compiled.errors[0]?.message ?? 'the query is wrong');
      },
      onProgress: (done, total) => {
        if (done - shown < 20 && done < total) return;
        shown = done;
        job.progress(done / total, `${done} of ${total} documents`);
      },
    });
    const kept: Kept = { id: randomUUID(), by, at: new Date().toISOString(), report };
    this.#checks.set(kept.id, kept);
    for (const id of [...this.#checks.keys()].slice(0, -MAX_CHECKS)) this.#checks.delete(id);
    return this.#info(kept);
  }

  #info({ id, by, at, report }: Kept): SigmaCheck {
    const { documents, translated, warnings, refused } = report;
    return {
      id,
      by,
      at,
      documents,
      translated,
      warnings,
      refused,
      rules: report.results.filter(({ rule }) => rule).length,
    };
  }

  #kept(id: string): Kept {
    const kept = this.#checks.get(id);
    if (kept) return kept;
    throw new ParapetError(
      'sigma_check_not_found',
      404,
      'The check is no longer there: only the last ones are kept, until the server restarts.',
      'Upload the files again.',
    );
  }

  /** @throws ParapetError `sigma_check_not_found` (404) */
  info(id: string): SigmaCheck {
    return this.#info(this.#kept(id));
  }

  /** @throws ParapetError `sigma_check_not_found` (404) */
  results(id: string): readonly SigmaResult[] {
    return this.#kept(id).report.results;
  }

  /**
   * Store the translated rules of a check. A rule that was imported before gets a new version; its exclusions and switches stay.
   * @throws ParapetError `sigma_check_not_found` (404)
   */
  async apply(
    id: string,
    choice: { readonly state: SigmaRuleState; readonly warnings: boolean; readonly ids?: readonly string[] },
    actor: Actor,
    job: SigmaProgress,
  ): Promise<SigmaImported> {
    const { report } = this.#kept(id);
    const wanted = choice.ids && new Set(choice.ids);
    const chosen = report.results.filter(
      (result) => result.rule && (wanted ? wanted.has(result.id) : choice.warnings || result.status === 'translated'),
    );
    const names = new Map([...(await this.target.names())].map(([rule, name]) => [name.toLowerCase(), rule]));
    const files = chosen.map((result) => {
      const rule = uniquelyNamed(result.rule as SigmaRuleDocument, names);
      names.set(rule.title.toLowerCase(), rule.id);
      return { name: result.file, id: rule.id, text: ruleYaml(rule, result.source, choice.state) };
    });
    const outcome = await this.target.rules.importMany(files, actor, {
      comment: 'Imported from Sigma',
      signal: job.signal,
      // What somebody switched on or off since the first import stays so.
      keep: ['enabled', 'shadow', 'exclusions', 'scope'],
      onProgress: (done) => job.progress(done / Math.max(1, files.length), `${done} of ${files.length} rules`),
    });
    return { ...outcome, failed: outcome.failed.slice(0, 200) };
  }
}

/** Two rules of one name cannot be told apart in a queue of alerts. */
function uniquelyNamed(rule: SigmaRuleDocument, names: ReadonlyMap<string, string>): SigmaRuleDocument {
  const other = names.get(rule.title.toLowerCase());
  return other === undefined || other === rule.id ? rule : { ...rule, title: `${rule.title} (${rule.id.slice(0, 8)})` };
}

/** The rule as it is stored. */
export function ruleYaml(rule: SigmaRuleDocument, source: string, state: SigmaRuleState): string {
  const { references: _, ...known } = rule as SigmaRuleDocument & { references?: unknown };
  return stringify(
    {
      ...known,
      detectionSource: 'customDetection',
      ...(state === 'shadow' ? { shadow: true } : {}),
      ...(state === 'off' ? { enabled: false } : {}),
      sigma: source,
    },
    { lineWidth: 0, blockQuote: 'literal' },
  );
}

export const resultInfo = (result: SigmaResult): SigmaResultInfo => ({
  file: result.file,
  id: result.id,
  title: result.title,
  kind: result.kind,
  status: result.status,
  reasons: result.reasons,
  logSource: result.logSource,
  table: result.table ?? '',
  level: result.level,
  state: result.state,
  importable: result.rule !== undefined,
});
