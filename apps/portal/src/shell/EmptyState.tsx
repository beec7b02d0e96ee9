import { makeStyles, Text, tokens } from '@fluentui/react-components';
import type { FluentIcon } from '@fluentui/react-icons';
import type { ReactNode } from 'react';

const useStyles = makeStyles({
  box: {
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'center',
    textAlign: 'center',
    gap: '6px',
    padding: '40px 24px',
    maxWidth: '520px',
    margin: '0 auto',
  },
  icon: { fontSize: '36px', color: tokens.colorNeutralForeground3, display: 'flex', marginBottom: '4px' },
  reason: { color: tokens.colorNeutralForeground3 },
  action: { marginTop: '8px', display: 'flex', gap: '8px', flexWrap: 'wrap', justifyContent: 'center' },
});

export interface EmptyStateProps {
  readonly icon?: FluentIcon;
  readonly title: string;
  /** Why it is empty. */
  readonly reason?: ReactNode;
  /** The one step that would fill it. */
  readonly action?: ReactNode;
  readonly small?: boolean;
}

export function EmptyState({ icon: Icon, title, reason, action, small }: EmptyStateProps) {
  const styles = useStyles();
  return (
    <div className={styles.box} style={small ? { padding: '16px 12px' } : undefined}>
      {Icon && !small ? (
        <span className={styles.icon}>
          <Icon />
        </span>
      ) : null}
      <Text align="center" weight="semibold" size={small ? 300 : 400}>
        {title}
      </Text>
      {reason ? (
        <Text align="center" className={styles.reason}>
          {reason}
        </Text>
      ) : null}
      {action ? <div className={styles.action}>{action}</div> : null}
    </div>
  );
}
