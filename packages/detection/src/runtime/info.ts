import type { DetectionInfo, DetectionStatus, RuleProblemInfo } from '@parapet/schema';
import type { Catalog } from '../stored/catalog.ts';
import { ruleDefinition } from '../stored/text.ts';
import type { CostTotals } from './records.ts';
import type { RunningRule } from './registry.ts';

export interface InfoParts {
  readonly catalog: Catalog;
  readonly alerts: ReadonlyMap<string, number>;
  readonly alerts30d: ReadonlyMap<string, CostTotals>;
  readonly today: ReadonlyMap<string, CostTotals>;
  next(running: RunningRule): Date | null;
  now(): Date;
}

/** A warning is news for this long. */
const WARNING_MS = 24 * 3_600_000;

function statusOf({ state }: RunningRule, now: Date): DetectionStatus {
  if (!state.enabled) return 'off';
  if (state.lastError) return 'failed';
  if (state.suppressedUntil && Date.parse(state.suppressedUntil) > now.getTime()) return 'suppressed';
  if (state.throttled) return 'throttled';
  if (state.warning && now.getTime() - Date.parse(state.warning.at) < WARNING_MS) return 'warning';
  return state.lastRun ? 'ok' : 'new';
}

/** A running rule as lists and pages show it. */
export function infoOf(running: RunningRule, parts: InfoParts): DetectionInfo {
  const { rule, state } = running;
  const own = parts.catalog.own.get(rule.id);
  const cost = parts.today.get(rule.id);
  const status = statusOf(running, parts.now());
  return {
    id: rule.id,
    name: rule.name,
    title: rule.title,
    description: rule.description,
    severity: rule.severity,
    category: rule.category,
    techniques: rule.techniques,
    kind: rule.kind,
    trigger: rule.trigger,
    frequencyMs: rule.frequencyMs,
    lookbackMs: rule.lookbackMs,
    tables: rule.tables,
    enabled: state.enabled,
    shadow: state.shadow,
    status,
    query: rule.query,
    recommendedActions: rule.recommendedActions,
    falsePositives: rule.falsePositives,
    blindSpots: rule.blindSpots,
    lastRun: state.lastRun,
    lastRunMs: state.lastRunMs === null ? null : Math.round(state.lastRunMs),
    lastRows: state.lastRows,
    lastError: state.lastError,
    lastErrorCode: state.lastErrorCode,
    nextRun: parts.next(running)?.toISOString() ?? null,
    warning: status === 'warning' ? (state.warning?.text ?? null) : null,
    alerts: parts.alerts.get(rule.id) ?? 0,
    alerts30d: parts.alerts30d.get(rule.id)?.alerts ?? 0,
    origin: own ? 'own' : 'builtIn',
    version: own?.version ?? parts.catalog.templateVersions.get(rule.id) ?? 1,
    owner: running.owner,
    createdBy: own?.createdBy ?? 'Parapet',
    updatedAt: own?.updatedAt ?? null,
    template: templateOf(parts.catalog, own?.template ?? null),
    exclusions: running.exclusions.length + rule.exclusions.length,
    couldBeContinuous: rule.rowWise && rule.kind !== 'continuous' && rule.threshold === null,
    cost: {
      runs: cost?.runs ?? 0,
      rowsRead: cost?.rowsRead ?? 0,
      engineMs: Math.round((cost?.engineMs ?? 0) * 10) / 10,
    },
    problems: [],
  };
}

function templateOf(
  catalog: Catalog,
  template: { readonly id: string; readonly version: number } | null,
): DetectionInfo['template'] {
  return template && { ...template, latest: catalog.templateVersions.get(template.id) ?? template.version };
}

/** An own rule that no longer fits the product: it is shown, so that it can be mended. */
export function brokenInfo(
  id: string,
  catalog: Catalog,
  problems: readonly RuleProblemInfo[],
): DetectionInfo | undefined {
  const own = catalog.own.get(id);
  if (!own) return undefined;
  const definition = ruleDefinition(own.text) ?? {};
  const text = (key: string): string => (typeof definition[key] === 'string' ? (definition[key] as string) : '');
  return {
    id,
    name: text('name') || text('title') || id,
    title: text('title') || id,
    description: text('description'),
    severity: 'informational',
    category: 'SuspiciousActivity',
    techniques: [],
    kind: text('kind') === 'continuous' ? 'continuous' : 'scheduled',
    trigger: 'clock',
    frequencyMs: 0,
    lookbackMs: 0,
    tables: [],
    enabled: false,
    shadow: false,
    status: 'broken',
    query: text('query'),
    recommendedActions: '',
    falsePositives: [],
    blindSpots: [],
    lastRun: null,
    lastRunMs: null,
    lastRows: null,
    lastError: problems.map(({ message }) => message).join(' '),
    lastErrorCode: 'queryExecutionFailed',
    nextRun: null,
    warning: null,
    alerts: 0,
    alerts30d: 0,
    origin: 'own',
    version: own.version,
    owner: own.owner,
    createdBy: own.createdBy,
    updatedAt: own.updatedAt,
    template: templateOf(catalog, own.template),
    exclusions: 0,
    couldBeContinuous: false,
    cost: { runs: 0, rowsRead: 0, engineMs: 0 },
    problems,
  };
}
