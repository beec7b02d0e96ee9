import type { IncidentChanges, IncidentDetail } from '@parapet/schema/wire';
import { useMemo } from 'react';
import { useGuardedChange } from '../../features/triage/change.ts';

export const incidentKey = (id: string) => ['/api/incidents', 'detail', id] as const;

/** Change the opened incident. */
export function useIncidentChange(id: string) {
  const key = useMemo(() => incidentKey(id), [id]);
  return useGuardedChange<IncidentDetail, IncidentChanges>(`/api/incidents/${encodeURIComponent(id)}`, key, 'incident');
}
