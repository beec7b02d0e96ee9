import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ErrorState } from '../shell/ErrorState.tsx';
import { RowsSkeleton } from '../shell/Skeletons.tsx';

/** The states every piece of data goes through: shape, failure with a way on, content. Stale content stays. */
export function Loaded<T>({
  query,
  what,
  skeleton,
  children,
}: {
  readonly query: UseQueryResult<T>;
  /** "The evidence", for "The evidence could not be loaded". */
  readonly what: string;
  readonly skeleton?: ReactNode;
  readonly children: (data: T) => ReactNode;
}) {
  if (query.data !== undefined) return children(query.data);
  if (query.isError)
    return (
      <ErrorState error={query.error} title={`${what} could not be loaded`} onRetry={() => void query.refetch()} />
    );
  return skeleton ?? <RowsSkeleton rows={6} />;
}
