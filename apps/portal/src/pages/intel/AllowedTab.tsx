import { Button, Field, Input, makeStyles, Text, tokens } from '@fluentui/react-components';
import { ShieldTask20Regular } from '@fluentui/react-icons/svg/shield-task';
import type { IntelAllowed } from '@parapet/schema/wire';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { api } from '../../api/client.ts';
import { useCan } from '../../api/session.ts';
import { Loaded } from '../../components/Loaded.tsx';
import { Mono } from '../../components/Mono.tsx';
import { notify } from '../../components/Notifier.tsx';
import { SimpleTable } from '../../components/SimpleTable.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { visibleText } from '../../lib/text.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { PageShell } from '../../shell/PageShell.tsx';
import { KIND_LABEL } from './search.ts';

const useStyles = makeStyles({
  form: { display: 'flex', gap: '12px', alignItems: 'end', flexWrap: 'wrap', marginBottom: '12px' },
  value: { flexGrow: 1, minWidth: '240px', maxWidth: '420px' },
  soft: { display: 'block', marginBottom: '12px', color: tokens.colorNeutralForeground3 },
});

/** Values that never match. */
export function AllowedTab({ purpose, tabs }: { readonly purpose: string; readonly tabs: ReactNode }) {
  const styles = useStyles();
  const client = useQueryClient();
  const canManage = useCan('DetTune.Manage');
  const [value, setValue] = useState('');
  const [note, setNote] = useState('');
  const allowed = useQuery({
    queryKey: ['/api/intel/allowed'],
    queryFn: ({ signal }) => api.get('/api/intel/allowed', undefined, signal),
  });
  const refresh = () => void client.invalidateQueries({ queryKey: ['/api/intel/allowed'] });
  const add = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await api.post('/api/intel/allowed', { value: value.trim(), note: note.trim() });
      setValue('');
      setNote('');
      refresh();
    } catch (error) {
      notify.failure('The value was not added', error);
    }
  };
  const remove = async (entry: IntelAllowed) => {
    try {
      await api.post('/api/intel/allowed/remove', { value: entry.value, kind: entry.kind });
      refresh();
      notify.undoable(`${visibleText(entry.value)} can match again`, () => {
        api
          .post('/api/intel/allowed', { value: entry.value, kind: entry.kind, note: entry.note })
          .then(refresh, (error: unknown) => notify.failure('It could not be undone', error));
      });
    } catch (error) {
      notify.failure('The value was not removed', error);
    }
  };
  return (
    <PageShell title="Threat intelligence" purpose={purpose} filters={tabs}>
      <Text className={styles.soft}>
        A value on this list never matches, whatever a source says of it. A domain covers the names below it, a network
        its addresses.
      </Text>
      {canManage ? (
        <form className={styles.form} onSubmit={(event) => void add(event)}>
          <Field label="Value" className={styles.value}>
            <Input
              value={value}
              placeholder="Domain, address, network, hash"
              onChange={(_, data) => setValue(data.value)}
            />
          </Field>
          <Field label="Why" className={styles.value}>
            <Input value={note} maxLength={500} onChange={(_, data) => setNote(data.value)} />
          </Field>
          <Button type="submit" appearance="primary" disabled={!value.trim()}>
            Allow
          </Button>
        </form>
      ) : null}
      <Loaded query={allowed} what="the allow list">
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              icon={ShieldTask20Regular}
              title="Nothing is allowed yet"
              reason="Add what a feed gets wrong: your own ranges, shared hosting, resolvers."
            />
          ) : (
            <SimpleTable
              label="Allowed values"
              rows={items}
              rowKey={(entry) => `${entry.kind}|${entry.value}`}
              columns={[
                { id: 'value', header: 'Value', render: (entry) => <Mono>{visibleText(entry.value)}</Mono> },
                { id: 'kind', header: 'Kind', nowrap: true, render: (entry) => KIND_LABEL[entry.kind] },
                { id: 'note', header: 'Why', minWidth: 160, render: (entry) => visibleText(entry.note) || '–' },
                { id: 'by', header: 'By', render: (entry) => visibleText(entry.by) },
                { id: 'at', header: 'Since', nowrap: true, render: (entry) => <TimeText value={entry.at} /> },
                {
                  id: 'remove',
                  header: '',
                  render: (entry) =>
                    canManage ? (
                      <Button size="small" onClick={() => void remove(entry)}>
                        Remove
                      </Button>
                    ) : null,
                },
              ]}
            />
          )
        }
      </Loaded>
    </PageShell>
  );
}
