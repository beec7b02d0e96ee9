import { makeStyles, Skeleton, SkeletonItem, tokens } from '@fluentui/react-components';

const useStyles = makeStyles({
  page: { padding: '18px 24px', display: 'flex', flexDirection: 'column', gap: '14px' },
  title: { width: '220px' },
  line: { maxWidth: '420px' },
  rows: { display: 'flex', flexDirection: 'column' },
  row: {
    display: 'grid',
    gridTemplateColumns: '28px 3fr 1fr 1fr 2fr 1fr',
    alignItems: 'center',
    gap: '16px',
    padding: '0 12px',
    height: '32px',
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
  },
  cards: { display: 'grid', gridTemplateColumns: 'repeat(auto-fill, minmax(240px, 1fr))', gap: '12px' },
  card: { height: '132px' },
  shell: {
    display: 'grid',
    gridTemplateColumns: '240px 1fr',
    gridTemplateRows: '48px 1fr',
    height: '100%',
    backgroundColor: tokens.colorNeutralBackground2,
  },
  top: { gridColumn: '1 / -1', backgroundColor: tokens.colorNeutralBackground3 },
  nav: { backgroundColor: tokens.colorNeutralBackground3 },
});

/** A page before its code arrived. */
export function PageSkeleton() {
  const styles = useStyles();
  return (
    <Skeleton aria-label="Loading the page" className={styles.page}>
      <SkeletonItem size={24} className={styles.title} />
      <SkeletonItem size={12} className={styles.line} />
      <RowsSkeleton rows={8} bare />
    </Skeleton>
  );
}

/** Rows of a queue or table. */
export function RowsSkeleton({ rows = 12, bare }: { readonly rows?: number; readonly bare?: boolean }) {
  const styles = useStyles();
  const content = (
    <div className={styles.rows}>
      {Array.from({ length: rows }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no identity
        <div key={index} className={styles.row}>
          <SkeletonItem size={12} />
          <SkeletonItem size={12} style={{ width: `${60 + ((index * 37) % 40)}%` }} />
          <SkeletonItem size={12} />
          <SkeletonItem size={12} />
          <SkeletonItem size={12} style={{ width: `${50 + ((index * 53) % 50)}%` }} />
          <SkeletonItem size={12} />
        </div>
      ))}
    </div>
  );
  return bare ? content : <Skeleton aria-label="Loading rows">{content}</Skeleton>;
}

/** Cards of a dashboard. */
export function CardsSkeleton({ cards = 8 }: { readonly cards?: number }) {
  const styles = useStyles();
  return (
    <Skeleton aria-label="Loading cards" className={styles.cards}>
      {Array.from({ length: cards }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no identity
        <SkeletonItem key={index} className={styles.card} />
      ))}
    </Skeleton>
  );
}

/** Paragraphs: facts in a pane, a description. */
export function TextSkeleton({ lines = 4 }: { readonly lines?: number }) {
  const styles = useStyles();
  return (
    <Skeleton aria-label="Loading" className={styles.rows} style={{ gap: 10, padding: '8px 0' }}>
      {Array.from({ length: lines }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no identity
        <SkeletonItem key={index} size={12} style={{ width: `${95 - ((index * 29) % 45)}%` }} />
      ))}
    </Skeleton>
  );
}

/** The frame before anyone knows who is signed in. */
export function ShellSkeleton() {
  const styles = useStyles();
  return (
    <div className={styles.shell}>
      <div className={styles.top} />
      <div className={styles.nav} />
      <main>
        <PageSkeleton />
      </main>
    </div>
  );
}
