import { BarChart, LineChart, PieChart, ScatterChart } from 'echarts/charts';
import {
  AriaComponent,
  DataZoomInsideComponent,
  GridComponent,
  LegendComponent,
  TooltipComponent,
} from 'echarts/components';
import { type EChartsCoreOption, type EChartsType, init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';

use([
  BarChart,
  LineChart,
  PieChart,
  ScatterChart,
  GridComponent,
  TooltipComponent,
  LegendComponent,
  DataZoomInsideComponent,
  AriaComponent,
  CanvasRenderer,
]);

export interface EChartProps {
  readonly label: string;
  /** In the colours of the theme already, see `option.ts`. */
  readonly option: EChartsCoreOption;
  readonly height: number;
  readonly onSelect?: ((categoryIndex: number, seriesIndex: number) => void) | undefined;
}

/** Draws an option of the library; default export because it is loaded lazily (`LazyEChart`). */
export default function EChart({ label, option, height, onSelect }: EChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType>(null);
  const select = useRef(onSelect);
  select.current = onSelect;

  useEffect(() => {
    const element = box.current!;
    const drawn = init(element, undefined, { renderer: 'canvas', useDirtyRect: true });
    chart.current = drawn;
    drawn.on('click', (event) => select.current?.(event.dataIndex ?? 0, event.seriesIndex ?? 0));
    const observer = new ResizeObserver(() => drawn.resize());
    observer.observe(element);
    return () => {
      observer.disconnect();
      drawn.dispose();
      chart.current = null;
    };
  }, []);

  useEffect(() => {
    chart.current?.setOption(option, { notMerge: true });
  }, [option]);

  return <div ref={box} role="img" aria-label={label} style={{ height, width: '100%' }} />;
}
