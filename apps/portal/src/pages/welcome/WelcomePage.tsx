import { Button, makeStyles, Text, tokens } from '@fluentui/react-components';
import { ArrowRight20Regular } from '@fluentui/react-icons/svg/arrow-right';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { api } from '../../api/client.ts';
import { useCan, useSession } from '../../api/session.ts';
import { PageShell } from '../../shell/PageShell.tsx';
import { ConnectSource } from './parts/ConnectSource.tsx';
import { LoadSample } from './parts/LoadSample.tsx';

const useStyles = makeStyles({
  grid: {
    display: 'grid',
    gridTemplateColumns: 'minmax(320px, 5fr) minmax(0, 7fr)',
    gap: '16px',
    alignItems: 'start',
    maxWidth: '1280px',
    '@media (max-width: 1000px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
  card: {
    padding: '18px 20px 20px',
    borderRadius: tokens.borderRadiusXLarge,
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    display: 'flex',
    flexDirection: 'column',
    gap: '12px',
    minWidth: 0,
  },
  title: {
    margin: 0,
    fontSize: tokens.fontSizeBase500,
    lineHeight: tokens.lineHeightBase500,
    fontWeight: tokens.fontWeightSemibold,
  },
});

/** After set-up, while there is nothing to look at: two ways to get something. */
export function WelcomePage() {
  const styles = useStyles();
  const navigate = useNavigate();
  const name = useSession()?.user?.displayName ?? '';
  const canLoad = useCan('Data.Manage');
  const home = useQuery({
    queryKey: ['/api/home'],
    queryFn: ({ signal }) => api.get('/api/home', undefined, signal),
  });
  return (
    <PageShell
      title={`Welcome, ${name}`}
      purpose="Parapet looks for attacks in what your machines and clouds report. It needs something to read."
      commands={
        home.data?.empty === false ? (
          <Button icon={<ArrowRight20Regular />} iconPosition="after" onClick={() => void navigate({ to: '/' })}>
            Go to Home
          </Button>
        ) : undefined
      }
    >
      {canLoad ? (
        <div className={styles.grid}>
          <section className={styles.card} aria-labelledby="welcome-sample">
            <h2 id="welcome-sample" className={styles.title}>
              Look around with sample data
            </h2>
            <LoadSample />
          </section>
          <section className={styles.card} aria-labelledby="welcome-connect">
            <h2 id="welcome-connect" className={styles.title}>
              Connect a source
            </h2>
            <ConnectSource />
          </section>
        </div>
      ) : (
        <Text>
          Nothing was ingested yet. Loading sample data and connecting sources needs the permission Data.Manage; ask an
          administrator.
        </Text>
      )}
    </PageShell>
  );
}
