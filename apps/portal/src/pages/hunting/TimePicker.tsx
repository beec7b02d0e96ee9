import {
  Button,
  Field,
  Input,
  Menu,
  MenuDivider,
  MenuItem,
  MenuItemRadio,
  MenuList,
  MenuPopover,
  MenuTrigger,
  makeStyles,
  Popover,
  PopoverSurface,
  Text,
  tokens,
} from '@fluentui/react-components';
import { CalendarClock16Regular } from '@fluentui/react-icons/svg/calendar-clock';
import { useRef, useState } from 'react';
import { absoluteTime } from '../../lib/time.ts';
import { useAppearance } from '../../theme/Appearance.tsx';
import { type HuntRange, interval, isPreset, PRESET_LABELS, PRESETS, parseInterval } from './time-range.ts';

const useStyles = makeStyles({
  surface: { display: 'flex', flexDirection: 'column', gap: '10px', width: '280px' },
  soft: { color: tokens.colorNeutralForeground3 },
  button: { fontWeight: tokens.fontWeightRegular, whiteSpace: 'nowrap' },
  menu: { maxHeight: '70vh', overflowY: 'auto' },
});

const two = (value: number): string => String(value).padStart(2, '0');

/** What an `<input type=datetime-local>` holds for an instant, in the chosen zone. */
function toInput(date: Date, zone: 'local' | 'utc'): string {
  if (zone === 'utc') return date.toISOString().slice(0, 16);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

function fromInput(text: string, zone: 'local' | 'utc'): Date {
  return new Date(zone === 'utc' ? `${text}Z` : text);
}

export interface TimePickerProps {
  readonly value: HuntRange;
  readonly onChange: (range: HuntRange) => void;
  /** The text filters time itself: the picker has no effect and says so. */
  readonly setInQuery: boolean;
}

export function rangeLabel(range: HuntRange, zone: 'local' | 'utc'): string {
  if (isPreset(range)) return PRESET_LABELS[range];
  const custom = parseInterval(range);
  if (!custom) return 'Custom';
  return `${absoluteTime(custom.from.toISOString(), zone, 'minute')} – ${absoluteTime(custom.to.toISOString(), zone, 'minute')}`;
}

export function TimePicker({ value, onChange, setInQuery }: TimePickerProps) {
  const styles = useStyles();
  const { zone } = useAppearance();
  const [custom, setCustom] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const label = setInQuery ? 'Time: set in the query' : `Time: ${rangeLabel(value, zone)}`;
  return (
    <>
      <Menu
        checkedValues={{ range: [isPreset(value) ? value : 'custom'] }}
        onCheckedValueChange={(_, data) => {
          const chosen = data.checkedItems[0];
          if (chosen && isPreset(chosen)) onChange(chosen);
        }}
      >
        <MenuTrigger disableButtonEnhancement>
          <Button
            ref={button}
            size="small"
            appearance="subtle"
            className={styles.button}
            icon={<CalendarClock16Regular />}
            title={
              setInQuery ? 'The query filters time itself; what is chosen here applies when it does not.' : undefined
            }
          >
            {label}
          </Button>
        </MenuTrigger>
        <MenuPopover>
          <MenuList className={styles.menu}>
            {PRESETS.map((preset) => (
              <MenuItemRadio key={preset} name="range" value={preset}>
                {PRESET_LABELS[preset]}
              </MenuItemRadio>
            ))}
            <MenuDivider />
            <MenuItem onClick={() => setCustom(true)}>Custom range…</MenuItem>
          </MenuList>
        </MenuPopover>
      </Menu>
      <Popover
        open={custom}
        onOpenChange={(_, data) => setCustom(data.open)}
        trapFocus
        positioning={{ target: button.current, position: 'below', align: 'start' }}
      >
        <PopoverSurface className={styles.surface} aria-label="Custom time range">
          <CustomRange
            value={value}
            zone={zone}
            onApply={(range) => {
              onChange(range);
              setCustom(false);
            }}
          />
        </PopoverSurface>
      </Popover>
    </>
  );
}

function CustomRange({
  value,
  zone,
  onApply,
}: {
  readonly value: HuntRange;
  readonly zone: 'local' | 'utc';
  readonly onApply: (range: HuntRange) => void;
}) {
  const styles = useStyles();
  const start = parseInterval(value) ?? { from: new Date(Date.now() - 86_400_000), to: new Date() };
  const [from, setFrom] = useState(toInput(start.from, zone));
  const [to, setTo] = useState(toInput(start.to, zone));
  const begins = fromInput(from, zone);
  const ends = fromInput(to, zone);
  const valid = begins.getTime() < ends.getTime();
  return (
    <>
      <Text weight="semibold">Custom range</Text>
      <Text size={200} className={styles.soft}>
        Times are in {zone === 'utc' ? 'UTC' : 'your local time'}; queries always see UTC.
      </Text>
      <Field label="From">
        <Input type="datetime-local" value={from} onChange={(_, data) => setFrom(data.value)} />
      </Field>
      <Field
        label="To"
        {...(valid
          ? {}
          : { validationState: 'error' as const, validationMessage: 'The end must come after the start.' })}
      >
        <Input type="datetime-local" value={to} onChange={(_, data) => setTo(data.value)} />
      </Field>
      <Button appearance="primary" disabled={!valid} onClick={() => onApply(interval(begins, ends))}>
        Use this range
      </Button>
    </>
  );
}
