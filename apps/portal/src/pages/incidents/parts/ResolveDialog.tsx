import {
  Checkbox,
  Field,
  MessageBar,
  MessageBarBody,
  makeStyles,
  Text,
  Textarea,
  tokens,
} from '@fluentui/react-components';
import type { Classification, Determination, IncidentChanges } from '@parapet/schema/wire';
import { useState } from 'react';
import { FormDialog } from '../../../components/FormDialog.tsx';
import { type Verdict, VerdictFields } from '../../../components/VerdictFields.tsx';
import { useStored } from '../../../lib/useStored.ts';

const useStyles = makeStyles({ soft: { color: tokens.colorNeutralForeground3 } });

export interface ResolveDialogProps {
  readonly onClose: () => void;
  /** "incident 12" or "3 incidents". */
  readonly subject: string;
  /** Open alerts that will be resolved along. */
  readonly openAlerts: number;
  /** Tasks that nobody has done yet. */
  readonly openTasks?: number;
  /** Where the draft of the comment is kept. */
  readonly draftKey: string;
  readonly initial?: { readonly classification: Classification | null; readonly determination: Determination | null };
  /** @returns true when it was done */
  readonly onResolve: (changes: IncidentChanges) => Promise<boolean>;
}

/** Closing says what it was: classification, then one of its determinations, and why. */
export function ResolveDialog(props: ResolveDialogProps) {
  const styles = useStyles();
  const [verdict, setVerdict] = useState<Verdict>({
    classification: props.initial?.classification ?? '',
    determination: props.initial?.determination ?? '',
  });
  const [comment, setComment] = useStored(`draft.resolve.${props.draftKey}`, '');
  const [anyway, setAnyway] = useState(false);
  const { classification, determination } = verdict;
  const openTasks = props.openTasks ?? 0;
  return (
    <FormDialog
      title={`Resolve ${props.subject}`}
      action="Resolve"
      width={560}
      disabled={!classification || !determination || (openTasks > 0 && !anyway)}
      onClose={props.onClose}
      onSubmit={async () => {
        if (!classification || !determination) return false;
        const done = await props.onResolve({
          status: 'resolved',
          classification,
          determination,
          ...(comment.trim() ? { resolvingComment: comment.trim() } : {}),
        });
        if (done) setComment('');
        return done;
      }}
    >
      <Text className={styles.soft}>
        {props.openAlerts
          ? `${props.openAlerts} open ${props.openAlerts === 1 ? 'alert is' : 'alerts are'} resolved along and take over the verdict unless they have one of their own.`
          : 'No open alerts are left.'}
      </Text>
      {openTasks > 0 ? (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>
            {openTasks === 1 ? 'One task is' : `${openTasks} tasks are`} still open.{' '}
            <Checkbox
              label="Resolve anyway"
              checked={anyway}
              onChange={(_, data) => setAnyway(data.checked === true)}
            />
          </MessageBarBody>
        </MessageBar>
      ) : null}
      <VerdictFields value={verdict} onChange={setVerdict} />
      <Field label="Comment" hint="What was found and what was done. Kept with the incident.">
        <Textarea
          value={comment}
          rows={4}
          dir="auto"
          maxLength={30_000}
          resize="vertical"
          onChange={(_, data) => setComment(data.value)}
        />
      </Field>
    </FormDialog>
  );
}
