import { Button, makeStyles, Skeleton, SkeletonItem, Text, tokens } from '@fluentui/react-components';
import { Image16Regular } from '@fluentui/react-icons/svg/image';
import type { EChartsType } from 'echarts/core';
import { useEffect, useRef, useState } from 'react';
import { visibleText } from '../../lib/text.ts';
import { useAppearance } from '../../theme/Appearance.tsx';
import { SERIES_HUE } from '../../theme/meaning.ts';
import { themes } from '../../theme/theme.ts';
import type { ChartModel } from './chart-model.ts';
import { chartDescription, chartOption } from './chart-option.ts';

const useStyles = makeStyles({
  frame: { position: 'relative', flexGrow: 1, minHeight: '240px', display: 'flex', flexDirection: 'column' },
  canvas: { position: 'absolute', inset: 0 },
  area: { position: 'relative', flexGrow: 1, minHeight: 0 },
  foot: {
    display: 'flex',
    alignItems: 'center',
    gap: '12px',
    padding: '4px 12px',
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
    color: tokens.colorNeutralForeground3,
  },
  spring: { flexGrow: 1 },
  wait: { padding: '24px' },
  cards: { flexGrow: 1, padding: '24px', overflow: 'auto' },
  cardList: { display: 'flex', flexWrap: 'wrap', gap: '16px 48px', margin: 0 },
  card: { minWidth: '120px' },
  cardName: { color: tokens.colorNeutralForeground3 },
  cardValue: {
    margin: 0,
    fontSize: tokens.fontSizeHero900,
    lineHeight: tokens.lineHeightHero900,
    fontVariantNumeric: 'tabular-nums',
  },
});

export interface ResultsChartProps {
  readonly model: ChartModel;
  /** Without its ending. */
  readonly fileName: string;
}

/** A chart of the returned rows, drawn with the theme's colours. The table beside it is the accessible equal. */
export function ResultsChart({ model, fileName }: ResultsChartProps) {
  return model.kind === 'card' ? <Cards model={model} /> : <Drawn model={model} fileName={fileName} />;
}

/** Large figures: what `render card` asks for. */
function Cards({ model }: { readonly model: ChartModel }) {
  const styles = useStyles();
  return (
    <div className={styles.frame}>
      <div className={styles.cards}>
        {model.title ? (
          <Text as="h3" weight="semibold" block style={{ width: '100%', margin: 0 }}>
            {visibleText(model.title)}
          </Text>
        ) : null}
        <dl className={styles.cardList}>
          {model.series.map(({ name, points }) => (
            <div key={name} className={styles.card}>
              <dt className={styles.cardName}>{visibleText(name)}</dt>
              <dd className={styles.cardValue}>{figure(points[0]?.[1])}</dd>
            </div>
          ))}
        </dl>
      </div>
      <div className={styles.foot}>
        {model.notes.map((note) => (
          <Text key={note} size={200}>
            {note}
          </Text>
        ))}
      </div>
    </div>
  );
}

function figure(value: number | null | undefined): string {
  return value === null || value === undefined || Number.isNaN(value)
    ? '–'
    : new Intl.NumberFormat('en-US', { maximumFractionDigits: 3 }).format(value);
}

function Drawn({ model, fileName }: ResultsChartProps) {
  const styles = useStyles();
  const { themeName, zone } = useAppearance();
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType>(null);
  const [ready, setReady] = useState(false);

  useEffect(() => {
    let gone = false;
    let observer: ResizeObserver | undefined;
    void import('./echarts.ts').then(({ init }) => {
      if (gone || !host.current) return;
      const made = init(host.current);
      chart.current = made;
      observer = new ResizeObserver(() => made.resize());
      observer.observe(host.current);
      setReady(true);
    });
    return () => {
      gone = true;
      observer?.disconnect();
      chart.current?.dispose();
      chart.current = null;
    };
  }, []);

  useEffect(() => {
    if (!ready) return;
    chart.current?.setOption(chartOption(model, { theme: themes[themeName], hues: SERIES_HUE[themeName], zone }), {
      notMerge: true,
    });
  }, [ready, model, themeName, zone]);

  const save = () => {
    const address = chart.current?.getDataURL({ type: 'png', pixelRatio: 2 });
    if (!address) return;
    const link = document.createElement('a');
    link.href = address;
    link.download = `${fileName}.png`;
    link.click();
  };

  return (
    <div className={styles.frame}>
      <div className={styles.area}>
        {ready ? null : (
          <Skeleton aria-label="Drawing the chart" className={styles.wait}>
            <SkeletonItem style={{ height: 200 }} />
          </Skeleton>
        )}
        <div ref={host} className={styles.canvas} role="img" aria-label={chartDescription(model)} />
      </div>
      <div className={styles.foot}>
        {model.notes.map((note) => (
          <Text key={note} size={200}>
            {note}
          </Text>
        ))}
        {model.xAxis === 'time' ? <Text size={200}>Time in {zone === 'utc' ? 'UTC' : 'local time'}</Text> : null}
        <span className={styles.spring} />
        <Button size="small" appearance="subtle" icon={<Image16Regular />} disabled={!ready} onClick={save}>
          Save as PNG
        </Button>
      </div>
    </div>
  );
}
