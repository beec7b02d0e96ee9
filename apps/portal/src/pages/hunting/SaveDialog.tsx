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
  MessageBar,
  MessageBarBody,
  Switch,
} from '@fluentui/react-components';
import { FUNCTION_NAME, type SavedQuery } from '@parapet/schema/wire';
import { type FormEvent, useId, useState } from 'react';
import { ApiError } from '../../api/client.ts';
import { visibleText } from '../../lib/text.ts';

export interface SaveValues {
  readonly name: string;
  readonly shared: boolean;
  /** Of functions. */
  readonly parameters: string;
  readonly description: string;
  readonly folder: string;
}

export interface SaveDialogProps {
  readonly title: string;
  readonly kind: SavedQuery['kind'];
  readonly start: SaveValues;
  /** What is saved already; one's own of the same name is replaced when that is confirmed by the button. */
  readonly saved: readonly SavedQuery[];
  /** The one that is renamed. */
  readonly renaming?: string | undefined;
  /** @param replaces the saved one that gets the new text */
  readonly onSave: (values: SaveValues, replaces: SavedQuery | undefined) => Promise<void>;
  readonly onClose: () => void;
}

/** `/ Triage //Mail/` → `Triage/Mail` */
const cleanFolder = (text: string): string =>
  text
    .split('/')
    .map((part) => part.trim())
    .filter(Boolean)
    .slice(0, 8)
    .join('/');

/** Name of a saved query or function, its folder, and who sees it. */
export function SaveDialog({ title, kind, start, saved, renaming, onSave, onClose }: SaveDialogProps) {
  const [values, setValues] = useState(start);
  const folders = [...new Set(saved.filter((one) => one.own).map((one) => one.folder))].filter(Boolean);
  const listId = useId();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const isFunction = kind === 'function';
  const noun = isFunction ? 'function' : 'query';
  const name = values.name.trim();
  const same = saved.find((one) => one.own && one.id !== renaming && one.name.toLowerCase() === name.toLowerCase());
  const replaces = same?.kind === kind && !renaming ? same : undefined;
  const badName = isFunction && name !== '' && !new RegExp(FUNCTION_NAME).test(name);
  const note = badName
    ? { validationState: 'error' as const, validationMessage: 'Letters, digits and underscores; no blanks.' }
    : replaces
      ? {
          validationState: 'warning' as const,
          validationMessage: `You have a ${noun} of this name; it gets this text.`,
        }
      : same
        ? {
            validationState: 'error' as const,
            validationMessage: `You have a saved ${same.kind} of this name. Choose another.`,
          }
        : {};
  const ready = name !== '' && !badName && (!same || replaces);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (!ready || busy) return;
    setBusy(true);
    setFailure(undefined);
    try {
      await onSave({ ...values, name, folder: cleanFolder(values.folder) }, replaces);
      onClose();
    } catch (error) {
      setFailure(error);
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
              <Field label="Name" required {...note}>
                <Input
                  value={values.name}
                  maxLength={isFunction ? 128 : 200}
                  autoFocus
                  onChange={(_, data) => setValues({ ...values, name: data.value })}
                />
              </Field>
              <Field label="Folder" hint="Nested with strokes: Triage/Mail. Empty for none.">
                <Input
                  value={values.folder}
                  maxLength={300}
                  list={listId}
                  onChange={(_, data) => setValues({ ...values, folder: data.value })}
                />
              </Field>
              <datalist id={listId}>
                {folders.map((folder) => (
                  <option key={folder} value={folder} />
                ))}
              </datalist>
              {isFunction ? (
                <>
                  <Field label="Parameters" hint="For example: device:string, days:long = 7. Tables come first: T:(*).">
                    <Input
                      value={values.parameters}
                      maxLength={4_000}
                      onChange={(_, data) => setValues({ ...values, parameters: data.value })}
                    />
                  </Field>
                  <Field label="Description" hint="Shown by the editor where the function is called.">
                    <Input
                      value={values.description}
                      maxLength={2_000}
                      onChange={(_, data) => setValues({ ...values, description: data.value })}
                    />
                  </Field>
                </>
              ) : null}
              <Switch
                label={isFunction ? 'Everyone may call it' : 'Everyone may see and run it'}
                checked={values.shared}
                onChange={(_, data) => setValues({ ...values, shared: data.checked })}
              />
              {failure ? (
                <MessageBar intent="error" layout="multiline">
                  <MessageBarBody>
                    {visibleText(failure instanceof Error ? failure.message : String(failure))}{' '}
                    {failure instanceof ApiError && failure.hint ? visibleText(failure.hint) : ''}
                  </MessageBarBody>
                </MessageBar>
              ) : null}
            </DialogContent>
            <DialogActions>
              <DialogTrigger disableButtonEnhancement>
                <Button disabled={busy}>Cancel</Button>
              </DialogTrigger>
              <Button type="submit" appearance="primary" disabled={busy || !ready}>
                {replaces ? `Replace the ${noun}` : `Save ${noun}`}
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
