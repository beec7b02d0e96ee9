import { makeStyles, tokens } from '@fluentui/react-components';
import { CopyButton } from './CopyButton.tsx';

const useStyles = makeStyles({
  root: { position: 'relative', minWidth: 0 },
  pre: {
    margin: 0,
    padding: '12px 44px 12px 14px',
    maxHeight: '340px',
    overflow: 'auto',
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    lineHeight: '18px',
    backgroundColor: tokens.colorNeutralBackground3,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
    tabSize: 2,
  },
  copy: { position: 'absolute', top: '6px', right: '6px' },
});

/** Text to paste elsewhere, with its copy button. */
export function CodeBlock({ text, what }: { readonly text: string; readonly what: string }) {
  const styles = useStyles();
  return (
    <div className={styles.root}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <pre className={styles.pre} tabIndex={0}>
        {text}
      </pre>
      <span className={styles.copy}>
        <CopyButton value={text} what={what} />
      </span>
    </div>
  );
}
