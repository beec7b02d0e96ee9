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
  Switch,
} from '@fluentui/react-components';
import type { StoreTable, TableRules } from '@parapet/schema/wire';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../../api/client.ts';
import { notify } from '../../components/Notifier.tsx';
import { wholeNumber } from './format.ts';

const useStyles = makeStyles({ stack: { display: 'flex', flexDirection: 'column', gap: '12px' } });

const GIB = 2 ** 30;
const text = (value: number | null): string => (value === null ? '' : String(value));

/** How long and how the rows of a table, or of all that have no rules of their own, are kept. */
export function RulesDialog({
  target,
  defaults,
  onClose,
}: {
  readonly target: StoreTable | 'all';
  readonly defaults: TableRules;
  readonly onClose: () => void;
}) {
  const styles = useStyles();
  const client = useQueryClient();
  const before = target === 'all' ? defaults : target.rules;
  const [follows, setFollows] = useState(target !== 'all' && target.ownRules === null);
  const [days, setDays] = useState(text(before.retentionDays));
  const [gib, setGib] = useState(before.retentionBytes === null ? '' : String(before.retentionBytes / GIB));
  const [archive, setArchive] = useState(text(before.archiveAfterDays));
  const [busy, setBusy] = useState(false);
  const retentionDays = wholeNumber(days, 1, 36_500);
  const archiveAfterDays = wholeNumber(archive, 1, 36_500);
  const size = gib.trim() === '' ? null : Number(gib);
  const sizeFits = size === null || (Number.isFinite(size) && size * GIB >= 1_000_000);
  const ready = follows || (retentionDays !== undefined && archiveAfterDays !== undefined && sizeFits);
  const name = target === 'all' ? '*' : target.name;
  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (!ready) return;
    setBusy(true);
    const path = `/api/store/tables/${encodeURIComponent(name)}/rules`;
    try {
      if (follows) await api.delete(path);
      else
        await api.put(path, {
          retentionDays,
          retentionBytes: size === null ? null : Math.round(size * GIB),
          archiveAfterDays,
        });
      await client.invalidateQueries({ queryKey: ['/api/store/tables'] });
      await client.invalidateQueries({ queryKey: ['/api/store/status'] });
      notify.success(
        'Saved',
        'Rows that are due go with the next run, within the hour, or with “Apply retention now”.',
      );
      onClose();
    } catch (error) {
      notify.failure('The rules were not changed', error);
      setBusy(false);
    }
  };
  return (
    <Dialog open onOpenChange={(_, data) => !data.open && onClose()}>
      <DialogSurface>
        <form onSubmit={(event) => void save(event)}>
          <DialogBody>
            <DialogTitle>{target === 'all' ? 'How all tables are kept' : `How ${target.name} is kept`}</DialogTitle>
            <DialogContent className={styles.stack}>
              {target === 'all' ? null : (
                <Switch label="As all tables" checked={follows} onChange={(_, data) => setFollows(data.checked)} />
              )}
              <Field
                label="Days"
                hint="Counted from the later of event time and receipt, so that an archive brought in today stays. Empty: no bound."
                validationMessage={
                  retentionDays === undefined ? 'A whole number from 1 to 36500, or empty.' : undefined
                }
              >
                <Input
                  value={days}
                  disabled={follows}
                  inputMode="numeric"
                  onChange={(_, data) => setDays(data.value)}
                />
              </Field>
              <Field
                label="GiB on disk"
                hint="Oldest rows go first. Empty: no bound."
                validationMessage={sizeFits ? undefined : 'A number of at least 0.001, or empty.'}
              >
                <Input value={gib} disabled={follows} inputMode="decimal" onChange={(_, data) => setGib(data.value)} />
              </Field>
              <Field
                label="Pack again after days"
                hint="Older rows take less room and answer the same queries. Empty: never."
                validationMessage={
                  archiveAfterDays === undefined ? 'A whole number from 1 to 36500, or empty.' : undefined
                }
              >
                <Input
                  value={archive}
                  disabled={follows}
                  inputMode="numeric"
                  onChange={(_, data) => setArchive(data.value)}
                />
              </Field>
            </DialogContent>
            <DialogActions>
              <DialogTrigger disableButtonEnhancement>
                <Button disabled={busy}>Cancel</Button>
              </DialogTrigger>
              <Button appearance="primary" type="submit" disabled={busy || !ready}>
                Save
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
