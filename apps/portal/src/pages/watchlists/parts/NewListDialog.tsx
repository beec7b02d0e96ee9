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
  Select,
  Textarea,
} from '@fluentui/react-components';
import { WATCHLIST_ALIAS, type WatchlistInfo } from '@parapet/schema/wire';
import { type FormEvent, useState } from 'react';
import { notify } from '../../../components/Notifier.tsx';
import { useWatchlistChanges } from '../data.ts';
import { aliasFrom } from '../file.ts';
import { Failure } from './Failure.tsx';
import { TEMPLATES } from './templates.ts';

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: '12px' },
  pair: { display: 'grid', gridTemplateColumns: '1fr 1fr', gap: '12px', alignItems: 'start' },
});

/** A list without rows, by hand or from a template; rows are added one by one or from files. */
export function NewListDialog({
  onClose,
  onDone,
}: {
  readonly onClose: () => void;
  readonly onDone: (list: WatchlistInfo) => void;
}) {
  const styles = useStyles();
  const { create } = useWatchlistChanges();
  const [name, setName] = useState('');
  const [alias, setAlias] = useState('');
  const [description, setDescription] = useState('');
  const [columnText, setColumnText] = useState('');
  const [searchKey, setSearchKey] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const columns = [
    ...new Set(
      columnText
        .split(/[\n,]+/)
        .map((column) => column.trim())
        .filter(Boolean),
    ),
  ];
  const key = columns.includes(searchKey) ? searchKey : (columns[0] ?? '');
  const badAlias = alias !== '' && !new RegExp(WATCHLIST_ALIAS).test(alias);
  const ready = name.trim() && alias && !badAlias && columns.length > 0;
  const use = (template: string) => {
    const found = TEMPLATES.find((each) => each.alias === template);
    if (!found) return;
    setName(found.name);
    setAlias(found.alias);
    setDescription(found.description);
    setColumnText(found.columns.join(', '));
    setSearchKey(found.searchKey);
  };
  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (!ready || busy) return;
    setBusy(true);
    setFailure(undefined);
    try {
      const made = await create({ alias, name: name.trim(), description: description.trim(), columns, searchKey: key });
      notify.success(`Created ${made.name}`);
      onClose();
      onDone(made);
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog open onOpenChange={(_, data) => !data.open && !busy && onClose()}>
      <DialogSurface style={{ maxWidth: 620 }}>
        <form onSubmit={(event) => void save(event)}>
          <DialogBody>
            <DialogTitle>New watchlist</DialogTitle>
            <DialogContent className={styles.stack}>
              <Field label="Template">
                <Select defaultValue="" onChange={(_, data) => use(data.value)}>
                  <option value="">None</option>
                  {TEMPLATES.map((template) => (
                    <option key={template.alias} value={template.alias}>
                      {template.name}
                    </option>
                  ))}
                </Select>
              </Field>
              <div className={styles.pair}>
                <Field label="Name" required>
                  <Input
                    value={name}
                    maxLength={200}
                    onChange={(_, data) => {
                      if (alias === aliasFrom(name)) setAlias(aliasFrom(data.value));
                      setName(data.value);
                    }}
                  />
                </Field>
                <Field
                  label="Alias"
                  required
                  hint="What queries call it."
                  {...(badAlias
                    ? {
                        validationState: 'error' as const,
                        validationMessage: '3 to 64 letters, digits, hyphens and underscores; no blanks.',
                      }
                    : {})}
                >
                  <Input value={alias} maxLength={64} onChange={(_, data) => setAlias(data.value)} />
                </Field>
              </div>
              <Field label="Columns" required hint="Names, separated by commas or lines.">
                <Textarea value={columnText} resize="vertical" onChange={(_, data) => setColumnText(data.value)} />
              </Field>
              <Field label="SearchKey column" hint="The value that identifies a row.">
                <Select value={key} disabled={columns.length === 0} onChange={(_, data) => setSearchKey(data.value)}>
                  {columns.map((column) => (
                    <option key={column} value={column}>
                      {column}
                    </option>
                  ))}
                </Select>
              </Field>
              <Field label="Description">
                <Input value={description} maxLength={2_000} onChange={(_, data) => setDescription(data.value)} />
              </Field>
              <Failure title="The list was not created" error={failure} />
            </DialogContent>
            <DialogActions>
              <DialogTrigger disableButtonEnhancement>
                <Button disabled={busy}>Cancel</Button>
              </DialogTrigger>
              <Button type="submit" appearance="primary" disabled={busy || !ready}>
                Create the list
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
