import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { ApiError, api } from './client.ts';

/** GET /api/preferences/:key; undefined when nothing was ever stored, or the server keeps none. */
export async function readPreference(key: string): Promise<unknown> {
  try {
    const answer = await api.get(`/api/preferences/${encodeURIComponent(key)}`);
    return answer?.value ?? null;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

/** PUT /api/preferences/:key. A preference that cannot be kept is not worth interrupting anyone for. */
export async function writePreference(key: string, value: unknown): Promise<void> {
  try {
    await api.put(`/api/preferences/${encodeURIComponent(key)}`, { value });
  } catch {
    // Stays in this browser until the next change.
  }
}

/** A preference kept on the server per person: changes show at once and are stored behind the scenes. */
export function usePreference<T>(key: string, initial: T): readonly [T, (value: T) => void] {
  const client = useQueryClient();
  const query = useQuery({ queryKey: ['preference', key], queryFn: () => readPreference(key), staleTime: Infinity });
  const set = useCallback(
    (value: T) => {
      client.setQueryData(['preference', key], value);
      void writePreference(key, value);
    },
    [client, key],
  );
  return [(query.data as T | null | undefined) ?? initial, set];
}
