import { QueryClient } from '@tanstack/react-query';
import { ApiError } from './client.ts';

/** How often queues and incidents look for news, in milliseconds. */
export const POLL_MS = 15_000;

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        refetchOnWindowFocus: true,
        // Asking again does not help when the server understood the question.
        retry: (count, error) => count < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
      },
    },
  });
}
