import type { ConnectorInfo, IngestKey, IngestSource, SourceKindInfo } from '@parapet/schema/wire';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../api/client.ts';
import { asItems } from '../../api/users.ts';

type ListAnswer<T> = readonly T[] | { readonly items: readonly T[] };

/** A list that fits in one answer, asked again from time to time. */
export function useShortList<T>(path: string, refetchInterval: number | false) {
  return useQuery({
    queryKey: [path],
    queryFn: async ({ signal }) => asItems(await api.get<ListAnswer<T>>(path, undefined, signal)),
    refetchInterval,
  });
}

export const useSources = () => useShortList<IngestSource>('/api/ingest/sources', 5_000);
export const useConnectors = () => useShortList<ConnectorInfo>('/api/ingest/connectors', 60_000);
/** What can be connected; it changes with a release only. */
export const useKinds = () => useShortList<SourceKindInfo>('/api/ingest/kinds', false);

export type SourceDetail = IngestSource & { readonly keys: readonly IngestKey[] };

export function useSource(id: string) {
  return useQuery({
    queryKey: ['/api/ingest/sources', id],
    queryFn: ({ signal }) => api.get(`/api/ingest/sources/${encodeURIComponent(id)}`, undefined, signal),
    refetchInterval: 5_000,
  });
}
