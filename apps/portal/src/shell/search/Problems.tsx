import { Link, makeStyles, tokens } from '@fluentui/react-components';
import { SEARCH_MAX_CHARS, type SearchProblem } from '@parapet/schema/wire';
import { visibleText } from '../../lib/text.ts';

const useStyles = makeStyles({
  problem: {
    padding: '6px 12px',
    fontSize: tokens.fontSizeBase200,
    color: tokens.colorNeutralForeground1,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  wrong: {
    fontFamily: tokens.fontFamilyMonospace,
    textDecorationLine: 'underline',
    textDecorationStyle: 'wavy',
    textDecorationColor: tokens.colorPaletteRedBorderActive,
    overflowWrap: 'anywhere',
  },
});

export interface ProblemsProps {
  readonly text: string;
  readonly problems: readonly SearchProblem[];
  readonly tooLong?: boolean;
  readonly onMend: (text: string) => void;
}

/** What of a search text does not do what it looks like, underlined, with the mended text on offer. */
export function Problems({ text, problems, tooLong, onMend }: ProblemsProps) {
  const styles = useStyles();
  return (
    <div role="status">
      {problems.map((one) => (
        <div key={`${one.start}|${one.message}`} className={styles.problem}>
          <span className={styles.wrong}>{visibleText(text.slice(one.start, one.start + one.length))}</span>{' '}
          {one.message}{' '}
          {one.mended === undefined ? null : (
            // Pressing it must not take the focus from the box first: the list would close.
            <Link as="button" onMouseDown={(event) => event.preventDefault()} onClick={() => onMend(one.mended ?? '')}>
              Use {visibleText(one.mended)}
            </Link>
          )}
        </div>
      ))}
      {tooLong ? (
        <div className={styles.problem}>Only the first {SEARCH_MAX_CHARS} characters are searched for.</div>
      ) : null}
    </div>
  );
}
