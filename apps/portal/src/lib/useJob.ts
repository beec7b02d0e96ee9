import type { Job } from '@parapet/schema/wire';
import { useQuery } from '@tanstack/react-query';
import { api } from '../api/client.ts';

export const isOver = (job: Job): boolean => job.state !== 'queued' && job.state !== 'running';

/** The newest job of a kind; looks again every few seconds, so that work started elsewhere is seen. */
export function useLatestJob(kind: string, enabled = true): Job | undefined {
  const jobs = useQuery({
    queryKey: ['/api/jobs', 'list'],
    queryFn: ({ signal }) => api.get('/api/jobs', undefined, signal),
    refetchInterval: 10_000,
    enabled,
  });
  return jobs.data?.items
    .filter((job) => job.kind === kind)
    .reduce<Job | undefined>((newest, job) => (newest && newest.createdAt >= job.createdAt ? newest : job), undefined);
}

/** Follow a long piece of work until it is over. */
export function useJob(id: string | undefined) {
  return useQuery({
    queryKey: ['/api/jobs', id],
    queryFn: ({ signal }) => api.get(`/api/jobs/${encodeURIComponent(id ?? '')}`, undefined, signal),
    enabled: id !== undefined,
    refetchInterval: (query) => (query.state.data && isOver(query.state.data) ? false : 700),
    staleTime: 0,
  });
}
