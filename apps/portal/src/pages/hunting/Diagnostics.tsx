import { Link, makeStyles, Text, tokens } from '@fluentui/react-components';
import type { HuntDiagnostic } from '@parapet/schema/wire';
import { replaces } from '../../features/kusto-editor/fixes.ts';

const useStyles = makeStyles({
  list: { margin: 0, padding: 0, listStyle: 'none', overflow: 'auto', flexGrow: 1 },
  item: { padding: '8px 16px', borderBottom: `1px solid ${tokens.colorNeutralStroke3}` },
  soft: { color: tokens.colorNeutralForeground3 },
  problem: {
    backgroundColor: 'transparent',
    border: 'none',
    padding: 0,
    textAlign: 'left',
    fontFamily: 'inherit',
    fontSize: tokens.fontSizeBase300,
    color: tokens.colorNeutralForeground1,
    cursor: 'pointer',
    ':hover': { textDecoration: 'underline' },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
});

export interface DiagnosticsProps {
  readonly list: readonly HuntDiagnostic[];
  readonly label?: string;
  /** Jump to the place of a message in the editor. */
  readonly onReveal: (diagnostic: HuntDiagnostic) => void;
  /** Put the suggestion in the place of the text it speaks of. */
  readonly onFix: (diagnostic: HuntDiagnostic) => void;
}

/** Messages of the compiler with their places. */
export function Diagnostics({ list, label = 'Messages', onReveal, onFix }: DiagnosticsProps) {
  const styles = useStyles();
  return (
    <ul className={styles.list} aria-label={label}>
      {list.map((one) => (
        <li key={`${one.start}|${one.code}|${one.message}`} className={styles.item}>
          <button type="button" className={styles.problem} onClick={() => onReveal(one)}>
            {one.message}
          </button>
          {replaces(one) ? (
            <div>
              <Link as="button" onClick={() => onFix(one)}>
                Replace with {one.suggestion}
              </Link>
            </div>
          ) : one.suggestion && !one.message.includes(one.suggestion) ? (
            <div>{one.suggestion}</div>
          ) : null}
          <Text block size={200} className={styles.soft}>
            Line {one.line}, column {one.column} · {one.code}
          </Text>
        </li>
      ))}
    </ul>
  );
}
