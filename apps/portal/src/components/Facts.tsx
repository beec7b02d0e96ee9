import { makeStyles, Text, tokens } from '@fluentui/react-components';
import type { ReactNode } from 'react';

const useStyles = makeStyles({
  list: {
    display: 'grid',
    gridTemplateColumns: 'minmax(96px, max-content) minmax(0, 1fr)',
    columnGap: '16px',
    rowGap: '6px',
    margin: 0,
    alignItems: 'baseline',
  },
  term: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200, maxWidth: '160px' },
  value: { margin: 0, minWidth: 0, overflowWrap: 'anywhere' },
  section: { marginTop: '18px' },
  heading: { display: 'block', margin: '0 0 8px' },
});

export interface FactRow {
  readonly label: string;
  readonly value: ReactNode;
}

/** Label and value pairs of a pane or a side column. */
export function Facts({ rows }: { readonly rows: readonly (FactRow | false | undefined)[] }) {
  const styles = useStyles();
  return <dl className={styles.list}>{rows.map((row) => (row ? <FactPair key={row.label} row={row} /> : null))}</dl>;
}

function FactPair({ row }: { readonly row: FactRow }) {
  const styles = useStyles();
  return (
    <>
      <dt className={styles.term}>{row.label}</dt>
      <dd className={styles.value}>{row.value}</dd>
    </>
  );
}

/** A titled part of a pane. */
export function PaneSection({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  const styles = useStyles();
  return (
    <section className={styles.section}>
      <Text as="h3" weight="semibold" className={styles.heading}>
        {title}
      </Text>
      {children}
    </section>
  );
}
