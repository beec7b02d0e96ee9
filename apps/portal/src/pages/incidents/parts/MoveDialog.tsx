import { Field, Input, Radio, RadioGroup, Text, Textarea } from '@fluentui/react-components';
import type { IncidentAlert, IncidentDetail, IncidentTarget } from '@parapet/schema/wire';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../../api/client.ts';
import { FormDialog } from '../../../components/FormDialog.tsx';
import { notify } from '../../../components/Notifier.tsx';
import { refreshTriage } from '../../../features/triage/bulk.ts';
import { plural } from '../../../lib/time.ts';

/** Alerts that do not belong here go to an incident of their own, or to another one. */
export function MoveDialog({
  incident,
  alerts,
  onClose,
  onMoved,
}: {
  readonly incident: Pick<IncidentDetail, 'id'> & { readonly totalAlerts?: number };
  readonly alerts: readonly Pick<IncidentAlert, 'id'>[];
  readonly onClose: () => void;
  readonly onMoved: () => void;
}) {
  const client = useQueryClient();
  const [where, setWhere] = useState<'new' | 'other'>('new');
  const [other, setOther] = useState('');
  const [comment, setComment] = useState('');
  const alertIds = alerts.map(({ id }) => id);
  const all = alerts.length >= (incident.totalAlerts ?? Number.POSITIVE_INFINITY);
  const number = other.trim().replace(/^#/, '');
  const submit = async () => {
    const note = comment.trim() ? { comment: comment.trim() } : {};
    const target =
      where === 'new'
        ? await api.post<IncidentTarget>(`/api/incidents/${encodeURIComponent(incident.id)}/split`, {
            alertIds,
            ...note,
          })
        : await api.post<IncidentTarget>('/api/alerts/move' as string, { alertIds, incidentId: number, ...note });
    const settled = () => {
      onMoved();
      refreshTriage(client);
    };
    settled();
    notify.undoable(`${plural(alertIds.length, 'alert')} moved to incident ${target.incidentId}`, () => {
      api.post<IncidentTarget>('/api/alerts/move' as string, { alertIds, incidentId: incident.id }).then(
        () => {
          settled();
          notify.success('Moved back');
        },
        (error: unknown) => notify.failure('They could not be moved back', error),
      );
    });
  };
  return (
    <FormDialog
      title={`Move ${plural(alerts.length, 'alert')} out of incident ${incident.id}`}
      action="Move"
      disabled={where === 'other' ? !/^\d+$/.test(number) || number === incident.id : all}
      onClose={onClose}
      onSubmit={submit}
    >
      <RadioGroup value={where} aria-label="Where to" onChange={(_, data) => setWhere(data.value as 'new' | 'other')}>
        <Radio value="new" disabled={all} label="To a new incident; correlation keeps the two apart from now on" />
        <Radio value="other" label="To an incident that exists" />
      </RadioGroup>
      {where === 'other' ? (
        <Field label="Incident" required hint="Its number.">
          <Input value={other} maxLength={20} onChange={(_, data) => setOther(data.value)} />
        </Field>
      ) : null}
      {all ? (
        <Text size={200}>
          These are all of its alerts: moved to another incident they leave this one empty, and it is resolved.
        </Text>
      ) : null}
      <Field label="Why" hint="Kept with the alerts.">
        <Textarea
          value={comment}
          rows={2}
          dir="auto"
          maxLength={30_000}
          onChange={(_, data) => setComment(data.value)}
        />
      </Field>
    </FormDialog>
  );
}
