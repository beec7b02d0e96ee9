import type { SavedQuery, SavedQueryRequest } from '@parapet/schema/wire';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api } from '../../api/client.ts';
import { notify } from '../../components/Notifier.tsx';
import { onRunFinished } from './runs.ts';

const KEY = ['hunting', 'queries'] as const;
const HISTORY_KEY = ['hunting', 'history'] as const;

type Values = SavedQueryRequest;

/** Lists are small; an answer in pages is read too. */
function items<T>(answer: readonly T[] | { readonly items: readonly T[] }): readonly T[] {
  return 'items' in answer ? answer.items : answer;
}

/** Saved queries with their changes; every change shows at once and can be taken back. */
export function useSavedQueries() {
  const client = useQueryClient();
  const list = useQuery({
    queryKey: KEY,
    queryFn: async ({ signal }) => items(await api.get('/api/hunting/queries', {}, signal)),
  });
  /** The editor completes functions and knows their parameters. */
  const refresh = () =>
    Promise.all(
      [KEY, ['hunting', 'schema'], ['hunting', 'language']].map((queryKey) => client.invalidateQueries({ queryKey })),
    );

  const create = async (values: Values): Promise<SavedQuery> => {
    const made = await api.post('/api/hunting/queries', values);
    await refresh();
    return made;
  };
  const put = async (id: string, values: Values): Promise<void> => {
    await api.put(`/api/hunting/queries/${encodeURIComponent(id)}`, values);
    await refresh();
  };
  const update = (saved: SavedQuery): void => {
    const before = list.data?.find((one) => one.id === saved.id);
    client.setQueryData<readonly SavedQuery[]>(KEY, (old) => old?.map((one) => (one.id === saved.id ? saved : one)));
    void put(saved.id, valuesOf(saved)).then(
      () => {
        if (before)
          notify.undoable(
            `Changed ${saved.name}`,
            () => void put(before.id, valuesOf(before)).catch(failed(before.name)),
          );
      },
      (error: unknown) => {
        void refresh();
        failed(saved.name)(error);
      },
    );
  };
  /** @throws ApiError, of code `function_in_use` when saved functions call it */
  const remove = async (saved: SavedQuery): Promise<void> => {
    await api.delete(pathOf(saved));
    await gone(saved);
  };
  /** Deletes a function although others call it. */
  const removeCalled = async (saved: SavedQuery): Promise<void> => {
    await api.delete(`${pathOf(saved)}?force=true`);
    await gone(saved);
  };
  const gone = async (saved: SavedQuery): Promise<void> => {
    await refresh();
    notify.undoable(`Deleted ${saved.name}`, () => void create(valuesOf(saved)).catch(failed(saved.name)));
  };
  return { list, create, put, update, remove, removeCalled };
}

const pathOf = (saved: SavedQuery): string => `/api/hunting/queries/${encodeURIComponent(saved.id)}`;

/** What is sent to keep a saved one as it is. */
export const valuesOf = ({
  kind,
  name,
  query,
  parameters,
  description,
  folder,
  shared,
}: SavedQuery): SavedQueryRequest => ({
  kind,
  name,
  query,
  parameters,
  description,
  folder,
  shared,
});

const failed = (name: string) => (error: unknown) => notify.failure(`${name} was not changed`, error);

export function useHistory() {
  const client = useQueryClient();
  useEffect(() => onRunFinished(() => void client.invalidateQueries({ queryKey: HISTORY_KEY })), [client]);
  return useQuery({
    queryKey: HISTORY_KEY,
    queryFn: async ({ signal }) => items(await api.get('/api/hunting/history', {}, signal)),
  });
}
