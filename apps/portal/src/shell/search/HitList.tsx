import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { visibleText } from '../../lib/text.ts';
import { rowTokens } from '../../theme/theme.ts';

const useStyles = makeStyles({
  group: {
    padding: '8px 12px 2px',
    color: tokens.colorNeutralForeground3,
    fontSize: tokens.fontSizeBase200,
    fontWeight: tokens.fontWeightSemibold,
  },
  hit: {
    display: 'flex',
    alignItems: 'baseline',
    gap: '10px',
    padding: '5px 12px',
    cursor: 'pointer',
    minHeight: '28px',
  },
  active: {
    backgroundColor: rowTokens.rowHover,
    boxShadow: `inset 3px 0 0 ${tokens.colorCompoundBrandForeground1}`,
    // High contrast takes backgrounds away.
    outline: '1px solid transparent',
  },
  label: { whiteSpace: 'nowrap', overflow: 'hidden', textOverflow: 'ellipsis', minWidth: 0, flexShrink: 1 },
  detail: {
    color: tokens.colorNeutralForeground3,
    fontSize: tokens.fontSizeBase200,
    whiteSpace: 'nowrap',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    flexShrink: 2,
    minWidth: '60px',
  },
  keys: {
    marginLeft: 'auto',
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    color: tokens.colorNeutralForeground3,
    flexShrink: 0,
  },
});

export interface Line {
  readonly label: string;
  readonly detail: string;
  readonly keys?: string;
  readonly run: () => void;
}

export interface LineGroup {
  readonly label: string;
  readonly lines: readonly Line[];
}

export interface HitListProps {
  readonly id: string;
  readonly label: string;
  readonly groups: readonly LineGroup[];
  /** Number of the active line, counted over all groups. */
  readonly active: number;
  readonly onActive: (index: number) => void;
}

export const lineId = (id: string, index: number): string => `${id}-${index}`;

/** Lines in groups for a combobox: the input keeps the focus and names the active line. */
export function HitList({ id, label, groups, active, onActive }: HitListProps) {
  const styles = useStyles();
  let index = -1;
  return (
    <div id={`${id}-list`} role="listbox" aria-label={label}>
      {groups.map((group) => (
        // biome-ignore lint/a11y/useSemanticElements: options of a listbox are grouped by role
        <div key={group.label} role="group" aria-label={group.label}>
          <div className={styles.group} role="presentation">
            {group.label}
          </div>
          {group.lines.map((line) => {
            index += 1;
            const mine = index;
            return (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the input handles the keys
              <div
                key={`${line.label}|${line.detail}|${mine}`}
                id={lineId(id, mine)}
                role="option"
                tabIndex={-1}
                aria-selected={mine === active}
                className={mergeClasses(styles.hit, mine === active && styles.active)}
                onMouseDown={(event) => event.preventDefault()}
                onMouseMove={() => onActive(mine)}
                onClick={line.run}
              >
                <span className={styles.label}>{visibleText(line.label)}</span>
                <span className={styles.detail}>{visibleText(line.detail)}</span>
                {line.keys ? <kbd className={styles.keys}>{line.keys}</kbd> : null}
              </div>
            );
          })}
        </div>
      ))}
    </div>
  );
}

/**
 * Moves the active line by the arrow keys, Home and End.
 * @returns undefined for keys that do not move
 */
export function movedLine(key: string, active: number, count: number): number | undefined {
  switch (key) {
    case 'ArrowDown':
      return active + 1 < count ? active + 1 : 0;
    case 'ArrowUp':
      return active > 0 ? active - 1 : count - 1;
    case 'PageDown':
      return Math.min(active + 8, count - 1);
    case 'PageUp':
      return Math.max(active - 8, 0);
    default:
      return undefined;
  }
}

/** Keeps the active line in view. */
export function showLine(id: string, index: number): void {
  document.getElementById(lineId(id, index))?.scrollIntoView({ block: 'nearest' });
}
