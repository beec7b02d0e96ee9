import type { ScopeFilter, ScopeFilterState } from '@parapet/schema/wire';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { api } from '../../api/client.ts';

const scopeFilterKey = ['/api/scope-filter'] as const;

/** The filter of this session with the values it may have. */
export const useScopeFilter = () =>
  useQuery({
    queryKey: scopeFilterKey,
    queryFn: ({ signal }): Promise<ScopeFilterState> => api.get('/api/scope-filter', {}, signal),
    staleTime: 60_000,
  });

/** Sets it; everything on the page is asked for anew. @returns the filter that was in force before */
export function useSetScopeFilter(): (filter: ScopeFilter) => Promise<ScopeFilter | undefined> {
  const client = useQueryClient();
  return useCallback(
    async (filter) => {
      const before = client.getQueryData<ScopeFilterState>(scopeFilterKey)?.filter;
      const state = await api.put('/api/scope-filter', filter);
      client.setQueryData(scopeFilterKey, state);
      await client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== scopeFilterKey[0] });
      return before;
    },
    [client],
  );
}
