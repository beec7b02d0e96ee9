import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { useRef } from 'react';

const useStyles = makeStyles({
  bar: {
    flexShrink: 0,
    backgroundColor: tokens.colorNeutralStroke2,
    touchAction: 'none',
    position: 'relative',
    zIndex: 2,
    '::after': { content: '""', position: 'absolute' },
    ':hover': { backgroundColor: tokens.colorBrandStroke1 },
    ':focus-visible': { backgroundColor: tokens.colorBrandStroke1, outline: 'none' },
  },
  vertical: { width: '1px', cursor: 'col-resize', '::after': { top: 0, bottom: 0, left: '-3px', right: '-3px' } },
  horizontal: { height: '1px', cursor: 'row-resize', '::after': { left: 0, right: 0, top: '-3px', bottom: '-3px' } },
});

export interface SplitterProps {
  /** `vertical`: a standing line that changes the width of what is left of it. */
  readonly orientation: 'vertical' | 'horizontal';
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly onChange: (value: number) => void;
}

/** A movable line between two areas; arrow keys move it too. */
export function Splitter({ orientation, label, value, min, max, onChange }: SplitterProps) {
  const styles = useStyles();
  const drag = useRef<{ readonly at: number; readonly value: number }>(undefined);
  const vertical = orientation === 'vertical';
  const limit = (next: number) => Math.round(Math.min(max, Math.max(min, next)));
  return (
    // biome-ignore lint/a11y/useSemanticElements: a movable separator has no element of its own
    <div
      role="separator"
      aria-orientation={orientation}
      aria-label={label}
      aria-valuenow={value}
      aria-valuemin={min}
      aria-valuemax={max}
      tabIndex={0}
      className={mergeClasses(styles.bar, vertical ? styles.vertical : styles.horizontal)}
      onPointerDown={(event) => {
        event.preventDefault();
        drag.current = { at: vertical ? event.clientX : event.clientY, value };
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => {
        if (drag.current)
          onChange(limit(drag.current.value + (vertical ? event.clientX : event.clientY) - drag.current.at));
      }}
      onPointerUp={() => {
        drag.current = undefined;
      }}
      onKeyDown={(event) => {
        const back = vertical ? 'ArrowLeft' : 'ArrowUp';
        const forward = vertical ? 'ArrowRight' : 'ArrowDown';
        if (event.key !== back && event.key !== forward) return;
        event.preventDefault();
        onChange(limit(value + (event.key === forward ? 24 : -24)));
      }}
    />
  );
}
