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
  Input,
  Switch,
} from '@fluentui/react-components';
import { type FormEvent, useState } from 'react';
import { notify } from '../../components/Notifier.tsx';

export interface SaveDialogProps {
  readonly title: string;
  readonly name: string;
  readonly shared: boolean;
  /** Names that are taken: a second query of the same name is asked about. */
  readonly taken: readonly string[];
  readonly onSave: (name: string, shared: boolean) => Promise<void>;
  readonly onClose: () => void;
}

/** Name of a saved query and who sees it. */
export function SaveDialog({ title, name: first, shared: firstShared, taken, onSave, onClose }: SaveDialogProps) {
  const [name, setName] = useState(first);
  const [shared, setShared] = useState(firstShared);
  const [busy, setBusy] = useState(false);
  const trimmed = name.trim();
  const collides = trimmed !== first && taken.includes(trimmed);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (!trimmed) return;
    setBusy(true);
    try {
      await onSave(trimmed, shared);
      onClose();
    } catch (error) {
      notify.failure('The query was not saved', error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog open onOpenChange={(_, data) => !data.open && onClose()}>
      <DialogSurface style={{ maxWidth: 460 }}>
        <form onSubmit={(event) => void save(event)}>
          <DialogBody>
            <DialogTitle>{title}</DialogTitle>
            <DialogContent style={{ display: 'flex', flexDirection: 'column', gap: 12 }}>
              <Field
                label="Name"
                required
                {...(collides
                  ? {
                      validationState: 'warning' as const,
                      validationMessage: 'There is a query of this name already; there will be two.',
                    }
                  : {})}
              >
                <Input value={name} maxLength={200} autoFocus onChange={(_, data) => setName(data.value)} />
              </Field>
              <Switch
                label="Everyone may see and run it"
                checked={shared}
                onChange={(_, data) => setShared(data.checked)}
              />
            </DialogContent>
            <DialogActions>
              <DialogTrigger disableButtonEnhancement>
                <Button disabled={busy}>Cancel</Button>
              </DialogTrigger>
              <Button type="submit" appearance="primary" disabled={busy || !trimmed}>
                Save query
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
