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
  Select,
  Text,
  Textarea,
} from '@fluentui/react-components';
import { type EntityType, EXCLUSION_REASONS, type ExclusionReason } from '@parapet/schema/wire';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { notify } from '../../components/Notifier.tsx';
import { plural } from '../../lib/time.ts';

export const EXCLUSION_LABEL: Readonly<Record<ExclusionReason, string>> = {
  inactive: 'Inactive device',
  duplicate: 'Duplicate device',
  doesNotExist: 'Device does not exist',
  outOfScope: 'Out of scope',
  other: 'Other',
};

interface Changes {
  readonly addTags?: readonly string[];
  readonly removeTags?: readonly string[];
  readonly excluded?: { readonly reason: ExclusionReason; readonly note: string } | null;
}

export interface BulkMarksProps {
  readonly type: EntityType;
  readonly ids: readonly string[];
  /** Tags in use, offered while typing. */
  readonly known: readonly string[];
  /** How many of the chosen are active: excluding those is asked twice. */
  readonly active?: number;
  readonly exclusion?: boolean;
  readonly onDone: () => void;
}

/** Tags and exclusion of the chosen rows. Failures are told row by row. */
export function BulkMarks({ type, ids, known, active = 0, exclusion, onDone }: BulkMarksProps) {
  const [dialog, setDialog] = useState<'addTags' | 'removeTags' | 'exclude'>();
  const send = async (changes: Changes, said: string) => {
    try {
      const { results } = await api.post<{ results: { key: string; ok: boolean; error?: string }[] }>(
        '/api/entities/bulk/marks',
        { entities: ids.map((key) => ({ type, key })), changes },
      );
      const failed = results.filter(({ ok }) => !ok);
      if (failed.length === 0) notify.success(said, plural(results.length, 'row'));
      else
        notify.failure(
          `${plural(failed.length, 'row')} of ${results.length} not changed`,
          new Error(
            failed
              .slice(0, 5)
              .map(({ key, error }) => `${key}: ${error}`)
              .join(' '),
          ),
        );
      setDialog(undefined);
      onDone();
    } catch (error) {
      notify.failure('Nothing was changed', error);
    }
  };
  return (
    <>
      <Button size="small" onClick={() => setDialog('addTags')}>
        Add tag
      </Button>
      <Button size="small" onClick={() => setDialog('removeTags')}>
        Remove tag
      </Button>
      {exclusion ? (
        <>
          <Button size="small" onClick={() => setDialog('exclude')}>
            Exclude
          </Button>
          <Button size="small" onClick={() => void send({ excluded: null }, 'No longer excluded')}>
            Stop excluding
          </Button>
        </>
      ) : null}
      {dialog === 'addTags' || dialog === 'removeTags' ? (
        <TagDialog
          title={dialog === 'addTags' ? 'Add tag' : 'Remove tag'}
          count={ids.length}
          known={known}
          onClose={() => setDialog(undefined)}
          onTag={(tag) => send({ [dialog]: [tag] }, dialog === 'addTags' ? 'Tag added' : 'Tag removed')}
        />
      ) : null}
      {dialog === 'exclude' ? (
        <ExcludeDialog
          count={ids.length}
          active={active}
          onClose={() => setDialog(undefined)}
          onExclude={(excluded) => send({ excluded }, 'Excluded from vulnerability figures')}
        />
      ) : null}
    </>
  );
}

function TagDialog({
  title,
  count,
  known,
  onClose,
  onTag,
}: {
  readonly title: string;
  readonly count: number;
  readonly known: readonly string[];
  readonly onClose: () => void;
  readonly onTag: (tag: string) => Promise<void>;
}) {
  const [tag, setTag] = useState('');
  return (
    <Dialog open onOpenChange={(_, data) => data.open || onClose()}>
      <DialogSurface>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (tag.trim()) void onTag(tag.trim());
          }}
        >
          <DialogBody>
            <DialogTitle>{title}</DialogTitle>
            <DialogContent>
              <Field label={`Tag of ${plural(count, 'row')}`}>
                <Input
                  autoFocus
                  value={tag}
                  maxLength={200}
                  list="known-tags"
                  onChange={(_, data) => setTag(data.value)}
                />
              </Field>
              <datalist id="known-tags">
                {known.map((each) => (
                  <option key={each} value={each} />
                ))}
              </datalist>
            </DialogContent>
            <DialogActions>
              <Button type="submit" appearance="primary" disabled={!tag.trim()}>
                {title}
              </Button>
              <Button onClick={onClose}>Cancel</Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}

function ExcludeDialog({
  count,
  active,
  onClose,
  onExclude,
}: {
  readonly count: number;
  readonly active: number;
  readonly onClose: () => void;
  readonly onExclude: (excluded: { reason: ExclusionReason; note: string }) => Promise<void>;
}) {
  const [reason, setReason] = useState<ExclusionReason>('inactive');
  const [note, setNote] = useState('');
  const [sure, setSure] = useState(active === 0);
  return (
    <Dialog open onOpenChange={(_, data) => data.open || onClose()}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>Exclude {plural(count, 'device')}</DialogTitle>
          <DialogContent>
            <Text block style={{ marginBottom: 12 }}>
              Excluded devices leave the figures about vulnerabilities. They stay in the inventory, and alerts about
              them go on. A note that is there already is replaced.
            </Text>
            <Field label="Reason">
              <Select value={reason} onChange={(_, data) => setReason(data.value as ExclusionReason)}>
                {EXCLUSION_REASONS.map((each) => (
                  <option key={each} value={each}>
                    {EXCLUSION_LABEL[each]}
                  </option>
                ))}
              </Select>
            </Field>
            <Field label="Note" required={reason === 'other'}>
              <Textarea value={note} maxLength={2000} onChange={(_, data) => setNote(data.value)} />
            </Field>
            {active > 0 ? (
              <label style={{ display: 'flex', gap: 8, marginTop: 12 }}>
                <input type="checkbox" checked={sure} onChange={(event) => setSure(event.target.checked)} />
                {active === 1 ? 'One of them is' : `${active} of them are`} active. Exclude anyway.
              </label>
            ) : null}
          </DialogContent>
          <DialogActions>
            <Button
              appearance="primary"
              disabled={!sure || (reason === 'other' && !note.trim())}
              onClick={() => void onExclude({ reason, note })}
            >
              Exclude
            </Button>
            <Button onClick={onClose}>Cancel</Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
