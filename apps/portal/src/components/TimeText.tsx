import { absoluteTime, relativeTime } from '../lib/time.ts';
import { useNow } from '../lib/useNow.ts';
import { useAppearance } from '../theme/Appearance.tsx';

export interface TimeTextProps {
  /** ISO 8601; null shows a dash. */
  readonly value: string | null | undefined;
  /** `relative` in lists (absolute on hover), `absolute` where the instant matters. */
  readonly mode?: 'relative' | 'absolute';
  readonly precision?: 'date' | 'minute' | 'second' | 'milli';
}

/** An instant in the person's zone. */
export function TimeText({ value, mode = 'relative', precision = 'second' }: TimeTextProps) {
  const now = useNow();
  const { zone } = useAppearance();
  if (!value) return <span>–</span>;
  const absolute = absoluteTime(value, zone, precision);
  return (
    <time dateTime={value} title={mode === 'relative' ? absolute : value} style={{ whiteSpace: 'nowrap' }}>
      {mode === 'relative' ? relativeTime(value, now, zone) : absolute}
    </time>
  );
}
