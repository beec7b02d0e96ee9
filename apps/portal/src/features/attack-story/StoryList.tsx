import { Button, makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { ChevronRight16Regular } from '@fluentui/react-icons/svg/chevron-right';
import type { StoryStep } from '@parapet/schema/wire';
import { Link } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { SeverityBadge } from '../../components/Badges.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { visibleText } from '../../lib/text.ts';
import { formatCount } from '../../lib/time.ts';
import { categoryLabel } from '../../theme/meaning.ts';
import { rowTokens } from '../../theme/theme.ts';

/** An incident of thousands of alerts is told in pieces. */
const AT_ONCE = 200;

const useStyles = makeStyles({
  more: { margin: '4px 14px 8px' },
  list: { listStyle: 'none', margin: 0, padding: '4px 0 12px' },
  item: { position: 'relative', paddingLeft: '34px' },
  rail: {
    '::before': {
      content: '""',
      position: 'absolute',
      left: '18px',
      top: 0,
      bottom: 0,
      width: '2px',
      backgroundColor: tokens.colorNeutralStroke2,
    },
  },
  dot: {
    position: 'absolute',
    left: '10px',
    top: '11px',
    width: '18px',
    height: '18px',
    borderRadius: '50%',
    display: 'grid',
    placeItems: 'center',
    backgroundColor: tokens.colorNeutralBackground1,
  },
  button: {
    display: 'block',
    width: '100%',
    border: 'none',
    font: 'inherit',
    color: 'inherit',
    textAlign: 'left',
    backgroundColor: 'transparent',
    padding: '8px 40px 8px 6px',
    borderRadius: tokens.borderRadiusMedium,
    cursor: 'pointer',
    ':hover': { backgroundColor: rowTokens.rowHover },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
  chosen: { backgroundColor: rowTokens.rowOpen },
  future: { '& *': { fontWeight: tokens.fontWeightRegular, color: tokens.colorNeutralForeground3 } },
  meta: {
    display: 'flex',
    gap: '8px',
    color: tokens.colorNeutralForeground3,
    fontSize: tokens.fontSizeBase200,
    whiteSpace: 'nowrap',
    overflow: 'hidden',
  },
  title: { fontWeight: tokens.fontWeightSemibold, overflowWrap: 'anywhere' },
  narrative: {
    color: tokens.colorNeutralForeground2,
    fontSize: tokens.fontSizeBase200,
    overflowWrap: 'anywhere',
    marginTop: '2px',
  },
  open: {
    position: 'absolute',
    right: '8px',
    top: '8px',
    width: '28px',
    height: '28px',
    display: 'grid',
    placeItems: 'center',
    color: tokens.colorNeutralForeground2,
    borderRadius: tokens.borderRadiusMedium,
    ':hover': { backgroundColor: rowTokens.rowHover },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
});

export interface StoryListProps {
  readonly steps: readonly StoryStep[];
  readonly step: number;
  readonly chosenAlert: string | undefined;
  readonly onChoose: (alertId: string | undefined) => void;
}

/** The same story in words, in order of activity. Choosing an alert highlights its part of the picture. */
export function StoryList({ steps, step, chosenAlert, onChoose }: StoryListProps) {
  const styles = useStyles();
  const list = useRef<HTMLOListElement>(null);
  const replaying = step < steps.length;
  const focus = replaying ? step - 1 : steps.findIndex((each) => each.alertId === chosenAlert);
  const [from, setFrom] = useState(0);
  const start = focus >= 0 && (focus < from || focus >= from + AT_ONCE) ? Math.max(0, focus - AT_ONCE / 2) : from;
  const shown = steps.slice(start, start + AT_ONCE);
  const left = steps.length - start - shown.length;
  useEffect(() => {
    if (replaying) list.current?.querySelector(`[data-step="${step}"]`)?.scrollIntoView({ block: 'nearest' });
  }, [step, replaying]);
  return (
    <>
      {start > 0 ? (
        <Button size="small" className={styles.more} onClick={() => setFrom(Math.max(0, start - AT_ONCE))}>
          Earlier alerts ({formatCount(start)})
        </Button>
      ) : null}
      <ol ref={list} start={start + 1} className={styles.list} aria-label="Alerts in order of activity">
        {shown.map((each, position) => {
          const index = start + position;
          const chosen = each.alertId === chosenAlert;
          return (
            <li key={each.alertId} data-step={index + 1} className={mergeClasses(styles.item, styles.rail)}>
              <span className={styles.dot}>
                <SeverityBadge severity={each.severity} iconOnly />
              </span>
              <button
                type="button"
                aria-pressed={chosen}
                className={mergeClasses(styles.button, chosen && styles.chosen, index >= step && styles.future)}
                onClick={() => onChoose(chosen ? undefined : each.alertId)}
              >
                <div className={styles.meta}>
                  <TimeText value={each.time} mode="absolute" />
                </div>
                <div className={styles.title}>{visibleText(each.title)}</div>
                <div className={styles.meta}>{categoryLabel(each.category)}</div>
                <div className={styles.narrative}>{visibleText(each.narrative)}</div>
              </button>
              <Link
                to="/alerts/$id"
                params={{ id: each.alertId }}
                className={styles.open}
                aria-label={`Open alert ${visibleText(each.title)}`}
                title="Open alert"
              >
                <ChevronRight16Regular />
              </Link>
            </li>
          );
        })}
      </ol>
      {left > 0 ? (
        <Button size="small" className={styles.more} onClick={() => setFrom(start + AT_ONCE)}>
          Later alerts ({formatCount(left)})
        </Button>
      ) : null}
    </>
  );
}
