import { Button, Field, makeStyles, Textarea } from '@fluentui/react-components';
import type { RightsChange, RightsDocument } from '@parapet/schema/wire';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { useCan } from '../../api/session.ts';
import { notify } from '../../components/Notifier.tsx';
import { SimpleTable } from '../../components/SimpleTable.tsx';
import { visibleText } from '../../lib/text.ts';
import { words } from '../../theme/meaning.ts';
import { Section } from '../settings/Section.tsx';

const useStyles = makeStyles({ row: { display: 'flex', gap: '8px', flexWrap: 'wrap' } });
const ACTION = { create: 'Is created', update: 'Is changed', same: 'Stays as it is', remove: 'Is removed' } as const;

/** Roles, scopes and assignments out and in as one document. */
export function TransferTab() {
  const styles = useStyles();
  const client = useQueryClient();
  const canManage = useCan('Auth.Manage');
  const [text, setText] = useState('');
  const [plan, setPlan] = useState<readonly RightsChange[]>();
  const save = async () => {
    try {
      const document_ = await api.get<RightsDocument>('/api/access/export');
      const href = URL.createObjectURL(new Blob([JSON.stringify(document_, null, 2)], { type: 'application/json' }));
      const link = Object.assign(document.createElement('a'), { href, download: 'parapet-rights.json' });
      link.click();
      URL.revokeObjectURL(href);
    } catch (error) {
      notify.failure('Nothing was exported', error);
    }
  };
  const send = async (dryRun: boolean) => {
    let given: RightsDocument;
    try {
      given = JSON.parse(text) as RightsDocument;
    } catch {
      notify.failure('Nothing was imported', new Error('The text is not JSON.'));
      return;
    }
    try {
      const answer = await api.post<{ readonly changes: readonly RightsChange[] }>('/api/access/import', {
        document: given,
        dryRun,
      });
      setPlan(answer.changes);
      if (dryRun) return;
      await client.invalidateQueries({ queryKey: ['/api/access/roles'] });
      await client.invalidateQueries({ queryKey: ['/api/access/assignments'] });
      await client.invalidateQueries({ queryKey: ['/api/access/scopes'] });
      notify.success('Imported', `${answer.changes.length} parts`);
    } catch (error) {
      notify.failure(dryRun ? 'It would be refused' : 'Nothing was imported', error);
    }
  };
  return (
    <Section
      title="Import and export"
      purpose="Custom roles, scopes and assignments as one JSON document. An import creates and changes, and removes nothing; all of it is taken, or none."
    >
      <div className={styles.row}>
        <Button onClick={() => void save()}>Export</Button>
      </div>
      {canManage ? (
        <>
          <Field label="Document to import">
            <Textarea
              rows={8}
              value={text}
              onChange={(_, { value }) => {
                setText(value);
                setPlan(undefined);
              }}
            />
          </Field>
          <div className={styles.row}>
            <Button disabled={text.trim() === ''} onClick={() => void send(true)}>
              Show what would change
            </Button>
            <Button appearance="primary" disabled={!plan} onClick={() => void send(false)}>
              Import
            </Button>
          </div>
          {plan ? (
            <SimpleTable<RightsChange>
              label="Changes"
              rows={plan}
              rowKey={(row) => `${row.kind}:${row.name}`}
              columns={[
                { id: 'kind', header: 'Kind', render: (row) => words(row.kind) },
                { id: 'name', header: 'Name', render: (row) => visibleText(row.name) },
                { id: 'action', header: 'What happens', render: (row) => ACTION[row.action] },
              ]}
            />
          ) : null}
        </>
      ) : null}
    </Section>
  );
}
