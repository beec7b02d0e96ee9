import { makeStyles, Text, tokens } from '@fluentui/react-components';
import type { TimelinePage } from '@parapet/schema/wire';
import { type PointerEvent, useMemo, useRef, useState } from 'react';
import { absoluteTime, formatCount } from '../../lib/time.ts';
import { useAppearance } from '../../theme/Appearance.tsx';
import { brushRange, histogramBars } from './model.ts';

const HEIGHT = 56;

const useStyles = makeStyles({
  frame: { position: 'relative', padding: '4px 24px 0', flexShrink: 0, userSelect: 'none' },
  plot: { position: 'relative', height: `${HEIGHT}px`, cursor: 'crosshair', touchAction: 'none' },
  svg: { position: 'absolute', inset: 0, width: '100%', height: '100%' },
  bar: { fill: tokens.colorBrandBackground },
  brush: { fill: tokens.colorNeutralForeground1, fillOpacity: 0.28 },
  axis: {
    display: 'flex',
    justifyContent: 'space-between',
    borderTop: `1px solid ${tokens.colorNeutralStroke1}`,
    color: tokens.colorNeutralForeground3,
    paddingTop: '1px',
  },
});

export interface HistogramProps {
  readonly page: Pick<TimelinePage, 'histogram' | 'bucketSeconds' | 'total'>;
  readonly onRange: (range: { readonly from: string; readonly to: string }) => void;
}

/** How many events when; dragging across chooses a range. The range menu above does the same by keyboard. */
export function Histogram({ page, onRange }: HistogramProps) {
  const styles = useStyles();
  const { zone } = useAppearance();
  const bars = useMemo(() => histogramBars(page, 240), [page]);
  const plot = useRef<HTMLDivElement>(null);
  const [brush, setBrush] = useState<readonly [number, number]>();
  const [over, setOver] = useState<number>();
  const first = bars[0];
  const last = bars.at(-1);
  if (!first || !last) return null;
  const most = Math.max(...bars.map((bar) => bar.count), 1);
  const at = (event: PointerEvent): number => {
    const box = plot.current!.getBoundingClientRect();
    const place = (event.clientX - box.left) / Math.max(1, box.width);
    return Math.min(bars.length - 1, Math.max(0, Math.floor(place * bars.length)));
  };
  const pointed = over === undefined ? undefined : bars[over];
  const time = (value: number) => absoluteTime(new Date(value).toISOString(), zone, 'minute');
  return (
    <div className={styles.frame}>
      <div
        ref={plot}
        className={styles.plot}
        role="img"
        aria-label={`${formatCount(page.total)} events from ${time(first.start)} to ${time(last.end)}. Busiest: ${formatCount(most)} events in one bar.`}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          setBrush([at(event), at(event)]);
        }}
        onPointerMove={(event) => {
          setOver(at(event));
          if (brush) setBrush([brush[0], at(event)]);
        }}
        onPointerLeave={() => setOver(undefined)}
        onPointerUp={() => {
          const range = brush && brushRange(bars, brush[0], brush[1]);
          setBrush(undefined);
          if (range) onRange(range);
        }}
      >
        <svg
          className={styles.svg}
          viewBox={`0 0 ${bars.length} ${HEIGHT}`}
          preserveAspectRatio="none"
          aria-hidden="true"
        >
          {bars.map((bar, index) => {
            // A single event must be seen beside thousands.
            const height = bar.count === 0 ? 0 : Math.max(2, (bar.count / most) * (HEIGHT - 4));
            return (
              <rect
                key={bar.start}
                className={styles.bar}
                x={index + 0.1}
                y={HEIGHT - height}
                width={0.8}
                height={height}
                opacity={over === index ? 0.7 : 1}
              />
            );
          })}
          {brush ? (
            <rect
              className={styles.brush}
              x={Math.min(brush[0], brush[1])}
              y={0}
              width={Math.abs(brush[1] - brush[0]) + 1}
              height={HEIGHT}
            />
          ) : null}
        </svg>
      </div>
      <div className={styles.axis}>
        <Text size={100}>{time(first.start)}</Text>
        <Text size={100}>
          {pointed
            ? `${time(pointed.start)} to ${time(pointed.end)}: ${formatCount(pointed.count)} events`
            : 'Drag across the bars to choose a range'}
        </Text>
        <Text size={100}>{time(last.end)}</Text>
      </div>
    </div>
  );
}
