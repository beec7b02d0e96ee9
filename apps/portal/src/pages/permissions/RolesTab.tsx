import { Button, Checkbox, Field, Input, makeStyles, Select, Text, Textarea, tokens } from '@fluentui/react-components';
import {
  type GroupChoice,
  PERMISSION_CATALOG,
  PERMISSION_GROUPS,
  type Permission,
  type PermissionGroup,
  type RoleDetails,
} from '@parapet/schema/wire';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { useCan } from '../../api/session.ts';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { Loaded } from '../../components/Loaded.tsx';
import { notify } from '../../components/Notifier.tsx';
import { SimpleTable } from '../../components/SimpleTable.tsx';
import { visibleText } from '../../lib/text.ts';
import { Section } from '../settings/Section.tsx';
import { CompareRoles } from './CompareRoles.tsx';
import { GROUP_LABEL, labelOf, sourcesText, useRoles } from './data.ts';
import { FormDialog } from './FormDialog.tsx';

const useStyles = makeStyles({
  soft: { color: tokens.colorNeutralForeground3, display: 'block' },
  checks: { display: 'grid', gridTemplateColumns: 'repeat(2, minmax(0, 1fr))' },
  row: { display: 'flex', gap: '4px' },
});
const KIND = { global: 'Global', siem: 'Workspace', custom: 'Custom' } as const;

/** What a role holds, shortest first to say: whole groups, then single permissions by data source. */
function holdsText(role: RoleDetails): string {
  if (role.kind !== 'custom') {
    const bySources = new Map<string, string[]>();
    for (const { name, sources } of role.permissions) {
      const key = sourcesText(sources);
      bySources.set(key, [...(bySources.get(key) ?? []), name]);
    }
    return [...bySources].map(([sources, names]) => `${names.join(', ')}: ${sources.toLowerCase()}`).join('; ');
  }
  return Object.entries(role.groups)
    .map(([group, choice]) => {
      const label = GROUP_LABEL[group as PermissionGroup];
      if (choice === 'readAll') return `${label}: all read-only`;
      if (choice === 'manageAll') return `${label}: all read and manage`;
      return (choice as readonly string[]).join(', ');
    })
    .join('; ');
}

export function RolesTab() {
  const styles = useStyles();
  const roles = useRoles();
  const canManage = useCan('Auth.Manage');
  const client = useQueryClient();
  const [editing, setEditing] = useState<RoleDetails | 'new'>();
  const [removing, setRemoving] = useState<RoleDetails>();
  const [comparing, setComparing] = useState(false);
  return (
    <Section
      title="Roles"
      purpose="A role says what may be done. Who holds it, for which data sources and scopes, is in its assignments. Rights of several roles add up."
      command={
        <span className={styles.row}>
          <Button size="small" disabled={(roles.data ?? []).length < 2} onClick={() => setComparing(true)}>
            Compare roles
          </Button>
          {canManage ? (
            <Button size="small" appearance="primary" onClick={() => setEditing('new')}>
              New role
            </Button>
          ) : null}
        </span>
      }
    >
      <Loaded query={roles} what="The roles">
        {(rows) => (
          <SimpleTable<RoleDetails>
            label="Roles"
            rows={rows}
            rowKey={(row) => row.id}
            columns={[
              {
                id: 'name',
                header: 'Role',
                minWidth: 150,
                render: (row) => (
                  <>
                    <strong>{visibleText(row.name)}</strong>
                    <Text size={200} className={styles.soft}>
                      {visibleText(row.description)}
                    </Text>
                  </>
                ),
              },
              { id: 'kind', header: 'Kind', nowrap: true, render: (row) => KIND[row.kind] },
              { id: 'holds', header: 'Holds', minWidth: 260, render: (row) => holdsText(row) || 'Nothing' },
              { id: 'assignments', header: 'Assignments', align: 'end', render: (row) => row.assignments },
              {
                id: 'do',
                header: 'Action',
                nowrap: true,
                render: (row) =>
                  row.kind !== 'custom' ? (
                    'Built in'
                  ) : canManage ? (
                    <span className={styles.row}>
                      <Button size="small" aria-label={`Change the role ${row.name}`} onClick={() => setEditing(row)}>
                        Change
                      </Button>
                      <Button size="small" aria-label={`Delete the role ${row.name}`} onClick={() => setRemoving(row)}>
                        Delete
                      </Button>
                    </span>
                  ) : (
                    'Needs Auth.Manage'
                  ),
              },
            ]}
          />
        )}
      </Loaded>
      {comparing ? <CompareRoles roles={roles.data ?? []} onClose={() => setComparing(false)} /> : null}
      {editing ? (
        <RoleDialog role={editing === 'new' ? undefined : editing} onClose={() => setEditing(undefined)} />
      ) : null}
      {removing ? (
        <ConfirmDialog
          open
          onClose={() => setRemoving(undefined)}
          title={`Delete the role “${visibleText(removing.name)}”?`}
          action="Delete role"
          failure="The role was not deleted"
          onConfirm={async () => {
            await api.delete(`/api/access/roles/${encodeURIComponent(removing.id)}`);
            await client.invalidateQueries({ queryKey: ['/api/access/roles'] });
            await client.invalidateQueries({ queryKey: ['/api/access/assignments'] });
            notify.success('Role deleted', removing.name);
          }}
        >
          {removing.assignments === 0
            ? 'Nobody holds it.'
            : `Its ${removing.assignments} assignment${removing.assignments === 1 ? ' is' : 's are'} deleted with it, at once.`}
        </ConfirmDialog>
      ) : null}
    </Section>
  );
}

function RoleDialog({ role, onClose }: { readonly role: RoleDetails | undefined; readonly onClose: () => void }) {
  const styles = useStyles();
  const client = useQueryClient();
  const [name, setName] = useState(role?.name ?? '');
  const [description, setDescription] = useState(role?.description ?? '');
  const [groups, setGroups] = useState<Partial<Record<PermissionGroup, GroupChoice>>>({ ...role?.groups });
  const choose = (group: PermissionGroup, choice: GroupChoice | undefined) =>
    setGroups(({ [group]: _, ...rest }) => (choice === undefined ? rest : { ...rest, [group]: choice }));
  const filled = Object.values(groups).some((choice) => typeof choice === 'string' || choice.length > 0);
  return (
    <FormDialog
      title={role ? `Change ${role.name}` : 'New role'}
      action={role ? 'Save role' : 'Create role'}
      ready={name.trim() !== '' && filled}
      onClose={onClose}
      onSave={async () => {
        const body = { name: name.trim(), description: description.trim(), groups };
        if (role) await api.put(`/api/access/roles/${encodeURIComponent(role.id)}`, { ...body, version: role.version });
        else await api.post('/api/access/roles', body);
        await client.invalidateQueries({ queryKey: ['/api/access/roles'] });
        notify.success(role ? 'Role changed' : 'Role created', name.trim());
      }}
    >
      <Field label="Name" required>
        <Input autoFocus value={name} maxLength={100} onChange={(_, data) => setName(data.value)} />
      </Field>
      <Field label="Description">
        <Textarea value={description} maxLength={1000} onChange={(_, data) => setDescription(data.value)} />
      </Field>
      {PERMISSION_GROUPS.map((group) => {
        const choice = groups[group];
        const mode = choice === undefined ? 'none' : typeof choice === 'string' ? choice : 'custom';
        const list = Array.isArray(choice) ? (choice as readonly Permission[]) : [];
        return (
          <div key={group}>
            <Field
              label={GROUP_LABEL[group]}
              hint={mode === 'readAll' || mode === 'manageAll' ? 'Includes permissions added later.' : undefined}
            >
              <Select
                value={mode}
                onChange={(_, { value }) =>
                  choose(
                    group,
                    value === 'none' ? undefined : value === 'custom' ? [] : (value as 'readAll' | 'manageAll'),
                  )
                }
              >
                <option value="none">Nothing</option>
                <option value="readAll">All read-only</option>
                <option value="manageAll">All read and manage</option>
                <option value="custom">Custom</option>
              </Select>
            </Field>
            {mode === 'custom' ? (
              <div className={styles.checks}>
                {PERMISSION_CATALOG.filter((each) => each.group === group).map((each) => (
                  <Checkbox
                    key={each.name}
                    label={`${labelOf(each.name)}${'sensitive' in each ? ' · sensitive' : ''}`}
                    title={each.allows}
                    checked={list.includes(each.name)}
                    onChange={(_, { checked }) =>
                      choose(group, checked ? [...list, each.name] : list.filter((other) => other !== each.name))
                    }
                  />
                ))}
              </div>
            ) : null}
          </div>
        );
      })}
    </FormDialog>
  );
}
