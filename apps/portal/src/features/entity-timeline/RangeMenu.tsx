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
import { CalendarClock16Regular } from '@fluentui/react-icons/svg/calendar-clock';
import { Dismiss12Regular } from '@fluentui/react-icons/svg/dismiss';
import { useState } from 'react';
import { absoluteTime } from '../../lib/time.ts';
import { useAppearance } from '../../theme/Appearance.tsx';

const useStyles = makeStyles({
  surface: { display: 'flex', flexDirection: 'column', gap: '10px', width: '280px' },
  presets: { display: 'flex', flexWrap: 'wrap', gap: '6px' },
  soft: { color: tokens.colorNeutralForeground3 },
  pill: { borderRadius: tokens.borderRadiusCircular, fontWeight: tokens.fontWeightRegular },
});

const PRESETS = [
  ['1 hour', 3_600_000],
  ['24 hours', 86_400_000],
  ['7 days', 7 * 86_400_000],
] as const;

export interface RangeMenuProps {
  readonly from: string;
  readonly to: string;
  /** Newest event of the entity: "last 7 days" of a device that is silent since a month means its last 7 days. */
  readonly newest: string | undefined;
  readonly onRange: (from: string, to: string) => void;
}

/** Everything: the server would otherwise take the last 30 days of what the entity sent. */
const BEGINNING = '1970-01-01T00:00:00.000Z';

const two = (value: number): string => String(value).padStart(2, '0');

export function toInput(iso: string, zone: 'local' | 'utc'): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return '';
  if (zone === 'utc') return date.toISOString().slice(0, 16);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** The time limits of a timeline: presets counted back from the newest event, or any two instants. */
export function RangeMenu({ from, to, newest, onRange }: RangeMenuProps) {
  const styles = useStyles();
  const { zone } = useAppearance();
  const [open, setOpen] = useState(false);
  const limited = Boolean(from || to);
  const text = !limited
    ? 'last 30 days of its data'
    : from === BEGINNING && !to
      ? 'all time'
      : `${from ? absoluteTime(from, zone, 'minute') : 'the beginning'} – ${to ? absoluteTime(to, zone, 'minute') : 'now'}`;
  return (
    <span style={{ display: 'inline-flex', alignItems: 'center' }}>
      <Popover open={open} onOpenChange={(_, data) => setOpen(data.open)} trapFocus positioning="below-start">
        <PopoverTrigger disableButtonEnhancement>
          <Button size="small" className={styles.pill} icon={<CalendarClock16Regular />}>
            Time: {text}
          </Button>
        </PopoverTrigger>
        <PopoverSurface className={styles.surface} aria-label="Time range">
          <Text weight="semibold">Before the newest event</Text>
          <div className={styles.presets}>
            {PRESETS.map(([label, length]) => (
              <Button
                key={label}
                size="small"
                onClick={() => {
                  const end = newest ? Date.parse(newest) : Date.now();
                  onRange(new Date(end - length).toISOString(), '');
                  setOpen(false);
                }}
              >
                {label}
              </Button>
            ))}
            <Button
              size="small"
              onClick={() => {
                onRange(BEGINNING, '');
                setOpen(false);
              }}
            >
              All time
            </Button>
          </div>
          <Custom
            key={`${from}|${to}`}
            from={from}
            to={to}
            zone={zone}
            onApply={(begin, end) => {
              onRange(begin, end);
              setOpen(false);
            }}
          />
        </PopoverSurface>
      </Popover>
      {limited ? (
        <Button
          size="small"
          appearance="transparent"
          style={{ minWidth: 24 }}
          icon={<Dismiss12Regular />}
          aria-label="Remove the time range"
          onClick={() => onRange('', '')}
        />
      ) : null}
    </span>
  );
}

function Custom({
  from,
  to,
  zone,
  onApply,
}: {
  readonly from: string;
  readonly to: string;
  readonly zone: 'local' | 'utc';
  readonly onApply: (from: string, to: string) => void;
}) {
  const styles = useStyles();
  const [begin, setBegin] = useState(toInput(from, zone));
  const [end, setEnd] = useState(toInput(to, zone));
  const instant = (text: string) => (text ? new Date(zone === 'utc' ? `${text}Z` : text).toISOString() : '');
  const valid = !begin || !end || instant(begin) < instant(end);
  return (
    <>
      <Field label="From">
        <Input type="datetime-local" value={begin} onChange={(_, data) => setBegin(data.value)} />
      </Field>
      <Field
        label="To"
        {...(valid
          ? {}
          : { validationState: 'error' as const, validationMessage: 'The end must come after the start.' })}
      >
        <Input type="datetime-local" value={end} onChange={(_, data) => setEnd(data.value)} />
      </Field>
      <Text size={200} className={styles.soft}>
        {zone === 'utc' ? 'UTC' : 'Local time'}
      </Text>
      <Button
        appearance="primary"
        disabled={!valid || (!begin && !end)}
        onClick={() => onApply(instant(begin), instant(end))}
      >
        Use this range
      </Button>
    </>
  );
}
