import { makeStyles, mergeClasses, Text, tokens } from '@fluentui/react-components';
import type { Counted } from '@parapet/schema/wire';
import type { ReactNode } from 'react';
import { HrefLink } from '../../components/HrefLink.tsx';
import { formatCount } from '../../lib/time.ts';

const useStyles = makeStyles({
  card: {
    display: 'flex',
    flexDirection: 'column',
    gap: '10px',
    minWidth: 0,
    padding: '14px 16px 16px',
    borderRadius: tokens.borderRadiusLarge,
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  head: { display: 'flex', alignItems: 'baseline', gap: '8px', justifyContent: 'space-between' },
  title: { margin: 0, fontSize: tokens.fontSizeBase300, fontWeight: tokens.fontWeightSemibold },
  soft: { color: tokens.colorNeutralForeground3 },
  number: {
    color: tokens.colorNeutralForeground1,
    textDecoration: 'none',
    fontVariantNumeric: 'tabular-nums',
    borderRadius: tokens.borderRadiusSmall,
    ':hover': { color: tokens.colorBrandForegroundLinkHover, textDecoration: 'underline' },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '2px' },
  },
  big: {
    fontSize: tokens.fontSizeHero700,
    lineHeight: tokens.lineHeightHero700,
    fontWeight: tokens.fontWeightSemibold,
  },
  stat: { display: 'flex', flexDirection: 'column' },
});

/** A card of the dashboard; `span` counts columns of twelve. */
export function Card({
  title,
  note,
  area,
  children,
}: {
  readonly title: string;
  /** Period or basis of the figures. */
  readonly note?: ReactNode;
  readonly area?: string;
  readonly children: ReactNode;
}) {
  const styles = useStyles();
  return (
    <section className={mergeClasses(styles.card, area)} aria-label={title}>
      <div className={styles.head}>
        <h2 className={styles.title}>{title}</h2>
        {note ? (
          <Text size={200} className={styles.soft}>
            {note}
          </Text>
        ) : null}
      </div>
      {children}
    </section>
  );
}

/** A count that links to exactly the rows it counted. */
export function Count({ of, label, big }: { readonly of: Counted; readonly label: string; readonly big?: boolean }) {
  const styles = useStyles();
  return (
    <HrefLink
      href={of.href}
      className={mergeClasses(styles.number, big && styles.big)}
      aria-label={`${formatCount(of.count)} ${label}`}
    >
      {formatCount(of.count)}
    </HrefLink>
  );
}

/** A big count over its word. */
export function Stat({ of, label }: { readonly of: Counted; readonly label: string }) {
  const styles = useStyles();
  return (
    <div className={styles.stat}>
      <Count of={of} label={label} big />
      <Text size={200} className={styles.soft}>
        {label}
      </Text>
    </div>
  );
}
