import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { useMemo } from 'react';
import { visibleText } from '../../lib/text.ts';
import { type KqlToken, tokenize } from './lexer.ts';

const useStyles = makeStyles({
  block: {
    margin: 0,
    padding: '10px 12px',
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: '12.5px',
    lineHeight: '18px',
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
    backgroundColor: tokens.colorNeutralBackground3,
    color: tokens.colorNeutralForeground1,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
    tabSize: 4,
  },
  scroll: { maxHeight: '420px', overflow: 'auto' },
  code: { fontFamily: 'inherit' },
  keyword: { color: tokens.colorPaletteBlueForeground2 },
  operator: { color: tokens.colorPaletteBlueForeground2, fontWeight: tokens.fontWeightSemibold },
  string: { color: tokens.colorPaletteDarkOrangeForeground2 },
  number: { color: tokens.colorPaletteGrapeForeground2 },
  comment: { color: tokens.colorPaletteForestForeground2, fontStyle: 'italic' },
});

const KEYWORDS = new Set(
  'let set declare by on and or not in has has_any has_all has_cs contains contains_cs startswith endswith matches regex between asc desc kind nulls first last with to step default from true false null inner innerunique leftouter rightouter fullouter leftanti leftsemi rightanti rightsemi has_any_index hasprefix hassuffix'.split(
    ' ',
  ),
);

/** The operator after a pipe reads as the verb of its line. */
function classOf(token: KqlToken, previous: KqlToken | undefined, styles: ReturnType<typeof useStyles>): string {
  if (token.kind === 'string') return styles.string;
  if (token.kind === 'number') return styles.number;
  if (token.kind === 'comment') return styles.comment;
  if (token.kind !== 'word') return '';
  if (previous?.text === '|') return styles.operator;
  return KEYWORDS.has(token.text.toLowerCase()) ? styles.keyword : '';
}

/** A query to read: highlighted, selectable, never editable. */
export function KqlBlock({
  query,
  label = 'Query',
  scroll = true,
}: {
  readonly query: string;
  readonly label?: string;
  readonly scroll?: boolean;
}) {
  const styles = useStyles();
  const parts = useMemo(() => {
    let previous: KqlToken | undefined;
    return tokenize(query).map((token) => {
      const part = { token, before: previous };
      if (token.kind !== 'space' && token.kind !== 'comment') previous = token;
      return part;
    });
  }, [query]);
  return (
    // A scrolling region must be reachable by keyboard.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
    <section aria-label={label} tabIndex={0} className={mergeClasses(styles.block, scroll && styles.scroll)} dir="ltr">
      <code className={styles.code}>
        {parts.map(({ token, before }) => (
          <span key={token.start} className={classOf(token, before, styles)}>
            {token.kind === 'space' ? token.text : visibleText(token.text)}
          </span>
        ))}
      </code>
    </section>
  );
}
