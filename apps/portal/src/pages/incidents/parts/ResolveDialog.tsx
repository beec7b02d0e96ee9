import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  DialogTrigger,
  Field,
  makeStyles,
  Radio,
  RadioGroup,
  Select,
  Text,
  Textarea,
  tokens,
} from '@fluentui/react-components';
import {
  CLASSIFICATIONS,
  type Classification,
  DETERMINATIONS,
  type Determination,
  type IncidentChanges,
} from '@parapet/schema/wire';
import { useState } from 'react';
import { useStored } from '../../../lib/useStored.ts';
import { words } from '../../../theme/meaning.ts';

const useStyles = makeStyles({
  form: { display: 'flex', flexDirection: 'column', gap: '14px' },
  soft: { color: tokens.colorNeutralForeground3 },
});

export interface ResolveDialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  /** "Incident 12" or "3 incidents". */
  readonly subject: string;
  /** Open alerts that will be resolved along. */
  readonly openAlerts: number;
  /** Where the draft of the comment is kept. */
  readonly draftKey: string;
  readonly initial?: { readonly classification: Classification | null; readonly determination: Determination | null };
  /** @returns true when it was done */
  readonly onResolve: (changes: IncidentChanges) => Promise<boolean>;
}

/** Closing says what it was: classification, then one of its determinations, and why. */
export function ResolveDialog(props: ResolveDialogProps) {
  const styles = useStyles();
  const [classification, setClassification] = useState<Classification | ''>(props.initial?.classification ?? '');
  const [determination, setDetermination] = useState<string>(props.initial?.determination ?? '');
  const [comment, setComment] = useStored(`draft.resolve.${props.draftKey}`, '');
  const [busy, setBusy] = useState(false);
  const [tried, setTried] = useState(false);
  const options = classification ? DETERMINATIONS[classification] : [];
  const complete = classification !== '' && determination !== '';

  const resolve = async () => {
    setTried(true);
    if (!complete) return;
    setBusy(true);
    const done = await props.onResolve({
      status: 'resolved',
      classification,
      determination: determination as Determination,
      ...(comment.trim() ? { resolvingComment: comment.trim() } : {}),
    });
    setBusy(false);
    if (done) {
      setComment('');
      props.onClose();
    }
  };

  return (
    <Dialog open={props.open} onOpenChange={(_, data) => !data.open && props.onClose()}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>Resolve {props.subject}</DialogTitle>
          <DialogContent>
            <div className={styles.form}>
              <Text className={styles.soft}>
                {props.openAlerts
                  ? `${props.openAlerts} open ${props.openAlerts === 1 ? 'alert is' : 'alerts are'} resolved along and take over the verdict unless they have one of their own.`
                  : 'No open alerts are left.'}
              </Text>
              <Field
                label="Classification"
                required
                validationState={tried && !classification ? 'error' : 'none'}
                validationMessage={tried && !classification ? 'Choose what it was.' : undefined}
              >
                <RadioGroup
                  value={classification}
                  onChange={(_, data) => {
                    setClassification(data.value as Classification);
                    setDetermination('');
                  }}
                >
                  {CLASSIFICATIONS.map((each) => (
                    <Radio key={each} value={each} label={words(each)} />
                  ))}
                </RadioGroup>
              </Field>
              <Field
                label="Determination"
                required
                validationState={tried && classification && !determination ? 'error' : 'none'}
                validationMessage={tried && classification && !determination ? 'Choose the closest one.' : undefined}
              >
                <Select
                  value={determination}
                  disabled={!classification}
                  onChange={(_, data) => setDetermination(data.value)}
                >
                  <option value="">{classification ? 'Choose…' : 'Choose the classification first'}</option>
                  {options.map((each) => (
                    <option key={each} value={each}>
                      {words(each)}
                    </option>
                  ))}
                </Select>
              </Field>
              <Field label="Comment" hint="What was found and what was done. Kept with the incident.">
                <Textarea
                  value={comment}
                  rows={4}
                  maxLength={30_000}
                  resize="vertical"
                  onChange={(_, data) => setComment(data.value)}
                />
              </Field>
            </div>
          </DialogContent>
          <DialogActions>
            <DialogTrigger disableButtonEnhancement>
              <Button disabled={busy}>Cancel</Button>
            </DialogTrigger>
            <Button appearance="primary" disabled={busy} onClick={() => void resolve()}>
              Resolve
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
