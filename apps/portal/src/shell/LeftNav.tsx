import { Button, makeStyles, mergeClasses, Tooltip, tokens } from '@fluentui/react-components';
import { ChevronDown12Regular } from '@fluentui/react-icons/svg/chevron-down';
import { ChevronRight12Regular } from '@fluentui/react-icons/svg/chevron-right';
import { PanelLeftContract20Regular } from '@fluentui/react-icons/svg/panel-left-contract';
import { PanelLeftExpand20Regular } from '@fluentui/react-icons/svg/panel-left-expand';
import { Link, useLocation } from '@tanstack/react-router';
import { useSession } from '../api/session.ts';
import { useStored } from '../lib/useStored.ts';
import { rowTokens } from '../theme/theme.ts';
import { isActive, NAVIGATION, type NavItem } from './navigation.ts';

const useStyles = makeStyles({
  nav: {
    gridArea: 'nav',
    width: '240px',
    backgroundColor: tokens.colorNeutralBackground3,
    borderRight: `1px solid ${tokens.colorNeutralStroke2}`,
    display: 'flex',
    flexDirection: 'column',
    overflowY: 'auto',
    overflowX: 'hidden',
    padding: '8px 0',
  },
  narrow: { width: '48px' },
  list: { listStyle: 'none', margin: 0, padding: 0 },
  heading: {
    border: 'none',
    backgroundColor: 'transparent',
    font: 'inherit',
    textAlign: 'left',
    display: 'flex',
    alignItems: 'center',
    gap: '6px',
    width: '100%',
    height: '32px',
    marginTop: '8px',
    padding: '0 12px 0 16px',
    color: tokens.colorNeutralForeground3,
    fontSize: tokens.fontSizeBase200,
    fontWeight: tokens.fontWeightSemibold,
    cursor: 'pointer',
    ':hover': { color: tokens.colorNeutralForeground1 },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
  headingText: { flexGrow: 1, whiteSpace: 'nowrap' },
  rule: { height: '1px', margin: '8px 10px', backgroundColor: tokens.colorNeutralStroke2 },
  item: {
    position: 'relative',
    display: 'flex',
    alignItems: 'center',
    gap: '10px',
    height: '34px',
    margin: '1px 6px',
    padding: '0 8px',
    borderRadius: tokens.borderRadiusMedium,
    color: tokens.colorNeutralForeground2,
    textDecoration: 'none',
    whiteSpace: 'nowrap',
    fontSize: tokens.fontSizeBase300,
    ':hover': { backgroundColor: rowTokens.rowHover, color: tokens.colorNeutralForeground1 },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
  here: {
    backgroundColor: rowTokens.rowOpen,
    color: tokens.colorNeutralForeground1,
    fontWeight: tokens.fontWeightSemibold,
    '::before': {
      content: '""',
      position: 'absolute',
      left: 0,
      top: '8px',
      bottom: '8px',
      width: '3px',
      borderRadius: '2px',
      backgroundColor: tokens.colorCompoundBrandForeground1,
    },
  },
  icon: { display: 'flex', flexShrink: 0 },
  hereIcon: { color: tokens.colorBrandForeground1 },
  spring: { flexGrow: 1 },
  foot: { padding: '8px 8px 0', display: 'flex' },
});

export interface LeftNavProps {
  readonly narrow: boolean;
  readonly onToggle: () => void;
}

/** Two levels: sections that fold and remember it, items that are links. */
export function LeftNav({ narrow, onToggle }: LeftNavProps) {
  const styles = useStyles();
  const permissions = useSession()?.permissions ?? [];
  const { pathname } = useLocation();
  const [folded, setFolded] = useStored<readonly string[]>('nav.folded', []);

  return (
    <nav aria-label="Main" className={mergeClasses(styles.nav, narrow && styles.narrow)}>
      {NAVIGATION.map((section, index) => {
        const items = section.items.filter((item) => !item.permission || permissions.includes(item.permission));
        if (items.length === 0) return null;
        const open = narrow || !section.label || !folded.includes(section.id);
        return (
          <div key={section.id}>
            {narrow && index > 0 ? <div className={styles.rule} /> : null}
            {!narrow && section.label ? (
              <button
                type="button"
                className={styles.heading}
                aria-expanded={open}
                onClick={() => setFolded(open ? [...folded, section.id] : folded.filter((each) => each !== section.id))}
              >
                <span className={styles.headingText}>{section.label}</span>
                {open ? <ChevronDown12Regular /> : <ChevronRight12Regular />}
              </button>
            ) : null}
            {open ? (
              <ul className={styles.list} aria-label={section.label || 'Start'}>
                {items.map((item) => (
                  <li key={item.to}>
                    <Item item={item} here={isActive(item, pathname)} narrow={narrow} />
                  </li>
                ))}
              </ul>
            ) : null}
          </div>
        );
      })}
      <div className={styles.spring} />
      <div className={styles.foot}>
        <Tooltip content={narrow ? 'Show labels' : 'Collapse navigation'} relationship="label" positioning="after">
          <Button
            appearance="subtle"
            size="small"
            icon={narrow ? <PanelLeftExpand20Regular /> : <PanelLeftContract20Regular />}
            aria-expanded={!narrow}
            onClick={onToggle}
          />
        </Tooltip>
      </div>
    </nav>
  );
}

function Item({ item, here, narrow }: { readonly item: NavItem; readonly here: boolean; readonly narrow: boolean }) {
  const styles = useStyles();
  const Icon = here ? item.activeIcon : item.icon;
  const link = (
    <Link
      to={item.to}
      className={mergeClasses(styles.item, here && styles.here)}
      aria-current={here ? 'page' : undefined}
      {...(narrow ? { 'aria-label': item.label } : {})}
    >
      <span className={mergeClasses(styles.icon, here && styles.hereIcon)}>
        <Icon />
      </span>
      {narrow ? null : item.label}
    </Link>
  );
  return narrow ? (
    <Tooltip content={item.label} relationship="inaccessible" positioning="after">
      {link}
    </Tooltip>
  ) : (
    link
  );
}
