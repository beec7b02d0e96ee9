import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { CheckmarkCircle16Regular } from '@fluentui/react-icons/svg/checkmark-circle';
import { Clock16Regular } from '@fluentui/react-icons/svg/clock';
import { ErrorCircle16Regular } from '@fluentui/react-icons/svg/error-circle';
import { PauseCircle16Regular } from '@fluentui/react-icons/svg/pause-circle';
import type { IngestSource } from '@parapet/schema/wire';
import { useNow } from '../../../lib/useNow.ts';

/** A source counts as silent after this long without an event. */
export const SILENT_MS = 24 * 3_600_000;

const useStyles = makeStyles({
  badge: { display: 'inline-flex', alignItems: 'center', gap: '5px', whiteSpace: 'nowrap' },
  icon: { display: 'flex', flexShrink: 0, color: tokens.colorNeutralForeground3 },
  good: { color: tokens.colorPaletteGreenForeground1 },
  bad: { color: tokens.colorPaletteRedForeground1 },
});

/** One word for how a source is doing. */
export function sourceHealth(
  source: IngestSource,
  now: number,
): { readonly word: string; readonly tone: 'good' | 'bad' | 'quiet'; readonly icon: 'ok' | 'error' | 'wait' | 'off' } {
  if (source.state.state === 'failed') return { word: 'Failed', tone: 'bad', icon: 'error' };
  if (source.kind === null) return { word: 'Removed', tone: 'quiet', icon: 'off' };
  if (source.state.state === 'off') return { word: 'Off', tone: 'quiet', icon: 'off' };
  if (source.state.state === 'waiting') return { word: 'Waiting', tone: 'quiet', icon: 'wait' };
  if (source.lastEventAt === null) return { word: 'No events yet', tone: 'quiet', icon: 'wait' };
  if (now - Date.parse(source.lastEventAt) > SILENT_MS) return { word: 'Silent', tone: 'bad', icon: 'wait' };
  return { word: 'Receiving', tone: 'good', icon: 'ok' };
}

export function StateBadge({ source }: { readonly source: IngestSource }) {
  const styles = useStyles();
  const { word, tone, icon } = sourceHealth(source, useNow());
  return (
    <span className={styles.badge} title={source.state.detail}>
      <span className={mergeClasses(styles.icon, tone === 'good' && styles.good, tone === 'bad' && styles.bad)}>
        {icon === 'ok' ? (
          <CheckmarkCircle16Regular />
        ) : icon === 'error' ? (
          <ErrorCircle16Regular />
        ) : icon === 'off' ? (
          <PauseCircle16Regular />
        ) : (
          <Clock16Regular />
        )}
      </span>
      {word}
    </span>
  );
}
