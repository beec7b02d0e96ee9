import {
  Button,
  Checkbox,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  MessageBar,
  MessageBarBody,
  makeStyles,
  Radio,
  RadioGroup,
} from '@fluentui/react-components';
import type { Job, SigmaCheck, SigmaImported, SigmaRuleState } from '@parapet/schema/wire';
import { useEffect, useState } from 'react';
import { ApiError, api } from '../../api/client.ts';
import { JobProgress } from '../../components/JobProgress.tsx';
import { plural } from '../../lib/time.ts';
import { isOver, useJob } from '../../lib/useJob.ts';

const useStyles = makeStyles({ stack: { display: 'flex', flexDirection: 'column', gap: '14px' } });

/** The last question before rules are stored: how they start. */
export function ImportDialog({
  check,
  chosen,
  onClose,
  onDone,
}: {
  readonly check: SigmaCheck;
  /** Ids; without them all rules of the check. */
  readonly chosen?: readonly string[];
  readonly onClose: () => void;
  readonly onDone: (outcome: SigmaImported) => void;
}) {
  const styles = useStyles();
  const [state, setState] = useState<SigmaRuleState>('shadow');
  const [warnings, setWarnings] = useState(true);
  const [jobId, setJobId] = useState<string>();
  const [failure, setFailure] = useState('');
  const job = useJob(jobId);
  const finished = job.data && isOver(job.data) ? job.data : undefined;
  useEffect(() => {
    if (finished?.state === 'succeeded' && finished.result) onDone(finished.result as SigmaImported);
    else if (finished) setFailure(finished.detail || 'The import did not end well.');
  }, [finished, onDone]);
  const busy = jobId !== undefined && !finished;
  const start = async () => {
    setFailure('');
    try {
      const started = await api.post<Job>(`/api/detections/sigma/checks/${encodeURIComponent(check.id)}/import`, {
        state,
        warnings,
        ...(chosen ? { ids: [...chosen] } : {}),
      });
      setJobId(started.id);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setFailure([error.message, error.hint].filter(Boolean).join(' '));
    }
  };
  return (
    <Dialog open modalType="modal" onOpenChange={(_, data) => !data.open && !busy && onClose()}>
      <DialogSurface style={{ maxWidth: 560 }}>
        <DialogBody>
          <DialogTitle>Import {plural(chosen?.length ?? check.rules, 'rule')}</DialogTitle>
          <DialogContent className={styles.stack}>
            <Field
              label="New rules start"
              hint="Rules that were imported before keep their switches, exclusions and scope."
            >
              <RadioGroup value={state} disabled={busy} onChange={(_, data) => setState(data.value as SigmaRuleState)}>
                <Radio value="shadow" label="In shadow: they run and count, and alert nobody" />
                <Radio value="on" label="On: what they find becomes alerts" />
                <Radio value="off" label="Off" />
              </RadioGroup>
            </Field>
            {chosen ? null : (
              <Checkbox
                checked={warnings}
                disabled={busy}
                label={`Also the ${plural(check.warnings, 'document')} with a warning`}
                onChange={(_, data) => setWarnings(data.checked === true)}
              />
            )}
            {job.data ? <JobProgress job={job.data} /> : null}
            {failure ? (
              <MessageBar intent="error">
                <MessageBarBody>{failure}</MessageBarBody>
              </MessageBar>
            ) : null}
          </DialogContent>
          <DialogActions>
            <Button disabled={busy} onClick={onClose}>
              Close
            </Button>
            <Button appearance="primary" disabled={busy} onClick={() => void start()}>
              {busy ? 'Importing' : 'Import'}
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
