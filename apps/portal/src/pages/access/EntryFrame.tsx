import { makeStyles, Text, tokens } from '@fluentui/react-components';
import { type ReactNode, useEffect } from 'react';
import { Mark } from '../../shell/Mark.tsx';

const useStyles = makeStyles({
  page: {
    minHeight: '100%',
    display: 'grid',
    gridTemplateRows: '1fr auto',
    backgroundColor: tokens.colorNeutralBackground2,
    color: tokens.colorNeutralForeground1,
    position: 'relative',
    overflow: 'hidden',
  },
  wall: {
    position: 'absolute',
    left: 0,
    right: 0,
    bottom: 0,
    width: '100%',
    height: '26vh',
    color: tokens.colorNeutralBackground4,
    pointerEvents: 'none',
  },
  middle: { display: 'grid', placeItems: 'center', padding: '32px 16px', position: 'relative' },
  card: {
    width: 'min(420px, 100%)',
    padding: '28px 32px 32px',
    borderRadius: tokens.borderRadiusXLarge,
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    boxShadow: tokens.shadow16,
    display: 'flex',
    flexDirection: 'column',
    gap: '16px',
  },
  brand: { display: 'flex', alignItems: 'center', gap: '10px' },
  mark: { color: tokens.colorBrandForeground1, display: 'flex' },
  title: {
    margin: 0,
    fontSize: tokens.fontSizeBase600,
    lineHeight: tokens.lineHeightBase600,
    fontWeight: tokens.fontWeightSemibold,
  },
  lead: { color: tokens.colorNeutralForeground2 },
});

/** The page of someone who is not signed in: one card in front of the wall. */
export function EntryFrame({
  title,
  lead,
  children,
}: {
  readonly title: string;
  readonly lead?: ReactNode;
  readonly children: ReactNode;
}) {
  const styles = useStyles();
  useEffect(() => {
    document.title = `${title} · Parapet`;
  }, [title]);
  return (
    <div className={styles.page}>
      <svg className={styles.wall} viewBox="0 0 1440 240" preserveAspectRatio="xMidYMax slice" aria-hidden="true">
        <path fill="currentColor" d={WALL} />
      </svg>
      <main className={styles.middle}>
        <div className={styles.card}>
          <div className={styles.brand}>
            <span className={styles.mark}>
              <Mark size={26} />
            </span>
            <Text weight="semibold" size={400}>
              Parapet
            </Text>
          </div>
          <h1 className={styles.title}>{title}</h1>
          {lead ? <Text className={styles.lead}>{lead}</Text> : null}
          {children}
        </div>
      </main>
    </div>
  );
}

/** A crenellated wall across the width: merlons of 60 and gaps of 36. */
const WALL = (() => {
  let path = 'M-12 240V120';
  for (let x = -12; x < 1460; x += 96) path += `V120H${x + 60}V156H${x + 96}`;
  return `${path}V240Z`;
})();
