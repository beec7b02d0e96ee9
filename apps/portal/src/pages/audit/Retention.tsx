import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  Input,
  Radio,
  RadioGroup,
} from '@fluentui/react-components';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../../api/client.ts';
import { useCan } from '../../api/session.ts';
import { notify } from '../../components/Notifier.tsx';
import { Failure } from '../../features/sign-in/Failure.tsx';
import { confirmed } from '../../features/sign-in/identity.ts';
import { plural } from '../../lib/time.ts';

const KEY = ['/api/audit/settings'];

/** How long entries are kept. */
export function Retention() {
  const allowed = useCan('Auth.Manage');
  const [open, setOpen] = useState(false);
  const settings = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => api.get<{ readonly keepDays: number }>('/api/audit/settings', undefined, signal),
  });
  if (!settings.data) return null;
  const { keepDays } = settings.data;
  const label = keepDays === 0 ? 'Kept for ever' : `Kept ${plural(keepDays, 'day')}`;
  return (
    <>
      <Button appearance="subtle" disabled={!allowed} onClick={() => setOpen(true)}>
        {label}
      </Button>
      {open ? <RetentionDialog keepDays={keepDays} onClose={() => setOpen(false)} /> : null}
    </>
  );
}

function RetentionDialog({ keepDays, onClose }: { readonly keepDays: number; readonly onClose: () => void }) {
  const client = useQueryClient();
  const [forEver, setForEver] = useState(keepDays === 0);
  const [days, setDays] = useState(String(keepDays || 365));
  const [failure, setFailure] = useState<unknown>();
  const number = Number(days);
  const good = forEver || (Number.isInteger(number) && number >= 30 && number <= 36_500);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (!good) return;
    try {
      await confirmed(() => api.put('/api/audit/settings', { keepDays: forEver ? 0 : number }));
      await client.invalidateQueries({ queryKey: KEY });
      notify.success('Retention of the audit log changed');
      onClose();
    } catch (error) {
      setFailure(error);
    }
  };
  return (
    <Dialog open onOpenChange={(_, data) => !data.open && onClose()}>
      <DialogSurface style={{ maxWidth: 460 }}>
        <form onSubmit={(event) => void save(event)}>
          <DialogBody>
            <DialogTitle>How long entries are kept</DialogTitle>
            <DialogContent style={{ display: 'flex', flexDirection: 'column', gap: 12 }}>
              <Failure error={failure} />
              <RadioGroup value={forEver ? 'ever' : 'days'} onChange={(_, data) => setForEver(data.value === 'ever')}>
                <Radio value="ever" label="For ever" />
                <Radio value="days" label="A number of days" />
              </RadioGroup>
              {forEver ? null : (
                <Field
                  label="Days"
                  hint="30 or more. What is older is removed within the hour; a sealed note keeps the chain provable. The hunting table has its own retention."
                  validationMessage={good ? undefined : 'Enter a number from 30 to 36500.'}
                >
                  <Input type="number" min={30} max={36_500} value={days} onChange={(_, data) => setDays(data.value)} />
                </Field>
              )}
            </DialogContent>
            <DialogActions>
              <Button type="button" onClick={onClose}>
                Cancel
              </Button>
              <Button type="submit" appearance="primary" disabled={!good}>
                Save
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
