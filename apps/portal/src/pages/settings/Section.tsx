import { makeStyles, Text, tokens } from '@fluentui/react-components';
import type { ReactNode } from 'react';

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: '12px', minWidth: 0 },
  head: { display: 'flex', alignItems: 'center', gap: '12px', minHeight: '32px', flexWrap: 'wrap' },
  title: { margin: 0, fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, flexGrow: 1 },
  soft: { color: tokens.colorNeutralForeground3, display: 'block', maxWidth: '720px' },
});

/** One part of the settings: title, what it is for, its command, its content. */
export function Section({
  title,
  purpose,
  command,
  children,
}: {
  readonly title: string;
  readonly purpose?: ReactNode;
  readonly command?: ReactNode;
  readonly children: ReactNode;
}) {
  const styles = useStyles();
  return (
    <section className={styles.root}>
      <div>
        <div className={styles.head}>
          <h2 className={styles.title}>{title}</h2>
          {command}
        </div>
        {purpose ? (
          <Text size={200} className={styles.soft}>
            {purpose}
          </Text>
        ) : null}
      </div>
      {children}
    </section>
  );
}
