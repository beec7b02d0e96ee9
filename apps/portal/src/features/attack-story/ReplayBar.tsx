import { Button, makeStyles, Select, Slider, Text, Tooltip, tokens } from '@fluentui/react-components';
import { Next20Regular } from '@fluentui/react-icons/svg/next';
import { Pause20Filled } from '@fluentui/react-icons/svg/pause';
import { Play20Filled } from '@fluentui/react-icons/svg/play';
import { Previous20Regular } from '@fluentui/react-icons/svg/previous';
import type { StoryStep } from '@parapet/schema/wire';
import { useEffect, useState } from 'react';
import { useHotkey } from '../../lib/hotkeys.ts';
import { visibleText } from '../../lib/text.ts';
import { absoluteTime } from '../../lib/time.ts';
import { useAppearance } from '../../theme/Appearance.tsx';

const useStyles = makeStyles({
  bar: {
    display: 'flex',
    alignItems: 'center',
    gap: '4px',
    padding: '4px 12px',
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground1,
    minHeight: '44px',
  },
  slider: { flexGrow: 1, minWidth: '120px' },
  text: {
    width: '38%',
    minWidth: 0,
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    paddingLeft: '8px',
    color: tokens.colorNeutralForeground2,
  },
});

const SPEEDS = [1, 2, 4] as const;
const STEP_MS = 1600;

export interface ReplayBarProps {
  readonly steps: readonly StoryStep[];
  /** 0 … steps.length; the last shows the whole story. */
  readonly step: number;
  readonly onStep: (step: number) => void;
}

/** Replays the alerts in order of activity. Slider and buttons, `p`, `[` and `]`. */
export function ReplayBar({ steps, step, onStep }: ReplayBarProps) {
  const styles = useStyles();
  const { zone } = useAppearance();
  const [playing, setPlaying] = useState(false);
  const [speed, setSpeed] = useState<number>(1);
  const last = steps.length;
  const now = step > 0 ? steps[step - 1] : undefined;
  const text = now
    ? `${step} of ${last}: ${absoluteTime(now.time, zone, 'second')}, ${visibleText(now.title)}`
    : `Before the first of ${last} alerts`;

  useEffect(() => {
    if (!playing) return;
    if (step >= last) {
      setPlaying(false);
      return;
    }
    const timer = setTimeout(() => onStep(step + 1), STEP_MS / speed);
    return () => clearTimeout(timer);
  }, [playing, step, last, speed, onStep]);

  const toggle = () => {
    if (!playing && step >= last) onStep(0);
    setPlaying(!playing);
  };
  const go = (to: number) => {
    setPlaying(false);
    onStep(Math.min(last, Math.max(0, to)));
  };
  useHotkey('p', 'Play or pause the replay', 'Attack story', toggle);
  useHotkey('[', 'One step back', 'Attack story', () => go(step - 1));
  useHotkey(']', 'One step on', 'Attack story', () => go(step + 1));

  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a legend and its own layout
    <div className={styles.bar} role="group" aria-label="Replay">
      <Tooltip content="One step back ([)" relationship="label">
        <Button appearance="subtle" icon={<Previous20Regular />} disabled={step <= 0} onClick={() => go(step - 1)} />
      </Tooltip>
      <Tooltip content={playing ? 'Pause (p)' : 'Replay the attack (p)'} relationship="label">
        <Button appearance="subtle" icon={playing ? <Pause20Filled /> : <Play20Filled />} onClick={toggle} />
      </Tooltip>
      <Tooltip content="One step on (])" relationship="label">
        <Button appearance="subtle" icon={<Next20Regular />} disabled={step >= last} onClick={() => go(step + 1)} />
      </Tooltip>
      <Slider
        className={styles.slider}
        min={0}
        max={last}
        step={1}
        value={step}
        aria-label="Step of the replay"
        aria-valuetext={text}
        onChange={(_, data) => go(data.value)}
      />
      <Text size={200} className={styles.text} title={text} aria-live={playing ? 'off' : 'polite'}>
        {text}
      </Text>
      <Select
        size="small"
        aria-label="Speed of the replay"
        value={String(speed)}
        onChange={(_, data) => setSpeed(Number(data.value))}
      >
        {SPEEDS.map((each) => (
          <option key={each} value={each}>
            {each}×
          </option>
        ))}
      </Select>
    </div>
  );
}
