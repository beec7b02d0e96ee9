import type {
  DetectionCheck,
  DetectionCostHour,
  DetectionExclusion,
  DetectionInfo,
  DetectionPreview,
  DetectionRun,
  DetectionStatistics,
  DetectionSummary,
  DetectionText,
  DetectionVersion,
  Job,
  Page,
} from '@parapet/schema/wire';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { api } from '../../api/client.ts';

/** Every list and detail about rules hangs under this key. */
export const KEY = '/api/detections';
export const rulePath = (id: string, part = '') => `${KEY}/${encodeURIComponent(id)}${part}`;

/** Keys of a rule as its file has them. */
export type Definition = Readonly<Record<string, unknown>>;

export function useSummary() {
  return useQuery({
    queryKey: [KEY, 'summary'],
    queryFn: ({ signal }) => api.get<DetectionSummary>(`${KEY}/summary` as string, undefined, signal),
    refetchInterval: 60_000,
  });
}

export function useRuns(id: string, page: number) {
  return useQuery({
    queryKey: [KEY, 'runs', id, page],
    queryFn: ({ signal }) => api.get<Page<DetectionRun>>(rulePath(id, '/runs'), { page, pageSize: 50 }, signal),
    refetchInterval: 30_000,
    placeholderData: (before) => before,
  });
}

export function useCost(id: string, days: number) {
  return useQuery({
    queryKey: [KEY, 'cost', id, days],
    queryFn: ({ signal }) =>
      api
        .get<{ items: readonly DetectionCostHour[] }>(rulePath(id, '/cost'), { days }, signal)
        .then(({ items }) => items),
  });
}

export function useVersions(id: string) {
  return useQuery({
    queryKey: [KEY, 'versions', id],
    queryFn: ({ signal }) =>
      api
        .get<{ items: readonly DetectionVersion[] }>(rulePath(id, '/versions'), undefined, signal)
        .then(({ items }) => items),
  });
}

export function useText(id: string | undefined) {
  return useQuery({
    queryKey: [KEY, 'text', id],
    enabled: Boolean(id),
    queryFn: ({ signal }) => api.get<DetectionText>(rulePath(id ?? '', '/text'), undefined, signal),
  });
}

export function useExclusions(id: string) {
  return useQuery({
    queryKey: [KEY, 'exclusions', id],
    queryFn: ({ signal }) =>
      api
        .get<{ items: readonly DetectionExclusion[] }>(rulePath(id, '/exclusions'), undefined, signal)
        .then(({ items }) => items),
  });
}

export function useStatistics(days: number) {
  return useQuery({
    queryKey: [KEY, 'statistics', days],
    queryFn: ({ signal }) =>
      api
        .get<{ items: readonly DetectionStatistics[] }>(`${KEY}/statistics` as string, { days }, signal)
        .then(({ items }) => items),
  });
}

export interface Vocabulary {
  readonly presets: readonly { readonly name: string; readonly type: string; readonly required: readonly string[] }[];
  readonly techniques: readonly { readonly id: string; readonly name: string; readonly tactics: readonly string[] }[];
}

export function useVocabulary() {
  return useQuery({
    queryKey: [KEY, 'vocabulary'],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => api.get<Vocabulary>(`${KEY}/vocabulary` as string, undefined, signal),
  });
}

export const checkRule = (definition: Definition, id: string | undefined, signal?: AbortSignal) =>
  api.post<DetectionCheck>(`${KEY}/check` as string, { definition, ...(id ? { id } : {}) }, signal);

export const previewRule = (body: unknown, signal?: AbortSignal) =>
  api.post<DetectionPreview>(`${KEY}/preview` as string, body, signal);

export interface ImportResult {
  readonly name: string;
  readonly outcome: 'created' | 'updated' | 'unchanged' | 'refused';
  readonly id?: string;
  readonly problems: readonly { readonly line: number; readonly message: string; readonly fix?: string }[];
}

export const importRules = (files: readonly { name: string; text: string }[], dryRun: boolean) =>
  api.post<{ results: readonly ImportResult[] }>(`${KEY}/import` as string, { files, dryRun });

/** Calls that change rules; every list is asked again afterwards. */
export function useRuleChanges() {
  const client = useQueryClient();
  const refresh = useCallback(() => client.invalidateQueries({ queryKey: [KEY] }), [client]);
  const done = useCallback(
    async <T>(work: Promise<T>): Promise<T> => {
      const result = await work;
      void refresh();
      return result;
    },
    [refresh],
  );
  return {
    refresh,
    create: (body: unknown) => done(api.post<{ rule: DetectionInfo; job: Job | null }>(KEY as string, body)),
    update: (id: string, body: unknown) => done(api.put<DetectionInfo>(rulePath(id), body)),
    remove: (id: string) => done(api.delete(rulePath(id))),
    duplicate: (id: string) => done(api.post<DetectionInfo>(rulePath(id, '/duplicate'), {})),
    shadow: (id: string, shadow: boolean) => done(api.patch<DetectionInfo>(rulePath(id), { shadow })),
    runNow: (id: string) => done(api.post<{ rows: number; alerts: number }>(rulePath(id, '/run-now'), {})),
    revert: (id: string, version: number) => done(api.post<DetectionInfo>(rulePath(id, '/revert'), { version })),
    takeOver: (id: string) => done(api.post<DetectionInfo>(rulePath(id, '/update-from-template'), {})),
    exclude: (id: string, body: unknown, exclusionId?: string) =>
      done(
        exclusionId
          ? api.put<DetectionExclusion>(rulePath(id, `/exclusions/${encodeURIComponent(exclusionId)}`), body)
          : api.post<DetectionExclusion>(rulePath(id, '/exclusions'), body),
      ),
    include: (id: string, exclusionId: string) =>
      done(api.delete(rulePath(id, `/exclusions/${encodeURIComponent(exclusionId)}`))),
    dismiss: (noticeId: string) => done(api.post(`${KEY}/notices/${encodeURIComponent(noticeId)}/dismiss`, {})),
  };
}
