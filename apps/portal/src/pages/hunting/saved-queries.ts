import type { QueryRun, SavedQuery } from '@parapet/schema/wire';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api } from '../../api/client.ts';
import { useSession } from '../../api/session.ts';
import { notify } from '../../components/Notifier.tsx';
import { onRunFinished } from './runs.ts';

const KEY = ['hunting', 'queries'] as const;
const HISTORY_KEY = ['hunting', 'history'] as const;

interface Values {
  readonly name: string;
  readonly query: string;
  readonly shared: boolean;
}

/** Lists are small; an answer in pages is read too. */
function items<T>(answer: readonly T[] | { readonly items: readonly T[] }): readonly T[] {
  return 'items' in answer ? answer.items : answer;
}

/** Saved queries with their changes; every change shows at once and can be taken back. */
export function useSavedQueries() {
  const client = useQueryClient();
  const user = useSession()?.user;
  const list = useQuery({
    queryKey: KEY,
    queryFn: async ({ signal }) =>
      items(
        await api.get<readonly SavedQuery[] | { readonly items: readonly SavedQuery[] }>(
          '/api/hunting/queries',
          {},
          signal,
        ),
      ),
  });
  const refresh = () => client.invalidateQueries({ queryKey: KEY });
  const mine = (saved: SavedQuery): boolean =>
    saved.owner === user?.id || saved.owner === user?.username || saved.owner === user?.displayName;

  const create = async (values: Values): Promise<SavedQuery> => {
    const made = await api.post<SavedQuery>('/api/hunting/queries', values);
    await refresh();
    return made;
  };
  const put = async (id: string, values: Values): Promise<void> => {
    await api.put<SavedQuery>(`/api/hunting/queries/${encodeURIComponent(id)}`, values);
    await refresh();
  };
  const update = (saved: SavedQuery): void => {
    const before = list.data?.find((one) => one.id === saved.id);
    client.setQueryData<readonly SavedQuery[]>(KEY, (old) => old?.map((one) => (one.id === saved.id ? saved : one)));
    void put(saved.id, { name: saved.name, query: saved.query, shared: saved.shared }).then(
      () => {
        if (before)
          notify.undoable(`Changed ${saved.name}`, () => void put(before.id, before).catch(failed(before.name)));
      },
      (error: unknown) => {
        void refresh();
        failed(saved.name)(error);
      },
    );
  };
  const remove = (saved: SavedQuery): void => {
    client.setQueryData<readonly SavedQuery[]>(KEY, (old) => old?.filter((one) => one.id !== saved.id));
    void api.delete(`/api/hunting/queries/${encodeURIComponent(saved.id)}`).then(
      () => notify.undoable(`Deleted ${saved.name}`, () => void create(saved).catch(failed(saved.name))),
      (error: unknown) => {
        void refresh();
        notify.failure(`${saved.name} was not deleted`, error);
      },
    );
  };
  return { list, mine, create, put, update, remove };
}

const failed = (name: string) => (error: unknown) => notify.failure(`${name} was not changed`, error);

export function useHistory() {
  const client = useQueryClient();
  useEffect(() => onRunFinished(() => void client.invalidateQueries({ queryKey: HISTORY_KEY })), [client]);
  return useQuery({
    queryKey: HISTORY_KEY,
    queryFn: async ({ signal }) =>
      items(
        await api.get<readonly QueryRun[] | { readonly items: readonly QueryRun[] }>(
          '/api/hunting/history',
          {},
          signal,
        ),
      ),
  });
}
