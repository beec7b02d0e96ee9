import { Button, makeStyles, Text, Tooltip, tokens } from '@fluentui/react-components';
import { ChevronDown20Regular } from '@fluentui/react-icons/svg/chevron-down';
import { ChevronUp20Regular } from '@fluentui/react-icons/svg/chevron-up';
import { Dismiss20Regular } from '@fluentui/react-icons/svg/dismiss';
import { Open20Regular } from '@fluentui/react-icons/svg/open';
import { type PointerEvent, type ReactNode, useRef, useState } from 'react';
import { useHotkey } from '../lib/hotkeys.ts';
import { useStored } from '../lib/useStored.ts';

const MIN = 320;
const MAX = 760;

const useStyles = makeStyles({
  pane: {
    position: 'relative',
    display: 'flex',
    flexDirection: 'column',
    flexShrink: 0,
    minHeight: 0,
    maxWidth: '60%',
    backgroundColor: tokens.colorNeutralBackground1,
    borderLeft: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  grip: {
    position: 'absolute',
    left: '-4px',
    top: 0,
    bottom: 0,
    width: '8px',
    cursor: 'col-resize',
    touchAction: 'none',
    zIndex: 2,
    ':hover': { backgroundColor: tokens.colorBrandStroke2 },
    ':focus-visible': { backgroundColor: tokens.colorBrandStroke1, outline: 'none' },
  },
  head: {
    display: 'flex',
    alignItems: 'flex-start',
    gap: '4px',
    padding: '10px 8px 8px 16px',
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  title: { flexGrow: 1, minWidth: 0, overflowWrap: 'anywhere', margin: 0, paddingTop: '3px' },
  body: { overflowY: 'auto', padding: '12px 16px 20px', flexGrow: 1, minHeight: 0 },
  foot: { padding: '10px 16px', borderTop: `1px solid ${tokens.colorNeutralStroke2}` },
});

export interface DetailsPaneProps {
  readonly title: string;
  /** What the pane is about, for screen readers: "Incident details". */
  readonly label: string;
  readonly onClose: () => void;
  readonly onPrevious?: () => void;
  readonly onNext?: () => void;
  /** Opens the full page. */
  readonly onOpen?: () => void;
  readonly footer?: ReactNode;
  readonly children: ReactNode;
}

/** Details beside the list, not over it: resizable, previous and next, Esc closes. */
export function DetailsPane({ title, label, onClose, onPrevious, onNext, onOpen, footer, children }: DetailsPaneProps) {
  const styles = useStyles();
  const [stored, setStored] = useStored('pane.width', 400);
  const [width, setWidth] = useState(stored);
  const drag = useRef<{ readonly x: number; readonly width: number } | null>(null);
  useHotkey('Esc', 'Close the details', 'In a list', onClose);

  const limit = (value: number) => Math.min(MAX, Math.max(MIN, value));
  const move = (event: PointerEvent) => {
    if (drag.current) setWidth(limit(drag.current.width + drag.current.x - event.clientX));
  };
  return (
    <aside className={styles.pane} style={{ width }} aria-label={label}>
      {/* biome-ignore lint/a11y/useSemanticElements: a movable separator has no element of its own */}
      <div
        role="separator"
        aria-orientation="vertical"
        aria-label="Width of the details"
        aria-valuenow={width}
        aria-valuemin={MIN}
        aria-valuemax={MAX}
        tabIndex={0}
        className={styles.grip}
        onPointerDown={(event) => {
          drag.current = { x: event.clientX, width };
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={move}
        onPointerUp={() => {
          drag.current = null;
          setStored(width);
        }}
        onKeyDown={(event) => {
          const step = event.key === 'ArrowLeft' ? 24 : event.key === 'ArrowRight' ? -24 : 0;
          if (!step) return;
          event.preventDefault();
          setWidth(limit(width + step));
          setStored(limit(width + step));
        }}
      />
      <div className={styles.head}>
        <Text as="h2" weight="semibold" size={400} className={styles.title}>
          {title}
        </Text>
        {onPrevious || onNext ? (
          <>
            <Tooltip content="Previous (k)" relationship="label">
              <Button
                appearance="subtle"
                size="small"
                icon={<ChevronUp20Regular />}
                disabled={!onPrevious}
                onClick={onPrevious}
              />
            </Tooltip>
            <Tooltip content="Next (j)" relationship="label">
              <Button
                appearance="subtle"
                size="small"
                icon={<ChevronDown20Regular />}
                disabled={!onNext}
                onClick={onNext}
              />
            </Tooltip>
          </>
        ) : null}
        {onOpen ? (
          <Tooltip content="Open full page (Enter)" relationship="label">
            <Button appearance="subtle" size="small" icon={<Open20Regular />} onClick={onOpen} />
          </Tooltip>
        ) : null}
        <Tooltip content="Close (Esc)" relationship="label">
          <Button appearance="subtle" size="small" icon={<Dismiss20Regular />} onClick={onClose} />
        </Tooltip>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <section className={styles.body} tabIndex={0} aria-label={`${label}: content`}>
        {children}
      </section>
      {footer ? <div className={styles.foot}>{footer}</div> : null}
    </aside>
  );
}
