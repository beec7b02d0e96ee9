import type { Criticality, EntityMarks, EntityMarksDetail, EntityNote, EntityType } from '@parapet/schema/wire';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../../api/client.ts';
import { useSession } from '../../api/session.ts';
import { notify } from '../../components/Notifier.tsx';

export const CRITICALITY_LABEL: Readonly<Record<Criticality, string>> = {
  veryHigh: 'Very high',
  high: 'High',
  medium: 'Medium',
  low: 'Low',
  none: 'None',
};

export interface MarkChange {
  readonly tags?: readonly string[];
  readonly excluded?: { readonly reason: string; readonly note?: string } | null;
}

/** What people say about an entity, and the ways to change it. Changes show at once and can be undone. */
export function useMarks(type: EntityType, key: string) {
  const client = useQueryClient();
  const allowed = useSession()?.permissions.includes('Alerts.Manage') ?? false;
  const path = `/api/entities/${type}/${encodeURIComponent(key)}`;
  const queryKey = [path, 'marks'];
  const query = useQuery({
    queryKey,
    queryFn: ({ signal }) => api.get<EntityMarksDetail>(`${path}/marks`, undefined, signal),
  });
  const put = (change: (detail: EntityMarksDetail) => EntityMarksDetail) =>
    client.setQueryData<EntityMarksDetail>(queryKey, (detail) => (detail ? change(detail) : detail));
  const lists = () =>
    void client.invalidateQueries({ queryKey: [type === 'device' ? '/api/devices' : '/api/identities'] });

  const change = async (changes: MarkChange, said: string, undo?: MarkChange): Promise<boolean> => {
    try {
      const marks = await api.patch<EntityMarks>(`${path}/marks`, changes);
      put((detail) => ({ ...detail, marks }));
      lists();
      if (undo) notify.undoable(said, () => void change(undo, 'Put back'));
      else notify.success(said);
      return true;
    } catch (error) {
      notify.failure('Nothing was changed', error);
      return false;
    }
  };
  const write = async (text: string, id?: string): Promise<boolean> => {
    try {
      if (id === undefined) {
        const note = await api.post<EntityNote>(`${path}/notes`, { text });
        put((detail) => ({ ...detail, notes: [note, ...detail.notes] }));
      } else {
        const { note } = await api.patch<{ note: EntityNote }>(`${path}/notes/${id}`, { text });
        put((detail) => ({ ...detail, notes: detail.notes.map((each) => (each.id === id ? note : each)) }));
      }
      return true;
    } catch (error) {
      notify.failure('The note was not kept; it is still in the field', error);
      return false;
    }
  };
  const remove = async (note: EntityNote): Promise<void> => {
    try {
      await api.delete(`${path}/notes/${note.id}`);
      put((detail) => ({ ...detail, notes: detail.notes.filter(({ id }) => id !== note.id) }));
      notify.undoable('Note removed', () => void write(note.text));
    } catch (error) {
      notify.failure('The note was not removed', error);
    }
  };
  return { query, detail: query.data, allowed, change, write, remove };
}

export type Marks = ReturnType<typeof useMarks>;
