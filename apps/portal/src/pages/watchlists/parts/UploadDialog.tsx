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
  Radio,
  RadioGroup,
  Select,
  Spinner,
  Text,
  Textarea,
  tokens,
} from '@fluentui/react-components';
import { Document20Regular } from '@fluentui/react-icons/svg/document';
import {
  WATCHLIST_ALIAS,
  type WatchlistInfo,
  type WatchlistMode,
  type WatchlistUploadResult,
} from '@parapet/schema/wire';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { ApiError, api } from '../../../api/client.ts';
import { notify } from '../../../components/Notifier.tsx';
import { visibleText } from '../../../lib/text.ts';
import { formatCount, plural } from '../../../lib/time.ts';
import { useWatchlistChanges } from '../data.ts';
import { aliasFrom, type FileHead, readHead } from '../file.ts';
import { Failure } from './Failure.tsx';

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: '12px' },
  pair: { display: 'grid', gridTemplateColumns: '1fr 1fr', gap: '12px', alignItems: 'start' },
  file: { display: 'flex', alignItems: 'center', gap: '8px', flexWrap: 'wrap' },
  name: { overflowWrap: 'anywhere', fontWeight: tokens.fontWeightSemibold },
  soft: { color: tokens.colorNeutralForeground3 },
});

const MODES: readonly { readonly value: WatchlistMode; readonly label: string }[] = [
  { value: 'upsert', label: 'Update rows with the same key, add the others' },
  { value: 'replace', label: 'Replace all rows, and the columns' },
  { value: 'append', label: 'Add the rows' },
];

const size = (bytes: number): string =>
  bytes < 1024 * 1024
    ? `${Math.max(1, Math.round(bytes / 1024))} KB`
    : `${(bytes / 1024 / 1024).toFixed(1).replace(/\.0$/, '')} MB`;

/** Said after an upload: what it did. */
function outcome({ added, changed, removed }: WatchlistUploadResult): string {
  return [
    added ? `${plural(added, 'row')} added` : '',
    changed ? `${formatCount(changed)} updated` : '',
    removed ? `${formatCount(removed)} removed` : '',
  ]
    .filter(Boolean)
    .join(', ');
}

/** A file becomes a list, or new rows of one. */
export function UploadDialog({
  list,
  onClose,
  onDone,
}: {
  /** The list that gets the rows; without it a new one is made. */
  readonly list?: WatchlistInfo;
  readonly onClose: () => void;
  readonly onDone?: (list: WatchlistInfo) => void;
}) {
  const styles = useStyles();
  const picker = useRef<HTMLInputElement>(null);
  const { createFrom, upload } = useWatchlistChanges();
  const limits = useQuery({
    queryKey: ['/api/watchlists/limits'],
    queryFn: ({ signal }) => api.get('/api/watchlists/limits', undefined, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const [file, setFile] = useState<File>();
  const [head, setHead] = useState<FileHead>();
  const [name, setName] = useState('');
  const [alias, setAlias] = useState('');
  const [description, setDescription] = useState('');
  const [searchKey, setSearchKey] = useState('');
  const [life, setLife] = useState('');
  const [mode, setMode] = useState<WatchlistMode>('upsert');
  const [duplicates, setDuplicates] = useState<'refuse' | 'keep'>('refuse');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const repeated = failure instanceof ApiError && failure.code === 'duplicate_keys';
  const badAlias = alias !== '' && !new RegExp(WATCHLIST_ALIAS).test(alias);
  const days = Number(life);
  const badLife = life !== '' && !(Number.isInteger(days) && days >= 1 && days <= 3_650);
  const ready = file && head && (list || (name.trim() && alias && !badAlias && searchKey && !badLife));

  const choose = async (chosen: File | undefined) => {
    if (!chosen) return;
    const found = await readHead(chosen);
    setFile(chosen);
    setHead(found);
    setFailure(undefined);
    setDuplicates('refuse');
    if (list) return;
    setSearchKey(found.columns[0] ?? '');
    const plain = chosen.name.replace(/\.[a-z]{2,6}$/i, '');
    if (!name) setName(plain);
    if (!alias) setAlias(aliasFrom(chosen.name));
  };
  const send = async (event: FormEvent) => {
    event.preventDefault();
    if (!file || !head || !ready || busy) return;
    setBusy(true);
    setFailure(undefined);
    try {
      const result = list
        ? await upload(list.id, file, head, mode, duplicates)
        : await createFrom(file, head, {
            alias,
            name: name.trim(),
            description: description.trim(),
            searchKey,
            itemLifeDays: life === '' ? null : days,
            duplicates,
          });
      notify.success(list ? `Updated ${result.watchlist.name}` : `Created ${result.watchlist.name}`, outcome(result));
      onClose();
      onDone?.(result.watchlist);
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog open modalType="modal" onOpenChange={(_, data) => !data.open && !busy && onClose()}>
      <DialogSurface style={{ maxWidth: 620 }}>
        <form onSubmit={(event) => void send(event)}>
          <DialogBody>
            <DialogTitle>{list ? `Update ${visibleText(list.name)} from a file` : 'Upload a watchlist'}</DialogTitle>
            <DialogContent className={styles.stack}>
              <Field
                label="File"
                required
                hint={`CSV or TSV with a header line, or JSON; up to ${limits.data ? size(limits.data.uploadBytes) : '…'}.`}
              >
                <div className={styles.file}>
                  <input
                    ref={picker}
                    type="file"
                    hidden
                    data-testid="watchlist-file"
                    accept=".csv,.tsv,.txt,.json,.ndjson,.jsonl"
                    onChange={(event) => void choose(event.target.files?.[0])}
                  />
                  <Button size="small" icon={<Document20Regular />} onClick={() => picker.current?.click()}>
                    {file ? 'Choose another file' : 'Choose a file'}
                  </Button>
                  {file && head ? (
                    <Text>
                      <span className={styles.name}>{visibleText(file.name)}</span>{' '}
                      <span className={styles.soft}>
                        {size(file.size)}, {head.format.toUpperCase()}, {plural(head.columns.length, 'column')}
                      </span>
                    </Text>
                  ) : null}
                </div>
              </Field>
              {list ? (
                <Field label="What happens to the rows that are there">
                  <RadioGroup value={mode} onChange={(_, data) => setMode(data.value as WatchlistMode)}>
                    {MODES.map((each) => (
                      <Radio key={each.value} value={each.value} label={each.label} />
                    ))}
                  </RadioGroup>
                </Field>
              ) : head ? (
                <>
                  <div className={styles.pair}>
                    <Field label="Name" required>
                      <Input value={name} maxLength={200} onChange={(_, data) => setName(data.value)} />
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
                  <div className={styles.pair}>
                    <Field label="SearchKey column" required hint="The value that identifies a row.">
                      <Select value={searchKey} onChange={(_, data) => setSearchKey(data.value)}>
                        {head.columns.map((column) => (
                          <option key={column} value={column}>
                            {visibleText(column)}
                          </option>
                        ))}
                      </Select>
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
                  </div>
                  <Field label="Description">
                    <Textarea
                      value={description}
                      maxLength={2_000}
                      resize="vertical"
                      onChange={(_, data) => setDescription(data.value)}
                    />
                  </Field>
                </>
              ) : null}
              <Failure title="Nothing was changed" error={failure} />
              {repeated && (!list || mode !== 'upsert') ? (
                <Field label="Keys that stand in several rows">
                  <RadioGroup value={duplicates} onChange={(_, data) => setDuplicates(data.value as typeof duplicates)}>
                    <Radio value="refuse" label="Refuse the file" />
                    <Radio value="keep" label="Keep all rows" />
                  </RadioGroup>
                </Field>
              ) : null}
            </DialogContent>
            <DialogActions>
              <DialogTrigger disableButtonEnhancement>
                <Button disabled={busy}>Cancel</Button>
              </DialogTrigger>
              <Button
                type="submit"
                appearance="primary"
                disabled={busy || !ready}
                icon={busy ? <Spinner size="tiny" /> : undefined}
              >
                {list ? 'Update the list' : 'Create the list'}
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
