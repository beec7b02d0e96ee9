import { makeStyles, mergeClasses, Text, tokens } from '@fluentui/react-components';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect } from 'react';

const useStyles = makeStyles({
  page: { display: 'flex', flexDirection: 'column', minHeight: '100%' },
  fill: { height: '100%', minHeight: 0 },
  head: { padding: '14px 24px 0', flexShrink: 0 },
  crumbs: { fontSize: tokens.fontSizeBase200, color: tokens.colorNeutralForeground3, marginBottom: '2px' },
  crumb: {
    color: tokens.colorNeutralForeground2,
    textDecoration: 'none',
    ':hover': { textDecoration: 'underline' },
  },
  titleRow: { display: 'flex', alignItems: 'center', gap: '12px', minHeight: '32px', flexWrap: 'wrap' },
  title: {
    margin: 0,
    fontSize: tokens.fontSizeBase500,
    lineHeight: tokens.lineHeightBase500,
    fontWeight: tokens.fontWeightSemibold,
    minWidth: 0,
    overflowWrap: 'anywhere',
  },
  purpose: { color: tokens.colorNeutralForeground3 },
  spring: { flexGrow: 1 },
  commands: { display: 'flex', alignItems: 'center', gap: '4px', flexWrap: 'wrap' },
  filters: { padding: '8px 24px 0', flexShrink: 0 },
  body: { padding: '12px 24px 24px', flexGrow: 1, minHeight: 0, minWidth: 0 },
  bodyFill: { padding: '8px 0 0', display: 'flex', flexDirection: 'column' },
});

export interface PageShellProps {
  /** Also the window's title. */
  readonly title: string;
  /** What stands where the title would, when it is more than text (an editable name, badges). Must contain the h1. */
  readonly heading?: ReactNode;
  /** One line: what this page is for. */
  readonly purpose?: ReactNode;
  readonly crumbs?: readonly { readonly label: string; readonly to: string }[];
  readonly commands?: ReactNode;
  readonly filters?: ReactNode;
  /** The content takes the rest of the window and scrolls inside itself (grids, editors, graphs). */
  readonly fill?: boolean;
  readonly children: ReactNode;
}

/** Title and purpose, command bar, filter row, content: the frame of every page. */
export function PageShell({ title, heading, purpose, crumbs, commands, filters, fill, children }: PageShellProps) {
  const styles = useStyles();
  useEffect(() => {
    document.title = `${title} · Parapet`;
  }, [title]);
  return (
    <div className={mergeClasses(styles.page, fill && styles.fill)}>
      <div className={styles.head}>
        {crumbs?.length ? (
          <nav aria-label="Breadcrumb" className={styles.crumbs}>
            {crumbs.map((crumb) => (
              <span key={crumb.to}>
                <Link to={crumb.to} className={styles.crumb}>
                  {crumb.label}
                </Link>{' '}
                /{' '}
              </span>
            ))}
          </nav>
        ) : null}
        <div className={styles.titleRow}>
          {heading ?? <h1 className={styles.title}>{title}</h1>}
          <div className={styles.spring} />
          {commands ? <div className={styles.commands}>{commands}</div> : null}
        </div>
        {purpose ? (
          <Text size={200} className={styles.purpose} block>
            {purpose}
          </Text>
        ) : null}
      </div>
      {filters ? <div className={styles.filters}>{filters}</div> : null}
      <div className={mergeClasses(styles.body, fill && styles.bodyFill)}>{children}</div>
    </div>
  );
}
