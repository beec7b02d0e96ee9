export { ACTIVITIES } from './behaviours/activities.ts';
export { type Behaviours, behaviourMigrations, openBehaviours } from './behaviours/runner.ts';
export { correlate, correlation, correlationKeys, incidentName, MAX_ALERTS } from './correlation/index.ts';
export { isBuiltInAccount } from './correlation/usable.ts';
export type { TableState, TechniqueHits } from './coverage/matrix.ts';
export { type CoverageRoutes, coverageMigrations, coverageRoutes } from './coverage/routes.ts';
export { loadScenarios } from './coverage/scenarios.ts';
export { Intel, intelMigrations, intelRoutes } from './intel/index.ts';
export { detectionMigrations } from './migrations.ts';
export { isProductRule } from './products/drafts.ts';
export {
  type AlertSignal,
  type BehaviorSignal,
  criticalityName,
  GRAVE_CATEGORIES,
  levelOfCounts,
  RISK_DAYS,
  type RiskResult,
  type RiskSignal,
  riskOf,
} from './risk/score.ts';
export { type DetectionRoutesOptions, detectionRoutes } from './routes.ts';
export { type KeptPlans, keepPlans } from './rules/kept-plans.ts';
export { labNames } from './rules/lab-names.ts';
export { type CheckedRule, type LoadedRules, loadRules } from './rules/load.ts';
export { prepareRulePlans } from './rules/prepare-plans.ts';
export { type LibraryOutcome, testLibrary } from './rules/test-library.ts';
export { type TestOutcome, testRule } from './rules/test-rule.ts';
export { formatProblem, type Rule, type RuleProblem } from './rules/types.ts';
export { createDetection } from './runtime/detection.ts';
export type { QueryRunner } from './runtime/state.ts';
export type {
  Audit,
  CommittedBatch,
  Detection,
  DetectionLog,
  DetectionOptions,
  HistoryResult,
  JobContext,
} from './runtime/types.ts';
export {
  convertSigma,
  loadPipelines,
  type Placeholders,
  registerSigma,
  resultInfo,
  ruleYaml,
  type SigmaFile,
  SigmaImport,
  type SigmaReport,
} from './sigma/index.ts';
export { openStoredRules } from './stored/offline.ts';
export type { AlertHistory, HistoryAlert, RuleStatistics } from './tuning/suggest.ts';
export * from './types.ts';
