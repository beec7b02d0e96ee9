import {
  Button,
  Combobox,
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
  Option,
  Select,
  Switch,
} from '@fluentui/react-components';
import type { Stream, StreamInput, StreamSettings } from '@parapet/schema/wire';
import { type FormEvent, useState } from 'react';
import { api } from '../../api/client.ts';
import { notify } from '../../components/Notifier.tsx';

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: '14px' },
  pair: { display: 'grid', gridTemplateColumns: 'minmax(0, 1fr) 120px', gap: '10px' },
});

const KINDS: Readonly<Record<StreamSettings['kind'], string>> = {
  file: 'Files on this server',
  http: 'HTTP',
  syslog: 'Syslog',
  nats: 'NATS',
};

type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

const START: Readonly<Record<StreamSettings['kind'], Fields>> = {
  file: { folder: '' },
  http: { url: 'https://' },
  syslog: { host: '', port: 6514, tls: true, format: 'json' },
  nats: { host: '', port: 4222, tls: false, subject: 'parapet.{table}' },
};

/** Make a stream, or change one. */
export function StreamDialog({
  stream,
  tables,
  onClose,
  onSaved,
}: {
  readonly stream: Stream | undefined;
  readonly tables: readonly string[];
  readonly onClose: () => void;
  readonly onSaved: () => void;
}) {
  const styles = useStyles();
  const [name, setName] = useState(stream?.name ?? '');
  const [kind, setKind] = useState<StreamSettings['kind']>(stream?.settings.kind ?? 'file');
  const [fields, setFields] = useState<Fields>({ ...(stream?.settings ?? START.file) } as Fields);
  const [chosen, setChosen] = useState<readonly string[]>(stream?.tables ?? ['Alerts']);
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(false);
  const set = (key: string, value: string | number | boolean) => setFields((before) => ({ ...before, [key]: value }));
  const text = (key: string) => (typeof fields[key] === 'string' ? fields[key] : '');
  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    const own = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== '' && value !== undefined));
    const input = { name: name.trim(), tables: chosen, settings: { ...own, kind } as unknown as StreamSettings };
    try {
      if (stream) await api.patch(`/api/streams/${encodeURIComponent(stream.id)}`, input);
      else await api.post('/api/streams', input satisfies StreamInput);
      notify.success(stream ? 'Stream changed' : 'Stream added', name.trim());
      onSaved();
    } catch (error) {
      notify.failure(stream ? 'The stream was not changed' : 'The stream was not added', error);
    } finally {
      setBusy(false);
    }
  };
  const secret = (key: string, label: string, hint: string) => (
    <Field label={label} hint={fields[key] === true ? 'One is set. Leave empty to keep it.' : hint}>
      <Input
        type="password"
        autoComplete="off"
        value={text(key)}
        onChange={(_, data) => set(key, data.value === '' && stream ? true : data.value)}
      />
    </Field>
  );
  const address = (
    <div className={styles.pair}>
      <Field label="Host" required>
        <Input value={text('host')} onChange={(_, data) => set('host', data.value)} />
      </Field>
      <Field label="Port" required>
        <Input
          type="number"
          min={1}
          max={65535}
          value={String(fields.port ?? '')}
          onChange={(_, data) => set('port', Number(data.value))}
        />
      </Field>
    </div>
  );
  const tls = (
    <Switch label="Over TLS" checked={fields.tls === true} onChange={(_, data) => set('tls', data.checked)} />
  );
  const shown = tables.filter((each) => each.toLowerCase().includes(typed.trim().toLowerCase())).slice(0, 200);
  return (
    <Dialog open onOpenChange={(_, data) => !data.open && onClose()}>
      <DialogSurface style={{ maxWidth: 560 }}>
        <form onSubmit={(event) => void save(event)}>
          <DialogBody>
            <DialogTitle>{stream ? `Change “${stream.name}”` : 'Add a stream'}</DialogTitle>
            <DialogContent>
              <div className={styles.stack}>
                <Field label="Name" required>
                  <Input autoFocus value={name} maxLength={100} onChange={(_, data) => setName(data.value)} />
                </Field>
                <Field
                  label="Tables"
                  hint={
                    chosen.length > 0
                      ? chosen.join(', ')
                      : 'Choose at least one. Alerts and Incidents are those of the public API.'
                  }
                >
                  <Combobox
                    multiselect
                    placeholder="Search tables"
                    selectedOptions={[...chosen]}
                    value={typed}
                    onChange={(event) => setTyped(event.target.value)}
                    onOptionSelect={(_, data) => {
                      setChosen(data.selectedOptions);
                      setTyped('');
                    }}
                  >
                    {shown.map((each) => (
                      <Option key={each} value={each}>
                        {each}
                      </Option>
                    ))}
                  </Combobox>
                </Field>
                <Field label="To">
                  <Select
                    value={kind}
                    onChange={(_, data) => {
                      const next = data.value as StreamSettings['kind'];
                      setKind(next);
                      setFields(START[next]);
                    }}
                  >
                    {(Object.keys(KINDS) as StreamSettings['kind'][]).map((each) => (
                      <option key={each} value={each}>
                        {KINDS[each]}
                      </option>
                    ))}
                  </Select>
                </Field>
                {kind === 'file' ? (
                  <Field label="Folder" hint="Below streams in the data folder; one NDJSON file a table." required>
                    <Input value={text('folder')} maxLength={64} onChange={(_, data) => set('folder', data.value)} />
                  </Field>
                ) : null}
                {kind === 'http' ? (
                  <>
                    <Field label="Address" hint="Gets POST with NDJSON and must answer 2xx." required>
                      <Input value={text('url')} onChange={(_, data) => set('url', data.value)} />
                    </Field>
                    {secret('authorization', 'Authorization header', 'For example Bearer and a token. Kept sealed.')}
                  </>
                ) : null}
                {kind === 'syslog' ? (
                  <>
                    {address}
                    {tls}
                    <Field label="Format">
                      <Select value={text('format')} onChange={(_, data) => set('format', data.value)}>
                        <option value="json">JSON</option>
                        <option value="cef">CEF</option>
                      </Select>
                    </Field>
                  </>
                ) : null}
                {kind === 'nats' ? (
                  <>
                    {address}
                    {tls}
                    <Field label="Subject" hint="{table} stands for the table." required>
                      <Input value={text('subject')} onChange={(_, data) => set('subject', data.value)} />
                    </Field>
                    {secret('token', 'Token', 'If the server wants one. Kept sealed.')}
                  </>
                ) : null}
              </div>
            </DialogContent>
            <DialogActions>
              <DialogTrigger disableButtonEnhancement>
                <Button type="button">Cancel</Button>
              </DialogTrigger>
              <Button type="submit" appearance="primary" disabled={!name.trim() || chosen.length === 0 || busy}>
                {stream ? 'Save' : 'Add stream'}
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
