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
  MessageBar,
  MessageBarBody,
  makeStyles,
  Select,
  Textarea,
} from '@fluentui/react-components';
import { INTEL_KINDS, type IntelIndicator, type IntelKind } from '@parapet/schema/wire';
import { type FormEvent, useState } from 'react';
import { ApiError, api } from '../../api/client.ts';
import { notify } from '../../components/Notifier.tsx';
import { visibleText } from '../../lib/text.ts';
import { plural } from '../../lib/time.ts';
import { KIND_LABEL } from './search.ts';

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: '12px' },
  pair: { display: 'grid', gridTemplateColumns: '1fr 1fr', gap: '12px' },
});

/** Add a value, or change what is known of one. */
export function IndicatorDialog({
  indicator,
  onClose,
  onDone,
}: {
  readonly indicator?: IntelIndicator;
  readonly onClose: () => void;
  readonly onDone: () => void;
}) {
  const styles = useStyles();
  const [value, setValue] = useState(indicator?.value ?? '');
  const [kind, setKind] = useState<IntelKind | ''>(indicator?.kind ?? '');
  const [name, setName] = useState(indicator?.name ?? '');
  const [description, setDescription] = useState(indicator?.description ?? '');
  const [confidence, setConfidence] = useState(String(indicator?.confidence ?? 75));
  const [until, setUntil] = useState(indicator?.validUntil.slice(0, 10) ?? '');
  const [tags, setTags] = useState(indicator?.tags.join(', ') ?? '');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState('');
  const number = Number(confidence);
  const badConfidence = !(Number.isInteger(number) && number >= 0 && number <= 100);
  const badDate = until !== '' && Number.isNaN(Date.parse(until));
  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (badConfidence || badDate || !value.trim()) return;
    setBusy(true);
    setFailure('');
    const facts = {
      confidence: number,
      name: name.trim(),
      description: description.trim(),
      tags: tags
        .split(',')
        .map((tag) => tag.trim())
        .filter(Boolean),
      // A day that is chosen counts to its end.
      ...(until ? { validUntil: new Date(`${until}T23:59:59Z`).toISOString() } : {}),
    };
    try {
      if (indicator) {
        await api.post('/api/intel/indicators/change', {
          indicators: [{ source: indicator.source, id: indicator.id }],
          ...facts,
        });
        notify.success('Indicator saved');
      } else {
        const { matches } = await api.post('/api/intel/indicators', {
          value: value.trim(),
          ...(kind ? { kind } : {}),
          ...facts,
        });
        notify.success(
          'Indicator added',
          matches > 0 ? `Seen in ${plural(matches, 'stored event')} already` : 'Not seen in the last 30 days',
        );
      }
      onDone();
      onClose();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setFailure([error.message, error.hint].filter(Boolean).join(' '));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog open modalType="modal" onOpenChange={(_, data) => !data.open && !busy && onClose()}>
      <DialogSurface style={{ maxWidth: 560 }}>
        <form onSubmit={(event) => void save(event)}>
          <DialogBody>
            <DialogTitle>{indicator ? 'Edit the indicator' : 'Add an indicator'}</DialogTitle>
            <DialogContent className={styles.stack}>
              <Field
                label="Value"
                required
                hint={indicator ? undefined : 'Also as reports write it: hxxp[:]//bad[.]example'}
              >
                <Input
                  value={indicator ? visibleText(value) : value}
                  disabled={indicator !== undefined}
                  onChange={(_, data) => setValue(data.value)}
                />
              </Field>
              <div className={styles.pair}>
                <Field label="Kind">
                  <Select
                    value={kind}
                    disabled={indicator !== undefined}
                    onChange={(_, data) => setKind(data.value as IntelKind | '')}
                  >
                    <option value="">Told by the value</option>
                    {INTEL_KINDS.map((each) => (
                      <option key={each} value={each}>
                        {KIND_LABEL[each]}
                      </option>
                    ))}
                  </Select>
                </Field>
                <Field
                  label="Confidence"
                  {...(badConfidence
                    ? { validationMessage: 'A whole number from 0 to 100', validationState: 'error' as const }
                    : {})}
                >
                  <Input
                    type="number"
                    min={0}
                    max={100}
                    value={confidence}
                    onChange={(_, data) => setConfidence(data.value)}
                  />
                </Field>
              </div>
              <div className={styles.pair}>
                <Field label="Name">
                  <Input value={name} maxLength={500} onChange={(_, data) => setName(data.value)} />
                </Field>
                <Field label="Valid until" hint={indicator ? undefined : 'Empty: as long as such values live'}>
                  <Input type="date" value={until} onChange={(_, data) => setUntil(data.value)} />
                </Field>
              </div>
              <Field label="Tags" hint="Separated by commas">
                <Input value={tags} onChange={(_, data) => setTags(data.value)} />
              </Field>
              <Field label="Description">
                <Textarea
                  value={description}
                  maxLength={4000}
                  resize="vertical"
                  onChange={(_, data) => setDescription(data.value)}
                />
              </Field>
              {failure ? (
                <MessageBar intent="error">
                  <MessageBarBody>{visibleText(failure)}</MessageBarBody>
                </MessageBar>
              ) : null}
            </DialogContent>
            <DialogActions>
              <Button disabled={busy} onClick={onClose}>
                Cancel
              </Button>
              <Button appearance="primary" type="submit" disabled={busy || badConfidence || badDate || !value.trim()}>
                {indicator ? 'Save' : 'Add'}
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
