import { makeStyles, tokens } from '@fluentui/react-components';
import type { ReactNode } from 'react';

const useStyles = makeStyles({
  root: {
    display: 'grid',
    gridTemplateColumns: 'clamp(240px, 26%, 360px) minmax(0, 1fr)',
    flexGrow: 1,
    minHeight: 0,
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  side: {
    minHeight: 0,
    paddingTop: '10px',
    borderRight: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground2,
  },
  main: { minHeight: 0, overflow: 'auto', padding: '16px 24px 24px' },
});

/** A list at the left, what was chosen beside it; each scrolls by itself. */
export function TwoPanes({ side, children }: { readonly side: ReactNode; readonly children: ReactNode }) {
  const styles = useStyles();
  return (
    <div className={styles.root}>
      <div className={styles.side}>{side}</div>
      <div className={styles.main}>{children}</div>
    </div>
  );
}
