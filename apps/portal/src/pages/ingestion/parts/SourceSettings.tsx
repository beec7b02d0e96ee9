import { Button, Field, Input, MessageBar, MessageBarBody, makeStyles, Select, Text } from '@fluentui/react-components';
import type { SourceKindInfo } from '@parapet/schema/wire';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ApiError, api } from '../../../api/client.ts';
import { notify } from '../../../components/Notifier.tsx';
import { type SourceDetail, useConnectors } from '../data.ts';
import { type FormValues, missing, startValues, toLimits, toSettings } from './form.ts';
import { KindFields } from './KindFields.tsx';

const useStyles = makeStyles({
  form: { display: 'flex', flexDirection: 'column', gap: '14px', maxWidth: '560px' },
  pair: { display: 'grid', gridTemplateColumns: '1fr 1fr', gap: '12px' },
  commands: { display: 'flex', gap: '8px', marginTop: '4px' },
});

/** Name, connector, limits and the settings of its kind; what is changed takes effect at once. */
export function SourceSettings({
  source,
  kind,
  canManage,
}: {
  readonly source: SourceDetail;
  readonly kind: SourceKindInfo;
  readonly canManage: boolean;
}) {
  const styles = useStyles();
  const client = useQueryClient();
  const connectors = useConnectors();
  const text = (value: number | null, unit = 1): string => (value === null ? '' : String(value / unit));
  const [name, setName] = useState(source.name);
  const [connector, setConnector] = useState(source.connector ?? '');
  const [events, setEvents] = useState(text(source.limits.eventsPerSecond));
  const [kilobytes, setKilobytes] = useState(text(source.limits.bytesPerSecond, 1_000));
  const [values, setValues] = useState<FormValues>(() => startValues(kind.fields, source.settings));
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiError>();
  const field = (failure?.details as { field?: string } | undefined)?.field ?? '';
  const lacking = name.trim() === '' ? 'Name' : missing(kind.fields, values, true);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (busy || lacking) return;
    setBusy(true);
    setFailure(undefined);
    try {
      await api.patch(`/api/ingest/sources/${encodeURIComponent(source.id)}`, {
        name: name.trim(),
        connector: connector || null,
        limits: toLimits(events, kilobytes),
        ...(kind.fields.length > 0 ? { settings: toSettings(kind.fields, values) } : {}),
      });
      await client.invalidateQueries({ queryKey: ['/api/ingest/sources'] });
      notify.success('Source saved', name.trim());
    } catch (error) {
      if (error instanceof ApiError) setFailure(error);
      else throw error;
    } finally {
      setBusy(false);
    }
  };
  return (
    <form className={styles.form} onSubmit={(event) => void save(event)}>
      {failure ? (
        <MessageBar intent="error" role="alert" layout="multiline">
          <MessageBarBody>
            {failure.message} {failure.hint}
          </MessageBarBody>
        </MessageBar>
      ) : null}
      <Field label="Name" required {...(field === 'name' && failure ? { validationMessage: failure.message } : {})}>
        <Input value={name} maxLength={100} disabled={!canManage} onChange={(_, data) => setName(data.value)} />
      </Field>
      <Field
        label="Connector"
        hint="With one connector chosen, all records of this source go to it, whatever they look like."
      >
        <Select value={connector} disabled={!canManage} onChange={(_, data) => setConnector(data.value)}>
          <option value="">Automatic: each record finds its own</option>
          {(connectors.data ?? []).map((each) => (
            <option key={each.id} value={each.id}>
              {each.title}
            </option>
          ))}
        </Select>
      </Field>
      <div className={styles.pair}>
        <Field label="Events a second" hint="Empty is no limit. Bursts of ten seconds pass.">
          <Input
            type="number"
            min={1}
            value={events}
            disabled={!canManage}
            onChange={(_, data) => setEvents(data.value)}
          />
        </Field>
        <Field label="Kilobytes a second" hint="Empty is no limit. Counted after decompression.">
          <Input
            type="number"
            min={1}
            value={kilobytes}
            disabled={!canManage}
            onChange={(_, data) => setKilobytes(data.value)}
          />
        </Field>
      </div>
      <KindFields
        fields={kind.fields}
        values={values}
        onChange={setValues}
        secretsStored
        invalid={failure ? { field, message: failure.message } : undefined}
      />
      {canManage ? (
        <div className={styles.commands}>
          <Button type="submit" appearance="primary" disabled={busy || lacking !== null}>
            Save
          </Button>
        </div>
      ) : (
        <Text size={200}>Changing a source needs the permission Data.Manage.</Text>
      )}
    </form>
  );
}
