import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { ApiError, api } from '../../api/client.ts';
import { notify } from '../../components/Notifier.tsx';
import { inverse, refreshTriage } from './bulk.ts';

/** Something that knows its version. */
interface Versioned {
  readonly version: string;
}

/** A colleague changed the same field meanwhile. */
export interface Conflict {
  readonly fields: readonly { readonly field: string; readonly theirs: unknown; readonly mine: unknown }[];
  /** Who changed it last; empty when that is not known. */
  readonly by: string;
  /** Make one's own change after all. */
  readonly apply: () => Promise<boolean>;
  readonly dismiss: () => void;
}

/** Fields of `changes` that are neither what they were when they were read nor what they shall become. */
export function contested<C extends object>(before: object, now: object, changes: C): (keyof C & string)[] {
  const at = (row: object, field: string) => JSON.stringify((row as Record<string, unknown>)[field] ?? null);
  return (Object.keys(changes) as (keyof C & string)[]).filter(
    (field) =>
      field in before &&
      at(now, field) !== at(before, field) &&
      at(now, field) !== JSON.stringify((changes as Record<string, unknown>)[field] ?? null),
  );
}

/** What shows at once: a value that the server works out (null for an automatic name) is waited for. */
function visible<C extends object>(changes: C): Partial<C> {
  const entries = Object.entries(changes).filter(
    ([field, value]) =>
      field !== 'resolvingComment' &&
      field !== 'withAlerts' &&
      !(value === null && ['name', 'severity'].includes(field)),
  );
  return Object.fromEntries(entries) as Partial<C>;
}

/**
 * Change the opened incident or alert: shows at once, goes back when the server refuses, offers an undo. When a colleague changed
 * something else meanwhile, both changes stand; when it was the same field, one decides having seen theirs.
 * @param path `/api/incidents/7`
 * @param key of the query that holds it
 * @param noun "incident"
 */
export function useGuardedChange<D extends Versioned & object, C extends object>(
  path: string,
  key: readonly unknown[],
  noun: string,
) {
  const client = useQueryClient();
  const [conflict, setConflict] = useState<Conflict>();

  const attempt = useCallback(
    async (before: D, changes: C, what: string, undoable: boolean, tries = 3): Promise<boolean> => {
      await client.cancelQueries({ queryKey: key });
      client.setQueryData<D>(key, { ...before, ...(visible(changes) as Partial<D>) });
      try {
        const after = await api.patch<D>(path, changes, before.version);
        client.setQueryData<D>(key, after);
        refreshTriage(client);
        if (undoable) notify.undoable(what, () => void attempt(after, inverse(before, changes), 'Undone', false));
        else notify.success(what);
        return true;
      } catch (error) {
        if (!(error instanceof ApiError && error.status === 412)) {
          client.setQueryData(key, before);
          notify.failure(`The ${noun} was not changed`, error);
          return false;
        }
        const now = await api.get<D>(path);
        client.setQueryData<D>(key, now);
        const fields = contested(before, now, changes);
        if (fields.length === 0 && tries > 0) return attempt(now, changes, what, undoable, tries - 1);
        setConflict({
          fields: fields.map((field) => ({
            field,
            theirs: (now as Record<string, unknown>)[field],
            mine: (changes as Record<string, unknown>)[field],
          })),
          by: (now as { lastModifiedBy?: string }).lastModifiedBy ?? '',
          apply: () => {
            setConflict(undefined);
            return attempt(now, changes, what, undoable);
          },
          dismiss: () => setConflict(undefined),
        });
        return false;
      }
    },
    [client, key, path, noun],
  );

  const change = useCallback(
    async (changes: C, what: string): Promise<boolean> => {
      const before = client.getQueryData<D>(key);
      return before ? attempt(before, changes, what, true) : false;
    },
    [client, key, attempt],
  );
  return { change, conflict };
}
