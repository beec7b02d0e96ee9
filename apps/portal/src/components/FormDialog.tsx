import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  DialogTrigger,
  MessageBar,
  MessageBarBody,
  MessageBarTitle,
  makeStyles,
} from '@fluentui/react-components';
import { type FormEvent, type ReactNode, useState } from 'react';
import { ApiError } from '../api/client.ts';
import { useReturnFocus } from '../lib/useReturnFocus.ts';

const useStyles = makeStyles({
  content: { display: 'flex', flexDirection: 'column', gap: '14px' },
});

export interface FormDialogProps {
  readonly title: string;
  /** The fields. */
  readonly children: ReactNode;
  /** The verb: "Add task", never "OK". */
  readonly action: string;
  /** The fields are not ready to be sent; what is missing is said beside them. */
  readonly disabled?: boolean;
  /** Pixels. */
  readonly width?: number;
  readonly onClose: () => void;
  /** Sends the form; what it throws is shown in the dialog, and what was typed stays. Closes when it answers anything but false. */
  readonly onSubmit: () => Promise<unknown>;
}

/** A form in a dialog: fields, busy, what the server refused, two buttons; Enter in a field sends it. */
export function FormDialog({ title, children, action, disabled, width = 520, onClose, onSubmit }: FormDialogProps) {
  const styles = useStyles();
  useReturnFocus();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    // A form in a portal sends its event up to the form it was opened from.
    event.stopPropagation();
    if (busy || disabled) return;
    setBusy(true);
    setFailure(undefined);
    try {
      if ((await onSubmit()) !== false) onClose();
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog open onOpenChange={(_, data) => !data.open && onClose()}>
      <DialogSurface style={{ maxWidth: width }}>
        <form onSubmit={(event) => void submit(event)} noValidate>
          <DialogBody>
            <DialogTitle>{title}</DialogTitle>
            <DialogContent className={styles.content}>
              {children}
              {failure === undefined ? null : <Refusal error={failure} />}
            </DialogContent>
            <DialogActions>
              <DialogTrigger disableButtonEnhancement>
                <Button disabled={busy}>Cancel</Button>
              </DialogTrigger>
              <Button type="submit" appearance="primary" disabled={busy || disabled}>
                {action}
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}

function Refusal({ error }: { readonly error: unknown }) {
  const refused = error instanceof ApiError ? error : undefined;
  return (
    <MessageBar intent="error" layout="multiline" role="alert">
      <MessageBarBody>
        <MessageBarTitle>{error instanceof Error ? error.message : String(error)}</MessageBarTitle>
        {refused?.hint} {refused?.requestId ? `Reference ${refused.requestId}.` : ''}
      </MessageBarBody>
    </MessageBar>
  );
}
