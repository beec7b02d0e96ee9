import { Button, Checkbox, Field, Input, makeStyles, Select, Text, Textarea, tokens } from '@fluentui/react-components';
import {
  type Assignment,
  DATA_SOURCES,
  type DataSource,
  type RoleDetails,
  type ScopeKind,
  type ScopeRef,
  type User,
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
import { EmptyState } from '../../shell/EmptyState.tsx';
import { Section } from '../settings/Section.tsx';
import {
  SCOPE_LABEL,
  type Scopes,
  SOURCE_LABEL,
  sourcesText,
  subjectText,
  useAssignments,
  usePeople,
  useRoles,
  useScopes,
} from './data.ts';
import { FormDialog } from './FormDialog.tsx';

const useStyles = makeStyles({
  checks: { display: 'grid', gridTemplateColumns: 'repeat(2, minmax(0, 1fr))' },
  scroll: {
    maxHeight: '160px',
    overflow: 'auto',
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
  },
  row: { display: 'flex', gap: '4px' },
});

export function AssignmentsTab() {
  const styles = useStyles();
  const canManage = useCan('Auth.Manage');
  const client = useQueryClient();
  const assignments = useAssignments();
  const roles = useRoles().data ?? [];
  const people = usePeople().data ?? [];
  const scopes = useScopes().data ?? { deviceGroup: [], cloudScope: [], rowTag: [] };
  const [editing, setEditing] = useState<Assignment | 'new'>();
  const [removing, setRemoving] = useState<Assignment>();
  const scopeText = ({ kind, id }: ScopeRef) =>
    `${SCOPE_LABEL[kind]} ${scopes[kind].find((scope) => scope.id === id)?.name ?? id}`;
  return (
    <Section
      title="Assignments"
      purpose="Who holds a role, for which data sources, and in which scopes. Changes act on the next request."
      command={
        canManage ? (
          <Button size="small" appearance="primary" onClick={() => setEditing('new')}>
            New assignment
          </Button>
        ) : undefined
      }
    >
      <Loaded query={assignments} what="The assignments">
        {(rows) =>
          rows.length === 0 ? (
            <EmptyState
              small
              title="No assignments"
              reason="People with a global role need none. An assignment gives a role to people, groups, apps or keys for some of the data."
            />
          ) : (
            <SimpleTable<Assignment>
              label="Assignments"
              rows={rows}
              rowKey={(row) => row.id}
              columns={[
                {
                  id: 'name',
                  header: 'Assignment',
                  minWidth: 120,
                  render: (row) => <strong>{visibleText(row.name)}</strong>,
                },
                {
                  id: 'role',
                  header: 'Role',
                  render: (row) => visibleText(roles.find(({ id }) => id === row.roleId)?.name ?? row.roleId),
                },
                {
                  id: 'who',
                  header: 'Who',
                  minWidth: 140,
                  render: (row) => visibleText(row.subjects.map((subject) => subjectText(subject, people)).join(', ')),
                },
                { id: 'sources', header: 'Data sources', minWidth: 120, render: (row) => sourcesText(row.sources) },
                {
                  id: 'scopes',
                  header: 'Scopes',
                  minWidth: 120,
                  render: (row) =>
                    row.scopes.length ? visibleText(row.scopes.map(scopeText).join(', ')) : 'Everything',
                },
                {
                  id: 'do',
                  header: 'Action',
                  nowrap: true,
                  render: (row) =>
                    canManage ? (
                      <span className={styles.row}>
                        <Button
                          size="small"
                          aria-label={`Change the assignment ${row.name}`}
                          onClick={() => setEditing(row)}
                        >
                          Change
                        </Button>
                        <Button
                          size="small"
                          aria-label={`Delete the assignment ${row.name}`}
                          onClick={() => setRemoving(row)}
                        >
                          Delete
                        </Button>
                      </span>
                    ) : (
                      'Needs Auth.Manage'
                    ),
                },
              ]}
            />
          )
        }
      </Loaded>
      {editing ? (
        <AssignmentDialog
          assignment={editing === 'new' ? undefined : editing}
          roles={roles}
          people={people}
          scopes={scopes}
          onClose={() => setEditing(undefined)}
        />
      ) : null}
      {removing ? (
        <ConfirmDialog
          open
          onClose={() => setRemoving(undefined)}
          title={`Delete the assignment “${visibleText(removing.name)}”?`}
          action="Delete assignment"
          failure="The assignment was not deleted"
          onConfirm={async () => {
            await api.delete(`/api/access/assignments/${encodeURIComponent(removing.id)}`);
            await client.invalidateQueries({ queryKey: ['/api/access/assignments'] });
            await client.invalidateQueries({ queryKey: ['/api/access/roles'] });
            notify.success('Assignment deleted', removing.name);
          }}
        >
          Who holds it loses these rights with their next request.
        </ConfirmDialog>
      ) : null}
    </Section>
  );
}

const LIMITS: Readonly<Record<ScopeKind, readonly DataSource[]>> = {
  deviceGroup: ['endpoint'],
  cloudScope: ['cloud', 'exposure'],
  rowTag: ['siem', 'dataLake'],
};

function AssignmentDialog({
  assignment,
  roles,
  people,
  scopes,
  onClose,
}: {
  readonly assignment: Assignment | undefined;
  readonly roles: readonly RoleDetails[];
  readonly people: readonly User[];
  readonly scopes: Scopes;
  readonly onClose: () => void;
}) {
  const styles = useStyles();
  const client = useQueryClient();
  const [name, setName] = useState(assignment?.name ?? '');
  const [roleId, setRoleId] = useState(assignment?.roleId ?? '');
  const [users, setUsers] = useState<readonly string[]>(
    assignment?.subjects.filter(({ kind }) => kind === 'user').map(({ id }) => id) ?? [],
  );
  const [others, setOthers] = useState(
    assignment?.subjects
      .filter(({ kind }) => kind !== 'user')
      .map(({ kind, id }) => `${kind} ${id}`)
      .join('\n') ?? '',
  );
  const [sources, setSources] = useState<'all' | readonly DataSource[]>(assignment?.sources ?? 'all');
  const [chosen, setChosen] = useState<readonly ScopeRef[]>(assignment?.scopes ?? []);
  const lines = others
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  const wrong = lines.find((line) => !/^(group|app|key)\s+\S/.test(line));
  const subjects = [
    ...users.map((id) => ({ kind: 'user' as const, id })),
    ...lines.map((line) => ({ kind: line.split(/\s+/)[0] as 'group', id: line.replace(/^\S+\s+/, '') })),
  ];
  const ready =
    name.trim() !== '' && roleId !== '' && subjects.length > 0 && !wrong && (sources === 'all' || sources.length > 0);
  const toggle = <T,>(list: readonly T[], item: T, on: boolean, same: (a: T) => boolean): T[] =>
    on ? [...list, item] : list.filter((each) => !same(each));
  const usable = (kind: ScopeKind) => sources === 'all' || LIMITS[kind].some((source) => sources.includes(source));
  return (
    <FormDialog
      title={assignment ? `Change ${assignment.name}` : 'New assignment'}
      action={assignment ? 'Save assignment' : 'Assign role'}
      ready={ready}
      onClose={onClose}
      onSave={async () => {
        const body = {
          name: name.trim(),
          roleId,
          subjects,
          sources,
          scopes: chosen.filter(({ kind }) => usable(kind)),
        };
        if (assignment)
          await api.put(`/api/access/assignments/${encodeURIComponent(assignment.id)}`, {
            ...body,
            version: assignment.version,
          });
        else await api.post('/api/access/assignments', body as never);
        await client.invalidateQueries({ queryKey: ['/api/access/assignments'] });
        await client.invalidateQueries({ queryKey: ['/api/access/roles'] });
        notify.success(assignment ? 'Assignment changed' : 'Role assigned', name.trim());
      }}
    >
      <Field label="Name" required>
        <Input autoFocus value={name} maxLength={100} onChange={(_, data) => setName(data.value)} />
      </Field>
      <Field label="Role" required>
        <Select value={roleId} onChange={(_, data) => setRoleId(data.value)}>
          <option value="">Choose a role</option>
          {roles.map((role) => (
            <option key={role.id} value={role.id}>
              {role.name}
            </option>
          ))}
        </Select>
      </Field>
      <Field label="People">
        <div className={styles.scroll}>
          {people.map((person) => (
            <div key={person.id}>
              <Checkbox
                label={`${visibleText(person.displayName)} (${visibleText(person.username)})`}
                checked={users.includes(person.id)}
                onChange={(_, { checked }) =>
                  setUsers(toggle(users, person.id, Boolean(checked), (id) => id === person.id))
                }
              />
            </div>
          ))}
        </div>
      </Field>
      <Field
        label="Groups, apps and keys"
        hint="One a line: group and its name at the identity provider, app or key and its id."
        validationState={wrong ? 'error' : 'none'}
        validationMessage={wrong ? `“${wrong}” does not begin with group, app or key.` : undefined}
      >
        <Textarea value={others} placeholder="group soc-analysts" onChange={(_, data) => setOthers(data.value)} />
      </Field>
      <Field label="Data sources" required>
        <Checkbox
          label="All, also those added later"
          checked={sources === 'all'}
          onChange={(_, { checked }) => setSources(checked ? 'all' : [])}
        />
      </Field>
      {sources === 'all' ? null : (
        <div className={styles.checks}>
          {DATA_SOURCES.map((source) => (
            <Checkbox
              key={source}
              label={SOURCE_LABEL[source]}
              checked={sources.includes(source)}
              onChange={(_, { checked }) =>
                setSources(toggle(sources, source, Boolean(checked), (each) => each === source))
              }
            />
          ))}
        </div>
      )}
      {(['deviceGroup', 'cloudScope', 'rowTag'] as const).map((kind) =>
        scopes[kind].length > 0 && usable(kind) ? (
          <Field
            key={kind}
            label={`${SCOPE_LABEL[kind]}s`}
            hint={`None chosen: ${LIMITS[kind].map((source) => SOURCE_LABEL[source].toLowerCase()).join(' and ')} as a whole.`}
          >
            <div className={styles.checks}>
              {scopes[kind].map((scope) => (
                <Checkbox
                  key={scope.id}
                  label={visibleText(scope.name)}
                  checked={chosen.some((ref) => ref.kind === kind && ref.id === scope.id)}
                  onChange={(_, { checked }) =>
                    setChosen(
                      toggle(
                        chosen,
                        { kind, id: scope.id },
                        Boolean(checked),
                        (ref) => ref.kind === kind && ref.id === scope.id,
                      ),
                    )
                  }
                />
              ))}
            </div>
          </Field>
        ) : null,
      )}
      <Text size={200}>You can give only what you hold yourself; administrators can give everything.</Text>
    </FormDialog>
  );
}
