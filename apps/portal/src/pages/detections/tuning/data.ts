import type {
  HiddenAlertInfo,
  Page,
  TuningConditionInfo,
  TuningPreviewInfo,
  TuningRuleInfo,
  TuningSuggestionInfo,
} from '@parapet/schema/wire';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../../../api/client.ts';

const KEY: string = '/api/tuning';
const path = (id: string, part = ''): string => `${KEY}/rules/${encodeURIComponent(id)}${part}`;

export function useTuningRules() {
  return useQuery({
    queryKey: [KEY, 'rules'],
    queryFn: ({ signal }) =>
      api.get<{ items: readonly TuningRuleInfo[] }>(`${KEY}/rules`, undefined, signal).then(({ items }) => items),
  });
}

export function useSuggestions() {
  return useQuery({
    queryKey: [KEY, 'suggestions'],
    queryFn: ({ signal }) =>
      api
        .get<{ items: readonly TuningSuggestionInfo[] }>(`${KEY}/suggestions`, undefined, signal)
        .then(({ items }) => items),
  });
}

export function useHidden(id: string) {
  return useQuery({
    queryKey: [KEY, 'hidden', id],
    queryFn: ({ signal }) => api.get<Page<HiddenAlertInfo>>(path(id, '/hidden'), { pageSize: 100 }, signal),
  });
}

export const previewTuning = (body: unknown, signal?: AbortSignal) =>
  api.post<TuningPreviewInfo>(`${KEY}/preview`, body, signal);

export function useTuningChanges() {
  const client = useQueryClient();
  const done = async <T>(work: Promise<T>): Promise<T> => {
    const result = await work;
    void client.invalidateQueries({ queryKey: [KEY] });
    return result;
  };
  return {
    save: (body: unknown, id?: string) =>
      done(id ? api.put<TuningRuleInfo>(path(id), body) : api.post<TuningRuleInfo>(`${KEY}/rules`, body)),
    remove: (id: string) => done(api.delete(path(id))),
    apply: (id: string) => done(api.post<{ matched: number; resolved: number }>(path(id, '/apply'), {})),
    importRules: (rules: unknown) =>
      done(
        api.post<{ results: readonly { name: string; outcome: string; message?: string }[] }>(`${KEY}/import`, {
          rules,
        }),
      ),
  };
}

/** A test over one piece of evidence as the form edits it. */
export interface TestDraft {
  readonly evidence: string;
  readonly field: string;
  readonly operator: string;
  readonly values: string;
}

/** The form edits one level: all or any of some tests. Deeper rules come from files and are kept as they are. */
export function testsOf(
  condition: TuningConditionInfo,
): { readonly joint: 'all' | 'any'; readonly tests: readonly TestDraft[] } | undefined {
  const joint = 'any' in condition ? 'any' : 'all';
  const list = 'all' in condition ? condition.all : 'any' in condition ? condition.any : [condition];
  const tests: TestDraft[] = [];
  for (const each of list) {
    if (!('evidence' in each) || each.fields.length !== 1) return undefined;
    const [field] = each.fields;
    if (field)
      tests.push({
        evidence: each.evidence,
        field: field.field,
        operator: field.operator,
        values: field.values.join('\n'),
      });
  }
  return { joint, tests };
}

export function conditionOf(joint: 'all' | 'any', tests: readonly TestDraft[]): TuningConditionInfo {
  const list = tests.map(({ evidence, field, operator, values }) => ({
    evidence,
    fields: [
      {
        field,
        operator,
        values: values
          .split('\n')
          .map((value) => value.trim())
          .filter(Boolean),
      },
    ],
  }));
  return joint === 'all' ? { all: list } : { any: list };
}

/** A condition in words. */
export function conditionWords(condition: TuningConditionInfo): string {
  if ('all' in condition) return condition.all.map(conditionWords).join(' and ');
  if ('any' in condition) return `(${condition.any.map(conditionWords).join(' or ')})`;
  return condition.fields
    .map(
      ({ field, operator, values }) =>
        `${condition.evidence} ${field} ${operator} ${values.slice(0, 2).join(', ')}${values.length > 2 ? ', …' : ''}`,
    )
    .join(' and ');
}
