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
  makeStyles,
  Select,
  Spinner,
  Text,
  tokens,
} from '@fluentui/react-components';
import { CheckmarkCircle20Filled } from '@fluentui/react-icons/svg/checkmark-circle';
import type { CreatedIngestKey, IngestSource, SourceKindInfo } from '@parapet/schema/wire';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { ApiError, api } from '../../../api/client.ts';
import { plural } from '../../../lib/time.ts';
import { useConnectors, useSource } from '../data.ts';
import { type FormValues, missing, startValues, toSettings } from './form.ts';
import { KindFields } from './KindFields.tsx';
import { KeyOnce, SetupSteps } from './SetupSteps.tsx';

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: '14px' },
  kinds: { display: 'grid', gridTemplateColumns: 'repeat(auto-fill, minmax(220px, 1fr))', gap: '8px' },
  kind: {
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'flex-start',
    justifyContent: 'flex-start',
    gap: '2px',
    textAlign: 'left',
    height: '100%',
    padding: '10px 12px',
    fontWeight: tokens.fontWeightRegular,
  },
  soft: { color: tokens.colorNeutralForeground3 },
  waiting: { display: 'flex', alignItems: 'center', gap: '8px', minHeight: '32px' },
  green: { color: tokens.colorPaletteGreenForeground1, display: 'flex' },
});

interface Made {
  readonly source: IngestSource;
  readonly key: CreatedIngestKey | null;
}

/** Choose how a source delivers, name it, get its key and the text to paste, see its first event. */
export function AddSourceDialog({
  kinds,
  onClose,
}: {
  readonly kinds: readonly SourceKindInfo[];
  readonly onClose: () => void;
}) {
  const styles = useStyles();
  const [kind, setKind] = useState<SourceKindInfo>();
  const [made, setMade] = useState<Made>();
  return (
    <Dialog open modalType={made ? 'alert' : 'modal'} onOpenChange={(_, data) => !data.open && onClose()}>
      <DialogSurface style={{ maxWidth: made || !kind ? 820 : 560 }}>
        {made && kind ? (
          <Done made={made} kind={kind} onClose={onClose} />
        ) : kind ? (
          <Details kind={kind} onBack={() => setKind(undefined)} onMade={setMade} />
        ) : (
          <DialogBody>
            <DialogTitle>Add a source: how does it deliver?</DialogTitle>
            <DialogContent>
              <div className={styles.kinds}>
                {kinds.map((each) => (
                  <Button key={each.id} className={styles.kind} onClick={() => setKind(each)}>
                    <Text weight="semibold">{each.title}</Text>
                    <Text size={200} className={styles.soft}>
                      {each.description}
                    </Text>
                  </Button>
                ))}
              </div>
            </DialogContent>
            <DialogActions>
              <DialogTrigger disableButtonEnhancement>
                <Button>Cancel</Button>
              </DialogTrigger>
            </DialogActions>
          </DialogBody>
        )}
      </DialogSurface>
    </Dialog>
  );
}

function Details({
  kind,
  onBack,
  onMade,
}: {
  readonly kind: SourceKindInfo;
  readonly onBack: () => void;
  readonly onMade: (made: Made) => void;
}) {
  const styles = useStyles();
  const client = useQueryClient();
  const connectors = useConnectors();
  const [name, setName] = useState('');
  const [connector, setConnector] = useState('');
  const [values, setValues] = useState<FormValues>(() => startValues(kind.fields));
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiError>();
  const field = (failure?.details as { field?: string } | undefined)?.field ?? '';
  const lacking = name.trim() === '' ? 'Name' : missing(kind.fields, values, false);
  const create = async (event: FormEvent) => {
    event.preventDefault();
    if (busy || lacking) return;
    setBusy(true);
    setFailure(undefined);
    try {
      onMade(
        await api.post('/api/ingest/sources', {
          name: name.trim(),
          kind: kind.id,
          connector: connector || null,
          settings: toSettings(kind.fields, values),
        }),
      );
      void client.invalidateQueries({ queryKey: ['/api/ingest/sources'] });
    } catch (error) {
      if (error instanceof ApiError) setFailure(error);
      else throw error;
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void create(event)}>
      <DialogBody>
        <DialogTitle>Add a source: {kind.title}</DialogTitle>
        <DialogContent>
          <div className={styles.stack}>
            {failure ? (
              <MessageBar intent="error" role="alert" layout="multiline">
                <MessageBarBody>
                  {failure.message} {failure.hint}
                </MessageBarBody>
              </MessageBar>
            ) : null}
            <Field
              label="Name"
              hint="A machine, a collector, a site: how its events are shown."
              required
              {...(field === 'name' && failure ? { validationMessage: failure.message } : {})}
            >
              <Input autoFocus value={name} maxLength={100} onChange={(_, data) => setName(data.value)} />
            </Field>
            <KindFields
              fields={kind.fields}
              values={values}
              onChange={setValues}
              secretsStored={false}
              invalid={failure ? { field, message: failure.message } : undefined}
            />
            <Field label="Connector" hint="Leave it on automatic unless all of its records are of one kind.">
              <Select value={connector} onChange={(_, data) => setConnector(data.value)}>
                <option value="">Automatic: each record finds its own</option>
                {(connectors.data ?? []).map((each) => (
                  <option key={each.id} value={each.id}>
                    {each.title}
                  </option>
                ))}
              </Select>
            </Field>
          </div>
        </DialogContent>
        <DialogActions>
          <Button type="button" onClick={onBack}>
            Back
          </Button>
          <Button type="submit" appearance="primary" disabled={busy || lacking !== null}>
            Add source
          </Button>
        </DialogActions>
      </DialogBody>
    </form>
  );
}

function Done({
  made,
  kind,
  onClose,
}: {
  readonly made: Made;
  readonly kind: SourceKindInfo;
  readonly onClose: () => void;
}) {
  const styles = useStyles();
  return (
    <DialogBody>
      <DialogTitle>Source “{made.source.name}”</DialogTitle>
      <DialogContent>
        <div className={styles.stack}>
          {made.key ? <KeyOnce created={made.key} /> : null}
          {made.source.state.state === 'failed' ? (
            <MessageBar intent="error" role="alert" layout="multiline">
              <MessageBarBody>It could not be started and is tried again: {made.source.state.detail}</MessageBarBody>
            </MessageBar>
          ) : null}
          <SetupSteps kind={kind} created={made.key} settings={made.source.settings} />
          <FirstEvent id={made.source.id} name={made.source.name} />
        </div>
      </DialogContent>
      <DialogActions>
        <Button appearance="primary" onClick={onClose}>
          {made.key ? 'I have copied the key' : 'Close'}
        </Button>
      </DialogActions>
    </DialogBody>
  );
}

/** Turns green with the first event. */
function FirstEvent({ id, name }: { readonly id: string; readonly name: string }) {
  const styles = useStyles();
  const source = useSource(id);
  const arrived = source.data && source.data.accepted + source.data.rejected > 0 ? source.data : undefined;
  return (
    <div className={styles.waiting} role="status">
      {arrived ? (
        <>
          <span className={styles.green}>
            <CheckmarkCircle20Filled />
          </span>
          <Text>
            Receiving: {plural(arrived.accepted, 'event')} accepted
            {arrived.rejected ? `, ${plural(arrived.rejected, 'event')} rejected` : ''}.{' '}
            <Link to="/ingestion/sources/$id" params={{ id }}>
              See the source
            </Link>
          </Text>
        </>
      ) : (
        <>
          <Spinner size="tiny" aria-hidden />
          <Text className={styles.soft}>Waiting for the first event of “{name}”</Text>
        </>
      )}
    </div>
  );
}
