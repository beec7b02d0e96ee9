import type { FastifyInstance } from 'fastify';
import { loadPipelines } from './pipeline.ts';
import { type SigmaRoutesOptions, sigmaRoutes } from './routes.ts';
import { SigmaImport, type SigmaTarget } from './service.ts';

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
export { resultInfo, ruleYaml, SigmaImport, type SigmaTarget } from './service.ts';
export type { Placeholders } from './values.ts';

/**
 * The import of Sigma rules: routes under `/api/detections/sigma`.
 * @param contentDir `content/sigma`
 * @throws Error when a mapping names a table or column that does not exist
 */
export async function registerSigma(
  app: FastifyInstance,
  options: SigmaTarget & { readonly contentDir: string; readonly jobs: SigmaRoutesOptions['jobs'] },
): Promise<void> {
  const sigma = new SigmaImport(options, loadPipelines(options.contentDir));
  await app.register(sigmaRoutes, { sigma, jobs: options.jobs });
}
