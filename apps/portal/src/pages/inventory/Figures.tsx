import { makeStyles, Text, tokens } from '@fluentui/react-components';
import type { InventorySummary } from '@parapet/schema/wire';
import { HrefLink } from '../../components/HrefLink.tsx';
import { formatCount } from '../../lib/time.ts';

const useStyles = makeStyles({
  row: { display: 'flex', flexWrap: 'wrap', gap: '4px 22px', margin: '0 0 8px', padding: 0, listStyle: 'none' },
  item: { display: 'flex', alignItems: 'baseline', gap: '6px' },
  number: {
    fontSize: tokens.fontSizeBase400,
    fontWeight: tokens.fontWeightSemibold,
    color: tokens.colorNeutralForeground1,
    textDecoration: 'none',
    ':hover': { textDecoration: 'underline', color: tokens.colorBrandForegroundLinkHover },
  },
  soft: { color: tokens.colorNeutralForeground3 },
});

/** Figures over the whole inventory; each opens the list it counts. */
export function Figures({ summary }: { readonly summary: InventorySummary | undefined }) {
  const styles = useStyles();
  return (
    <ul className={styles.row} aria-label="Figures" style={{ minHeight: 24 }}>
      {summary?.figures.map(({ id, label, count, href }) => (
        <li key={id} className={styles.item}>
          <HrefLink href={href} className={styles.number} aria-label={`${formatCount(count)} ${label}`}>
            {formatCount(count)}
          </HrefLink>
          <Text size={200} className={styles.soft}>
            {label}
          </Text>
        </li>
      ))}
    </ul>
  );
}
