export {
  type CheckQuery,
  type ConvertOptions,
  convertSigma,
  type SigmaFile,
  type SigmaReport,
  type SigmaResult,
  type SigmaStatus,
} from './convert.ts';
export { loadPipelines, Pipelines } from './pipeline.ts';
export { documentText, type SigmaRuleDocument } from './rule-document.ts';
export type { Placeholders } from './values.ts';
