import {
  Button,
  Field,
  Input,
  makeStyles,
  Popover,
  PopoverSurface,
  PopoverTrigger,
  Text,
  tokens,
} from '@fluentui/react-components';
import { ArrowStepIn16Regular } from '@fluentui/react-icons/svg/arrow-step-in';
import { useState } from 'react';
import { useHotkey } from '../../lib/hotkeys.ts';
import { useAppearance } from '../../theme/Appearance.tsx';
import { toInput } from './RangeMenu.tsx';

const useStyles = makeStyles({
  surface: { display: 'flex', flexDirection: 'column', gap: '10px', width: '260px' },
  soft: { color: tokens.colorNeutralForeground3 },
});

export interface JumpMenuProps {
  /** Where the list begins; empty for the newest event. */
  readonly at: string;
  readonly newest: string | undefined;
  readonly onJump: (at: string) => void;
}

/** Begin the list at an instant, without narrowing the range. */
export function JumpMenu({ at, newest, onJump }: JumpMenuProps) {
  const styles = useStyles();
  const { zone } = useAppearance();
  const [open, setOpen] = useState(false);
  const [text, setText] = useState('');
  useHotkey('t', 'Jump to a time', 'Timeline', () => setOpen(true));
  const time = text ? new Date(zone === 'utc' ? `${text}Z` : text) : undefined;
  const valid = time !== undefined && !Number.isNaN(time.getTime());
  return (
    <Popover
      open={open}
      onOpenChange={(_, data) => {
        setOpen(data.open);
        if (data.open) setText(toInput(at || newest || new Date().toISOString(), zone));
      }}
      trapFocus
      positioning="below-start"
    >
      <PopoverTrigger disableButtonEnhancement>
        <Button size="small" appearance="subtle" icon={<ArrowStepIn16Regular />}>
          Jump to time
        </Button>
      </PopoverTrigger>
      <PopoverSurface aria-label="Jump to time">
        <form
          className={styles.surface}
          onSubmit={(event) => {
            event.preventDefault();
            if (!valid) return;
            onJump(time.toISOString());
            setOpen(false);
          }}
        >
          <Field label="Show events at and before">
            <Input type="datetime-local" step={1} value={text} onChange={(_, data) => setText(data.value)} />
          </Field>
          <Text size={200} className={styles.soft}>
            {zone === 'utc' ? 'UTC' : 'Local time'}
          </Text>
          <Button type="submit" appearance="primary" disabled={!valid}>
            Jump
          </Button>
        </form>
      </PopoverSurface>
    </Popover>
  );
}
