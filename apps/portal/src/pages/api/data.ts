import { useQuery } from '@tanstack/react-query';
import { api } from '../../api/client.ts';
import type { ApiDocument } from './model.ts';

/** The description of the API; it changes only with the server. */
export function useApiDocument() {
  return useQuery({
    queryKey: ['/api/openapi.json'],
    queryFn: ({ signal }) => api.get<ApiDocument>('/api/openapi.json', undefined, signal),
    staleTime: Infinity,
  });
}
