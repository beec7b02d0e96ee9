import { makeStyles, Text, Title2, tokens } from '@fluentui/react-components';
import { Mark } from './Mark.tsx';

const useStyles = makeStyles({
  page: {
    minHeight: '100%',
    display: 'grid',
    placeItems: 'center',
    padding: '24px',
    backgroundColor: tokens.colorNeutralBackground2,
    color: tokens.colorNeutralForeground1,
  },
  box: { maxWidth: '520px', display: 'flex', flexDirection: 'column', gap: '12px' },
  mark: { color: tokens.colorBrandForeground1 },
});

/** Someone opened the portal before the first administrator exists. */
export function SetupNeeded() {
  const styles = useStyles();
  return (
    <main className={styles.page}>
      <div className={styles.box}>
        <span className={styles.mark}>
          <Mark size={40} />
        </span>
        <Title2 as="h1">Parapet is not set up yet</Title2>
        <Text>
          The first administrator is created through a one-time link. The server printed it when it started: look in its
          terminal or log for “Create the first administrator here”, and open that address in this browser.
        </Text>
        <Text>If the link is lost, restart the server; it prints a new one until an administrator exists.</Text>
      </div>
    </main>
  );
}
