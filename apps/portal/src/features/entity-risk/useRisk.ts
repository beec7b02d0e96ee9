import { type EntityRisk, type EntityType, RISK_TYPES } from '@parapet/schema/wire';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../api/client.ts';
import { POLL_MS } from '../../api/queryClient.ts';

export const hasRisk = (type: EntityType): boolean => (RISK_TYPES as readonly string[]).includes(type);

/** Score of an entity with everything that goes into it; not asked for kinds that have none. */
export function useRisk(type: EntityType, key: string) {
  return useQuery({
    queryKey: ['/api/risk', type, key],
    queryFn: ({ signal }) => api.get<EntityRisk>(`/api/risk/${type}/${encodeURIComponent(key)}`, undefined, signal),
    refetchInterval: POLL_MS * 4,
    enabled: hasRisk(type),
  });
}
