import { Button, makeStyles, Switch, Text, tokens } from '@fluentui/react-components';
import type { AccessSettings, Assignment, DataSource, Workload } from '@parapet/schema/wire';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { useCan } from '../../api/session.ts';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { Loaded } from '../../components/Loaded.tsx';
import { notify } from '../../components/Notifier.tsx';
import { SimpleTable } from '../../components/SimpleTable.tsx';
import { visibleText } from '../../lib/text.ts';
import { Section } from '../settings/Section.tsx';
import { SOURCE_LABEL, useAssignments, useRoles } from './data.ts';

const useStyles = makeStyles({
  sides: { display: 'grid', gridTemplateColumns: 'repeat(2, minmax(0, 1fr))', gap: '16px' },
  list: { margin: '4px 0 0', paddingLeft: '18px' },
  soft: { color: tokens.colorNeutralForeground3 },
  stack: { display: 'flex', flexDirection: 'column', gap: '28px' },
});

const WORKLOADS = ['/api/access/workloads'] as const;
const SETTINGS = ['/api/access/settings'] as const;

/** Which data sources follow the roles here, and what a Global Administrator opens by that role alone. */
export function ActivationTab() {
  const styles = useStyles();
  const client = useQueryClient();
  const canManage = useCan('Auth.Manage');
  const [switching, setSwitching] = useState<Workload>();
  const workloads = useQuery({
    queryKey: WORKLOADS,
    queryFn: ({ signal }) => api.get('/api/access/workloads', {}, signal),
  });
  const settings = useQuery({
    queryKey: SETTINGS,
    queryFn: ({ signal }) => api.get<AccessSettings>('/api/access/settings', {}, signal),
  });
  const setOpen = async (administratorsOpenSiem: boolean) => {
    try {
      client.setQueryData(SETTINGS, await api.put<AccessSettings>('/api/access/settings', { administratorsOpenSiem }));
      notify.success(
        administratorsOpenSiem
          ? 'Global Administrators see the data of the SIEM'
          : 'Global Administrators need a workspace role for the data of the SIEM',
      );
    } catch (error) {
      notify.failure('The setting was not changed', error);
    }
  };
  return (
    <div className={styles.stack}>
      <Section
        title="Data sources"
        purpose="A data source follows the roles given here. One whose roles were imported from elsewhere can follow those until you have compared both and switch it over."
      >
        <Loaded query={workloads} what="The data sources">
          {({ items }) => (
            <SimpleTable<Workload>
              label="Data sources"
              rows={items as readonly Workload[]}
              rowKey={(row) => row.source}
              columns={[
                { id: 'source', header: 'Data source', minWidth: 160, render: (row) => SOURCE_LABEL[row.source] },
                {
                  id: 'follows',
                  header: 'Follows',
                  nowrap: true,
                  render: (row) => (row.active ? 'Roles given here' : 'Imported roles'),
                },
                { id: 'imported', header: 'Imported grants', align: 'end', render: (row) => row.imported },
                {
                  id: 'do',
                  header: 'Action',
                  nowrap: true,
                  render: (row) =>
                    canManage ? (
                      <Button
                        size="small"
                        aria-label={`Compare and switch ${SOURCE_LABEL[row.source]}`}
                        onClick={() => setSwitching(row)}
                      >
                        Compare and switch
                      </Button>
                    ) : (
                      'Needs Auth.Manage'
                    ),
                },
              ]}
            />
          )}
        </Loaded>
      </Section>
      <Section
        title="Global Administrator and the SIEM"
        purpose="Switched off, a Global Administrator needs a workspace role like everyone else to see the data, alerts and incidents of the SIEM. They can give it to themselves; the audit log keeps it."
      >
        <Loaded query={settings} what="The setting">
          {({ administratorsOpenSiem }) => (
            <Switch
              label="The role of a Global Administrator alone opens the data of the SIEM"
              checked={administratorsOpenSiem}
              disabled={!canManage}
              onChange={(_, { checked }) => void setOpen(checked)}
            />
          )}
        </Loaded>
      </Section>
      {switching ? <SwitchDialog workload={switching} onClose={() => setSwitching(undefined)} /> : null}
    </div>
  );
}

/** Both sides of a data source: what holds now, and what would. */
function SwitchDialog({ workload, onClose }: { readonly workload: Workload; readonly onClose: () => void }) {
  const styles = useStyles();
  const client = useQueryClient();
  const assignments = useAssignments().data ?? [];
  const roles = useRoles().data ?? [];
  const { source, active } = workload;
  const on = ({ sources }: Assignment): boolean => sources === 'all' || sources.includes(source as DataSource);
  const side = (title: string, legacy: boolean) => {
    const rows = assignments.filter((each) => each.legacy === legacy && on(each));
    return (
      <div>
        <Text weight="semibold">{title}</Text>
        {rows.length === 0 ? (
          <Text block className={styles.soft}>
            None for this data source.
          </Text>
        ) : (
          <ul className={styles.list}>
            {rows.map((row) => (
              <li key={row.id}>
                {visibleText(roles.find(({ id }) => id === row.roleId)?.name ?? row.roleId)}:{' '}
                {visibleText(row.subjects.map(({ kind, id }) => (kind === 'group' ? id : row.name)).join(', '))}
                {row.origin ? <span className={styles.soft}> from {visibleText(row.origin)}</span> : null}
              </li>
            ))}
          </ul>
        )}
      </div>
    );
  };
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`${SOURCE_LABEL[source]}: ${active ? 'go back to imported roles' : 'follow the roles given here'}?`}
      action={active ? 'Follow imported roles' : 'Follow the roles here'}
      failure="The data source was not switched"
      onConfirm={async () => {
        await api.put(`/api/access/workloads/${source}`, { active: !active });
        await client.invalidateQueries({ queryKey: WORKLOADS });
        notify.success('Switched', SOURCE_LABEL[source]);
      }}
    >
      <div className={styles.sides}>
        {side(active ? 'Would hold: imported' : 'Holds now: imported', true)}
        {side(active ? 'Holds now: given here' : 'Would hold: given here', false)}
      </div>
      <Text block size={200}>
        Everyone concerned has the other rights with their next request. Global roles hold either way.
      </Text>
    </ConfirmDialog>
  );
}
