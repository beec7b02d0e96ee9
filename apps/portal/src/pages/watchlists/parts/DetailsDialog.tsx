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
  makeStyles,
  Textarea,
} from '@fluentui/react-components';
import { WATCHLIST_ALIAS, type WatchlistInfo } from '@parapet/schema/wire';
import { type FormEvent, useState } from 'react';
import { useWatchlistChanges } from '../data.ts';
import { Failure } from './Failure.tsx';

const useStyles = makeStyles({ stack: { display: 'flex', flexDirection: 'column', gap: '12px' } });

/** Name, alias, description and life of a list. */
export function DetailsDialog({ list, onClose }: { readonly list: WatchlistInfo; readonly onClose: () => void }) {
  const styles = useStyles();
  const { change } = useWatchlistChanges();
  const [name, setName] = useState(list.name);
  const [alias, setAlias] = useState(list.alias);
  const [description, setDescription] = useState(list.description);
  const [life, setLife] = useState(list.itemLifeDays === null ? '' : String(list.itemLifeDays));
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const days = Number(life);
  const badLife = life !== '' && !(Number.isInteger(days) && days >= 1 && days <= 3_650);
  const badAlias = !new RegExp(WATCHLIST_ALIAS).test(alias);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setFailure(undefined);
    try {
      await change(list.id, {
        name: name.trim(),
        alias,
        description: description.trim(),
        itemLifeDays: life === '' ? null : days,
      });
      onClose();
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog open onOpenChange={(_, data) => !data.open && !busy && onClose()}>
      <DialogSurface style={{ maxWidth: 520 }}>
        <form onSubmit={(event) => void save(event)}>
          <DialogBody>
            <DialogTitle>Edit the list</DialogTitle>
            <DialogContent className={styles.stack}>
              <Field label="Name" required>
                <Input value={name} maxLength={200} onChange={(_, data) => setName(data.value)} />
              </Field>
              <Field
                label="Alias"
                required
                hint={alias === list.alias ? 'What queries call it.' : undefined}
                {...(badAlias
                  ? {
                      validationState: 'error' as const,
                      validationMessage: '3 to 64 letters, digits, hyphens and underscores; no blanks.',
                    }
                  : alias === list.alias
                    ? {}
                    : {
                        validationState: 'warning' as const,
                        validationMessage: `Queries and rules that say ${list.alias} will not find it any more.`,
                      })}
              >
                <Input value={alias} maxLength={64} onChange={(_, data) => setAlias(data.value)} />
              </Field>
              <Field label="Description">
                <Textarea
                  value={description}
                  maxLength={2_000}
                  resize="vertical"
                  onChange={(_, data) => setDescription(data.value)}
                />
              </Field>
              <Field
                label="Life of rows, in days"
                hint="After their last change; empty for ever."
                {...(badLife
                  ? { validationState: 'error' as const, validationMessage: 'A whole number from 1 to 3,650.' }
                  : {})}
              >
                <Input value={life} inputMode="numeric" onChange={(_, data) => setLife(data.value.trim())} />
              </Field>
              <Failure title="The list was not changed" error={failure} />
            </DialogContent>
            <DialogActions>
              <DialogTrigger disableButtonEnhancement>
                <Button disabled={busy}>Cancel</Button>
              </DialogTrigger>
              <Button type="submit" appearance="primary" disabled={busy || !name.trim() || badAlias || badLife}>
                Save
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
