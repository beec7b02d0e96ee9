import { makeStyles, mergeClasses, Text, tokens } from '@fluentui/react-components';
import { useMemo } from 'react';
import { visibleText } from '../../../lib/text.ts';
import { diffLines, folded } from './diff.ts';

const useStyles = makeStyles({
  frame: {
    overflow: 'auto',
    maxHeight: '60vh',
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorNeutralBackground1,
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    lineHeight: '18px',
  },
  table: { borderCollapse: 'collapse', width: '100%' },
  number: {
    width: '1%',
    padding: '0 8px',
    textAlign: 'right',
    userSelect: 'none',
    color: tokens.colorNeutralForeground3,
    verticalAlign: 'top',
  },
  sign: { width: '1%', padding: '0 6px', userSelect: 'none', verticalAlign: 'top' },
  text: { padding: '0 8px 0 0', whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' },
  added: { backgroundColor: tokens.colorPaletteGreenBackground1 },
  removed: { backgroundColor: tokens.colorPaletteRedBackground1 },
  gap: { color: tokens.colorNeutralForeground3, backgroundColor: tokens.colorNeutralBackground3 },
});

/** Two texts, line by line: what was taken out and what was put in. */
export function Diff({
  before,
  after,
  label,
}: {
  readonly before: string;
  readonly after: string;
  readonly label: string;
}) {
  const styles = useStyles();
  const lines = useMemo(() => folded(diffLines(before, after)), [before, after]);
  if (before === after) return <Text>The texts are the same.</Text>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section className={styles.frame} aria-label={label} tabIndex={0}>
      <table className={styles.table}>
        <tbody>
          {lines.map((line, index) =>
            line === null ? (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other name
              <tr key={index} className={styles.gap}>
                <td colSpan={4}>&nbsp;⋯</td>
              </tr>
            ) : (
              <tr
                // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other name
                key={index}
                className={mergeClasses(
                  line.kind === 'added' && styles.added,
                  line.kind === 'removed' && styles.removed,
                )}
              >
                <td className={styles.number}>{line.before ?? ''}</td>
                <td className={styles.number}>{line.after ?? ''}</td>
                <td className={styles.sign}>
                  {line.kind === 'added' ? (
                    <ins style={{ textDecoration: 'none' }}>+</ins>
                  ) : line.kind === 'removed' ? (
                    <del style={{ textDecoration: 'none' }}>−</del>
                  ) : null}
                </td>
                <td className={styles.text}>{visibleText(line.text)}</td>
              </tr>
            ),
          )}
        </tbody>
      </table>
    </section>
  );
}
