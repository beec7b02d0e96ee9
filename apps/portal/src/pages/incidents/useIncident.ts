import type {
  ActivityEntry,
  AttackStory,
  IncidentAsset,
  IncidentDetail,
  IncidentEvidence,
  IncidentGrouping,
  IncidentTask,
  Page,
  SimilarIncident,
} from '@parapet/schema/wire';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { api } from '../../api/client.ts';
import { POLL_MS } from '../../api/queryClient.ts';
import { incidentKey } from './useIncidentChanges.ts';

const path = (id: string, part = '') => `/api/incidents/${encodeURIComponent(id)}${part}`;

export function useIncident(id: string) {
  return useQuery({
    queryKey: incidentKey(id),
    queryFn: ({ signal }) => api.get<IncidentDetail>(path(id), undefined, signal),
    refetchInterval: POLL_MS,
  });
}

/** More than people look through; the rest is counted and said. */
const MOST = 1_000;
const WHOLE = ['graph', 'tasks', 'similar', 'grouping'];

/** `version` is the incident's last update: the parts are asked for anew when it changes, and the old stay meanwhile. */
function usePart<T>(id: string, part: string, version: string) {
  return useQuery({
    queryKey: ['/api/incidents', id, part, version],
    queryFn: ({ signal }) =>
      api.get<T>(path(id, `/${part}`), WHOLE.includes(part) ? undefined : { pageSize: MOST }, signal),
    staleTime: Infinity,
    placeholderData: keepPreviousData,
  });
}

export const useStory = (id: string, version: string) => usePart<AttackStory>(id, 'graph', version);
export const useIncidentAssets = (id: string, version: string) => usePart<Page<IncidentAsset>>(id, 'assets', version);
export const useIncidentEvidence = (id: string, version: string) =>
  usePart<Page<IncidentEvidence>>(id, 'evidence', version);
export const useIncidentActivity = (id: string, version: string) =>
  usePart<Page<ActivityEntry>>(id, 'activity', version);
export const useIncidentTasks = (id: string, version: string) =>
  usePart<{ readonly items: readonly IncidentTask[] }>(id, 'tasks', version);
export const useSimilarIncidents = (id: string, version: string) =>
  usePart<{ readonly items: readonly SimilarIncident[] }>(id, 'similar', version);
export const useGrouping = (id: string, version: string) => usePart<IncidentGrouping>(id, 'grouping', version);
