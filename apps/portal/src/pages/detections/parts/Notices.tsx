import {
  Button,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  MessageBarTitle,
  makeStyles,
  Text,
} from '@fluentui/react-components';
import { Link } from '@tanstack/react-router';
import { useCan } from '../../../api/session.ts';
import { notify } from '../../../components/Notifier.tsx';
import { TimeText } from '../../../components/TimeText.tsx';
import { visibleText } from '../../../lib/text.ts';
import { plural } from '../../../lib/time.ts';
import { useRuleChanges, useSummary } from '../data.ts';
import { engineTime } from '../words.ts';

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: '6px', padding: '0 24px 8px', flexShrink: 0 },
  figures: { display: 'flex', flexWrap: 'wrap', gap: '4px 18px' },
});

const TITLE: Readonly<Record<string, string>> = {
  switchedOff: 'A rule was switched off',
  overflow: 'A rule found more than it may raise',
  throttled: 'A rule is throttled',
  gaps: 'Runs were missed',
};
const SHOWN = 3;

/** When detection does not happen as it should, it is said above the list; with the figures of all rules. */
export function Notices() {
  const styles = useStyles();
  const canTune = useCan('DetTune.Manage');
  const summary = useSummary();
  const { dismiss } = useRuleChanges();
  if (!summary.data) return null;
  const { notices, enabled, total, failing, warnings, updates, couldBeContinuous, engineMs } = summary.data;
  const figure = (count: number, text: string, search: Record<string, string>) =>
    count > 0 ? (
      <Link to="/detections" search={search as never}>
        {count} {text}
      </Link>
    ) : null;
  return (
    <div className={styles.stack}>
      {notices.slice(0, SHOWN).map((notice) => (
        <MessageBar key={notice.id} intent={notice.kind === 'switchedOff' ? 'error' : 'warning'} layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>{TITLE[notice.kind] ?? 'A rule needs attention'}</MessageBarTitle>“
            {visibleText(notice.name)}”: {visibleText(notice.text)} <TimeText value={notice.at} />
          </MessageBarBody>
          <MessageBarActions>
            <Link to="/detections/$id" params={{ id: notice.ruleId }}>
              Open the rule
            </Link>
            {canTune ? (
              <Button
                size="small"
                appearance="subtle"
                onClick={() =>
                  void dismiss(notice.id).catch((error: unknown) => notify.failure('The notice stays', error))
                }
              >
                Dismiss
              </Button>
            ) : null}
          </MessageBarActions>
        </MessageBar>
      ))}
      <Text size={200} className={styles.figures}>
        <span>
          {enabled} of {plural(total, 'rule')} on
        </span>
        {figure(failing, 'failing', { status: 'failed,broken' })}
        {figure(warnings, 'need attention', { status: 'warning,throttled' })}
        {figure(updates, updates === 1 ? 'update available' : 'updates available', { update: 'yes' })}
        {figure(couldBeContinuous, 'could run on arrival', { couldBeContinuous: 'yes' })}
        <span>{engineTime(engineMs)} of the engine in 24 hours</span>
        {notices.length > SHOWN ? <span>{notices.length - SHOWN} more notices</span> : null}
      </Text>
    </div>
  );
}
