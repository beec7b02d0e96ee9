import type { Hunting } from '@parapet/store';
import { type CheckedRule, loadRules } from '../rules/load.ts';
import type { QueryRunner } from '../runtime/state.ts';
import { Catalog } from './catalog.ts';
import { RuleService } from './service.ts';

/**
 * Stored rules without a running server: what is stored here runs from the next start on.
 * @param contentDir the delivered rules, whose names and ids are taken
 */
export async function openStoredRules(
  db: QueryRunner,
  hunting: Hunting,
  contentDir: string,
): Promise<{ readonly service: RuleService; names(): Promise<ReadonlyMap<string, string>> }> {
  const now = (): Date => new Date();
  const catalog = new Catalog(db, hunting, now);
  const [delivered, own] = await Promise.all([loadRules(contentDir, hunting), catalog.load()]);
  const rules = new Map<string, { rule: CheckedRule; exclusions: readonly [] }>(
    [...delivered.rules, ...own.rules].map((rule) => [rule.id, { rule, exclusions: [] }]),
  );
  const put = (rule: CheckedRule): void => {
    rules.set(rule.id, { rule, exclusions: [] });
  };
  const service = new RuleService(
    catalog,
    {
      get: (id) => rules.get(id),
      all: () => rules.values(),
      textOf: (id) => delivered.texts.get(id),
      put: async (rule) => put(rule),
      putMany: async (many) => {
        for (const rule of many) put(rule);
      },
      remove: async (id) => {
        rules.delete(id);
      },
      requery: () => undefined,
    },
    { hunting, store: undefined as never, now },
    async () => undefined,
  );
  return { service, names: async () => new Map([...rules].map(([id, { rule }]) => [id, rule.title])) };
}
