import type { Page, User } from '@parapet/schema/wire';
import { useQuery } from '@tanstack/react-query';
import { api } from './client.ts';
import { useCan } from './session.ts';

/** Lists that are short by nature arrive as an array or as a page; both read the same here. */
export function asItems<T>(answer: readonly T[] | Page<T> | { readonly items: readonly T[] }): readonly T[] {
  return Array.isArray(answer) ? (answer as readonly T[]) : (answer as Page<T>).items;
}

/** People who may be given an incident or an alert. */
export function useAssignees(): readonly User[] {
  const allowed = useCan('Alerts.Manage');
  const users = useQuery({
    queryKey: ['/api/users', 'assignable'],
    queryFn: ({ signal }) => api.get('/api/users/assignable', { pageSize: 200 }, signal),
    staleTime: 60_000,
    enabled: allowed,
  });
  return users.data?.items ?? NOBODY;
}

const NOBODY: readonly User[] = [];
