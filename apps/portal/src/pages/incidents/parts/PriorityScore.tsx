import {
  Button,
  makeStyles,
  mergeClasses,
  Popover,
  PopoverSurface,
  PopoverTrigger,
  Text,
  tokens,
} from '@fluentui/react-components';
import type { IncidentDetail } from '@parapet/schema/wire';
import { useAppearance } from '../../../theme/Appearance.tsx';
import { priorityBand, SEVERITY_HUE } from '../../../theme/meaning.ts';
import { explainPriority } from '../priority.ts';

const useStyles = makeStyles({
  mark: {
    display: 'inline-flex',
    verticalAlign: 'middle',
    alignItems: 'center',
    gap: '7px',
    fontVariantNumeric: 'tabular-nums',
  },
  number: { minWidth: '22px', textAlign: 'right', fontWeight: tokens.fontWeightSemibold },
  track: {
    width: '36px',
    height: '6px',
    borderRadius: '3px',
    backgroundColor: tokens.colorNeutralBackground6,
    overflow: 'hidden',
  },
  fill: { height: '100%', borderRadius: '3px' },
  table: { borderCollapse: 'collapse', marginTop: '8px', minWidth: '280px' },
  cell: { padding: '3px 0', fontSize: tokens.fontSizeBase300 },
  points: { textAlign: 'right', paddingLeft: '24px', fontVariantNumeric: 'tabular-nums' },
  total: { borderTop: `1px solid ${tokens.colorNeutralStroke1}`, fontWeight: tokens.fontWeightSemibold },
  soft: { color: tokens.colorNeutralForeground3, display: 'block', maxWidth: '340px', marginTop: '8px' },
  button: {
    fontWeight: tokens.fontWeightRegular,
    minWidth: 0,
    padding: '0 6px',
    marginLeft: '-6px',
    justifyContent: 'flex-start',
  },
});

/** 0 to 100 as number and bar; the band is in the length, not only in the hue. */
export function PriorityMark({ score }: { readonly score: number }) {
  const styles = useStyles();
  const { themeName } = useAppearance();
  const band = priorityBand(score);
  const hue = SEVERITY_HUE[themeName][band === 'high' ? 'high' : band === 'medium' ? 'medium' : 'informational'];
  return (
    <span className={styles.mark} title={`Priority ${score} of 100, ${band}`}>
      <span className={styles.number}>{score}</span>
      <span className={styles.track} aria-hidden="true">
        <span className={styles.fill} style={{ display: 'block', width: `${score}%`, backgroundColor: hue }} />
      </span>
    </span>
  );
}

/** Every term that makes the score. */
export function PriorityTable({ incident }: { readonly incident: IncidentDetail }) {
  const styles = useStyles();
  const { rows, sum, clamped } = explainPriority(incident.priorityTerms, incident.priorityScore);
  return (
    <>
      <table className={styles.table}>
        <tbody>
          {rows.map((row) => (
            <tr key={row.label}>
              <th scope="row" className={styles.cell} style={{ textAlign: 'left', fontWeight: 400 }}>
                {row.label}
              </th>
              <td className={mergeClasses(styles.cell, styles.points)}>{row.text}</td>
            </tr>
          ))}
          <tr className={styles.total}>
            <th scope="row" className={styles.cell} style={{ textAlign: 'left' }}>
              {clamped ? `Sum ${sum}, kept within 0 to 100` : 'Sum'}
            </th>
            <td className={mergeClasses(styles.cell, styles.points)}>{incident.priorityScore}</td>
          </tr>
        </tbody>
      </table>
      <Text size={200} className={styles.soft}>
        Over 85 is high, 15 to 85 medium, under 15 low. The score is worked out anew on every change.
      </Text>
    </>
  );
}

/** The score, and why it is so. */
export function PriorityExplained({ incident }: { readonly incident: IncidentDetail }) {
  const styles = useStyles();
  return (
    <Popover positioning="below-start" withArrow trapFocus>
      <PopoverTrigger disableButtonEnhancement>
        <Button
          appearance="subtle"
          size="small"
          className={styles.button}
          aria-label={`Priority ${incident.priorityScore} of 100: explain`}
        >
          <PriorityMark score={incident.priorityScore} />
        </Button>
      </PopoverTrigger>
      <PopoverSurface aria-label="Why this priority">
        <Text weight="semibold">Priority {incident.priorityScore} of 100</Text>
        <PriorityTable incident={incident} />
      </PopoverSurface>
    </Popover>
  );
}
