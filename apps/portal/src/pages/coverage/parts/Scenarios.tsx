import { Button, makeStyles, ProgressBar, Text, tokens } from '@fluentui/react-components';
import type { Coverage } from '@parapet/schema/wire';

const useStyles = makeStyles({
  grid: { display: 'grid', gridTemplateColumns: 'repeat(auto-fill, minmax(300px, 1fr))', gap: '12px' },
  card: {
    display: 'flex',
    flexDirection: 'column',
    gap: '6px',
    padding: '12px 14px',
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
  },
  name: { margin: 0, fontSize: tokens.fontSizeBase300, fontWeight: tokens.fontWeightSemibold },
  about: { color: tokens.colorNeutralForeground2, flexGrow: 1 },
  row: { display: 'flex', alignItems: 'center', justifyContent: 'space-between', gap: '8px' },
});

/** Kinds of attack with how much of each is covered, the least first. */
export function Scenarios({
  coverage,
  onOpen,
}: {
  readonly coverage: Coverage;
  readonly onOpen: (id: string) => void;
}) {
  const styles = useStyles();
  const share = (covered: number, total: number): number => (total ? covered / total : 0);
  const sorted = [...coverage.scenarios].sort(
    (a, b) => share(a.covered, a.techniques.length) - share(b.covered, b.techniques.length),
  );
  return (
    <div className={styles.grid}>
      {sorted.map((scenario) => {
        const total = scenario.techniques.length;
        return (
          <section key={scenario.id} className={styles.card} aria-label={scenario.name}>
            <h2 className={styles.name}>{scenario.name}</h2>
            <Text size={200} className={styles.about}>
              {scenario.description}
            </Text>
            <ProgressBar
              value={share(scenario.covered, total)}
              thickness="large"
              aria-label={`${scenario.name}: ${scenario.covered} of ${total} techniques covered`}
            />
            <div className={styles.row}>
              <Text size={200}>
                {scenario.covered} of {total} techniques covered
                {scenario.reachable > scenario.covered
                  ? `, ${scenario.reachable} with every rule on and its data there`
                  : ''}
              </Text>
              <Button size="small" onClick={() => onOpen(scenario.id)}>
                Show
              </Button>
            </div>
          </section>
        );
      })}
    </div>
  );
}
