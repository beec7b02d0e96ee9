import type { Job } from '@parapet/schema/wire';
import { useQuery } from '@tanstack/react-query';
import { api } from '../api/client.ts';

export const isOver = (job: Job): boolean => job.state !== 'queued' && job.state !== 'running';

/** Follow a long piece of work until it is over. */
export function useJob(id: string | undefined) {
  return useQuery({
    queryKey: ['/api/jobs', id],
    queryFn: ({ signal }) => api.get<Job>(`/api/jobs/${encodeURIComponent(id ?? '')}`, undefined, signal),
    enabled: id !== undefined,
    refetchInterval: (query) => (query.state.data && isOver(query.state.data) ? false : 700),
    staleTime: 0,
  });
}
