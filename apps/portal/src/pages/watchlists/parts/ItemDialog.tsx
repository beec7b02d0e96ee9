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
  Textarea,
} from '@fluentui/react-components';
import type { WatchlistInfo, WatchlistItem } from '@parapet/schema/wire';
import { type FormEvent, useState } from 'react';
import { visibleText } from '../../../lib/text.ts';
import { useWatchlistChanges } from '../data.ts';
import { Failure } from './Failure.tsx';

const useStyles = makeStyles({ stack: { display: 'flex', flexDirection: 'column', gap: '10px' } });

/** One row, new or changed. */
export function ItemDialog({
  list,
  item,
  onClose,
}: {
  readonly list: WatchlistInfo;
  readonly item?: WatchlistItem;
  readonly onClose: () => void;
}) {
  const styles = useStyles();
  const { addItem, changeItem } = useWatchlistChanges();
  const [cells, setCells] = useState<readonly string[]>(() => list.columns.map((_, i) => item?.cells[i] ?? ''));
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const ready = (cells[list.columns.indexOf(list.searchKey)] ?? '').trim() !== '';
  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (!ready || busy) return;
    setBusy(true);
    setFailure(undefined);
    const values = Object.fromEntries(list.columns.map((column, i) => [column, cells[i] ?? '']));
    try {
      if (item) await changeItem(list.id, item.id, values);
      else await addItem(list.id, values);
      onClose();
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog open onOpenChange={(_, data) => !data.open && !busy && onClose()}>
      <DialogSurface style={{ maxWidth: 560 }}>
        <form onSubmit={(event) => void save(event)}>
          <DialogBody>
            <DialogTitle>{item ? 'Edit the row' : 'Add a row'}</DialogTitle>
            <DialogContent className={styles.stack}>
              {list.columns.map((column, i) => (
                <Field
                  key={column}
                  label={visibleText(column)}
                  required={column === list.searchKey}
                  {...(column === list.searchKey ? { hint: 'SearchKey' } : {})}
                >
                  <Textarea
                    value={cells[i] ?? ''}
                    rows={1}
                    resize="vertical"
                    onChange={(_, data) => setCells(cells.map((cell, at) => (at === i ? data.value : cell)))}
                  />
                </Field>
              ))}
              <Failure title="The row was not saved" error={failure} />
            </DialogContent>
            <DialogActions>
              <DialogTrigger disableButtonEnhancement>
                <Button disabled={busy}>Cancel</Button>
              </DialogTrigger>
              <Button type="submit" appearance="primary" disabled={busy || !ready}>
                {item ? 'Save the row' : 'Add the row'}
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
