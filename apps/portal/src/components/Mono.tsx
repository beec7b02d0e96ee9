import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { type ReactNode, useMemo } from 'react';
import { middle, visibleText } from '../lib/text.ts';
import { CopyButton } from './CopyButton.tsx';

const useStyles = makeStyles({
  mono: { fontFamily: tokens.fontFamilyMonospace, fontSize: '0.929em', overflowWrap: 'anywhere' },
  wrap: { whiteSpace: 'pre-wrap' },
  line: { whiteSpace: 'nowrap', overflow: 'hidden', textOverflow: 'ellipsis', minWidth: 0 },
  pair: { display: 'inline-flex', alignItems: 'center', gap: '2px', maxWidth: '100%', minWidth: 0 },
  top: { alignItems: 'flex-start' },
});

/** Identifiers, paths, command lines. Text from telemetry goes through `value`, so hidden characters become visible. */
export function Mono({ children, className }: { readonly children: ReactNode; readonly className?: string }) {
  const styles = useStyles();
  return <span className={mergeClasses(styles.mono, className)}>{children}</span>;
}

export interface IdentifierProps {
  readonly value: string;
  /** What the copy button says it copied: "SHA-256". */
  readonly what: string;
  /** Shortens in the middle beyond this many characters; the whole value stays on hover and in the copy. */
  readonly max?: number;
  /** Command lines wrap instead. */
  readonly wrap?: boolean;
}

/** An identifier with its copy button. */
export function Identifier({ value, what, max = 48, wrap }: IdentifierProps) {
  const styles = useStyles();
  const text = useMemo(() => visibleText(wrap ? value : middle(value, max)), [value, wrap, max]);
  if (!value) return <span>–</span>;
  return (
    <span className={mergeClasses(styles.pair, wrap && styles.top)}>
      <span
        className={mergeClasses(styles.mono, wrap ? styles.wrap : styles.line)}
        title={wrap ? undefined : value}
        dir="ltr"
      >
        {text}
      </span>
      <CopyButton value={value} what={what} />
    </span>
  );
}
