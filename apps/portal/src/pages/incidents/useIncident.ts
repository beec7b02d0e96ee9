import type {
  ActivityEntry,
  AttackStory,
  IncidentAlert,
  IncidentAsset,
  IncidentDetail,
  IncidentEvidence,
} from '@parapet/schema/wire';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { api } from '../../api/client.ts';
import { POLL_MS } from '../../api/queryClient.ts';
import { asItems } from '../../api/users.ts';
import { incidentKey } from './useIncidentChanges.ts';

const path = (id: string, part = '') => `/api/incidents/${encodeURIComponent(id)}${part}`;

export function useIncident(id: string) {
  return useQuery({
    queryKey: incidentKey(id),
    queryFn: ({ signal }) => api.get<IncidentDetail>(path(id), undefined, signal),
    refetchInterval: POLL_MS,
  });
}

/** An incident holds at most this many alerts; one answer shows what there is. */
const MOST = 1_000;

/** `version` is the incident's last update: the parts are asked for anew when it changes, and the old stay meanwhile. */
function usePart<T>(id: string, part: string, version: string, read: (answer: unknown) => T) {
  return useQuery({
    queryKey: ['/api/incidents', id, part, version],
    queryFn: async ({ signal }) =>
      read(await api.get<unknown>(path(id, `/${part}`), part === 'graph' ? undefined : { pageSize: MOST }, signal)),
    staleTime: Infinity,
    placeholderData: keepPreviousData,
  });
}

type ListAnswer<T> = readonly T[] | { readonly items: readonly T[] };
const items =
  <T>() =>
  (answer: unknown): readonly T[] =>
    asItems(answer as ListAnswer<T>);

export const useStory = (id: string, version: string) =>
  usePart<AttackStory>(id, 'graph', version, (answer) => answer as AttackStory);
export const useIncidentAlerts = (id: string, version: string) =>
  usePart(id, 'alerts', version, items<IncidentAlert>());
export const useIncidentAssets = (id: string, version: string) =>
  usePart(id, 'assets', version, items<IncidentAsset>());
export const useIncidentEvidence = (id: string, version: string) =>
  usePart(id, 'evidence', version, items<IncidentEvidence>());
export const useIncidentActivity = (id: string, version: string) =>
  usePart(id, 'activity', version, items<ActivityEntry>());
