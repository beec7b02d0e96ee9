import { Skeleton, SkeletonItem } from '@fluentui/react-components';
import { lazy, Suspense } from 'react';
import type { EChartProps } from './EChart.tsx';

const Picture = lazy(() => import('./EChart.tsx'));

/** A drawing whose library arrives with the first one on screen. Give it a table twin: `Chart` has one built in. */
export function LazyEChart(props: EChartProps) {
  return (
    <Suspense
      fallback={
        <Skeleton aria-label="Loading the chart">
          <SkeletonItem style={{ height: props.height }} />
        </Skeleton>
      }
    >
      <Picture {...props} />
    </Suspense>
  );
}
