import { Button, Field, Input, makeStyles, Select, Textarea } from '@fluentui/react-components';
import {
  AUTOMATION_LEVELS,
  type CloudScope,
  DEVICE_OPERATORS,
  DEVICE_PROPERTIES,
  type DeviceGroup,
  ENVIRONMENT_KINDS,
  type RowTag,
  type ScopeKind,
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
import { words } from '../../theme/meaning.ts';
import { Section } from '../settings/Section.tsx';
import { CloudScopeWizard } from './CloudScopeWizard.tsx';
import { type Scopes, useScopes } from './data.ts';
import { FormDialog } from './FormDialog.tsx';

const useStyles = makeStyles({ row: { display: 'flex', gap: '4px' } });

type Scope = DeviceGroup | CloudScope | RowTag;
const PATH = { deviceGroup: 'device-groups', cloudScope: 'cloud-scopes', rowTag: 'row-tags' } as const;
const TEXT = {
  deviceGroup: {
    title: 'Device groups',
    one: 'device group',
    purpose:
      'A device is in the first group, by rank, whose rules all match, and in no other. New devices are placed within seconds.',
    empty: 'Without groups, people see the devices of the endpoint all or not at all.',
    lines: 'Rules',
    hint: `One a line, all must match: ${DEVICE_PROPERTIES.join(', ')}; then ${DEVICE_OPERATORS.join(', ')}; then values with commas between them.`,
    example: 'name startsWith lab-, test-',
  },
  cloudScope: {
    title: 'Cloud scopes',
    one: 'cloud scope',
    purpose:
      'A list of environments. New environments are not added by themselves, and one that is taken out is gone with the next request.',
    empty: 'Without scopes, people see the cloud all or not at all.',
    lines: 'Environments',
    hint: `One a line: the kind (${ENVIRONMENT_KINDS.join(', ')}) and the id.`,
    example: 'awsAccount 111122223333',
  },
  rowTag: {
    title: 'Row tags',
    one: 'row tag',
    purpose:
      'A name for rows of SIEM tables. Who is limited to tags hunts over their rows alone, and sees the alerts made from them.',
    empty: 'Without tags, people see the SIEM tables all or not at all.',
    lines: 'Rules',
    hint: 'One a line: table, column, then values with commas between them. Tables without a rule are not seen.',
    example: 'Syslog HostName web-1, web-2',
  },
} as const;

/** What a scope holds, as the lines of its form. */
function linesOf(kind: ScopeKind, scope: Scope): string[] {
  if (kind === 'cloudScope') return (scope as CloudScope).environments.map((each) => `${each.kind} ${each.id}`);
  if (kind === 'deviceGroup')
    return (scope as DeviceGroup).rules.map(
      ({ property, operator, values }) => `${property} ${operator} ${values.join(', ')}`,
    );
  return (scope as RowTag).rules.map(({ table, column, values }) => `${table} ${column} ${values.join(', ')}`);
}

/** The same the other way round; undefined for a line that has too few words. */
export function contentOf(kind: ScopeKind, text: string): object | undefined {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  const cut = lines.map((line) => /^(\S+)\s+(\S+)(?:\s+(.*))?$/.exec(line));
  if (lines.length === 0 || cut.some((each) => !each)) return undefined;
  if (kind === 'cloudScope') return { environments: cut.map((each) => ({ kind: each?.[1], id: each?.[2] })) };
  if (cut.some((each) => !each?.[3]?.trim())) return undefined;
  const values = (each: RegExpExecArray | null) =>
    (each?.[3] ?? '')
      .split(',')
      .map((value) => value.trim())
      .filter(Boolean);
  return kind === 'deviceGroup'
    ? { rules: cut.map((each) => ({ property: each?.[1], operator: each?.[2], values: values(each) })) }
    : { rules: cut.map((each) => ({ table: each?.[1], column: each?.[2], values: values(each) })) };
}

export function ScopesTab({ kind }: { readonly kind: ScopeKind }) {
  const styles = useStyles();
  const scopes = useScopes();
  const client = useQueryClient();
  const canManage = useCan('Auth.Manage');
  const [editing, setEditing] = useState<Scope | 'new'>();
  const [removing, setRemoving] = useState<Scope>();
  const text = TEXT[kind];
  const listOf = (data: Scopes): readonly Scope[] => data[kind];
  const create = canManage ? (
    <Button size="small" appearance="primary" onClick={() => setEditing('new')}>
      New {text.one}
    </Button>
  ) : undefined;
  return (
    <Section title={text.title} purpose={text.purpose} command={create}>
      <Loaded query={scopes} what={`The ${text.title.toLowerCase()}`}>
        {(data) =>
          listOf(data).length === 0 ? (
            <EmptyState small title={`No ${text.title.toLowerCase()}`} reason={text.empty} />
          ) : (
            <SimpleTable<Scope>
              label={text.title}
              rows={listOf(data)}
              rowKey={(row) => row.id}
              columns={[
                ...(kind === 'deviceGroup'
                  ? [
                      {
                        id: 'rank',
                        header: 'Rank',
                        align: 'end' as const,
                        render: (row: Scope) => (row as DeviceGroup).rank,
                      },
                    ]
                  : []),
                {
                  id: 'name',
                  header: 'Name',
                  minWidth: 140,
                  render: (row: Scope) => <strong>{visibleText(row.name)}</strong>,
                },
                {
                  id: 'about',
                  header: 'Description',
                  minWidth: 120,
                  render: (row: Scope) => visibleText(row.description),
                },
                {
                  id: 'holds',
                  header: text.lines,
                  minWidth: 220,
                  render: (row: Scope) => linesOf(kind, row).map((line) => <div key={line}>{visibleText(line)}</div>),
                },
                ...(kind === 'deviceGroup'
                  ? [
                      {
                        id: 'auto',
                        header: 'Automation',
                        nowrap: true,
                        render: (row: Scope) => words((row as DeviceGroup).automation),
                      },
                    ]
                  : []),
                {
                  id: 'do',
                  header: 'Action',
                  nowrap: true,
                  render: (row: Scope) =>
                    canManage ? (
                      <span className={styles.row}>
                        <Button size="small" aria-label={`Change ${row.name}`} onClick={() => setEditing(row)}>
                          Change
                        </Button>
                        <Button size="small" aria-label={`Delete ${row.name}`} onClick={() => setRemoving(row)}>
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
      {editing === 'new' && kind === 'cloudScope' ? <CloudScopeWizard onClose={() => setEditing(undefined)} /> : null}
      {editing && !(editing === 'new' && kind === 'cloudScope') ? (
        <ScopeDialog
          kind={kind}
          scope={editing === 'new' ? undefined : editing}
          onClose={() => setEditing(undefined)}
        />
      ) : null}
      {removing ? (
        <ConfirmDialog
          open
          onClose={() => setRemoving(undefined)}
          title={`Delete “${visibleText(removing.name)}”?`}
          action={`Delete ${text.one}`}
          failure={`The ${text.one} was not deleted`}
          onConfirm={async () => {
            await api.delete(`/api/access/${PATH[kind]}/${encodeURIComponent(removing.id)}`);
            await client.invalidateQueries({ queryKey: ['/api/access/scopes'] });
            notify.success('Deleted', removing.name);
          }}
        >
          It is refused while an assignment is limited to it.
        </ConfirmDialog>
      ) : null}
    </Section>
  );
}

function ScopeDialog({
  kind,
  scope,
  onClose,
}: {
  readonly kind: ScopeKind;
  readonly scope: Scope | undefined;
  readonly onClose: () => void;
}) {
  const client = useQueryClient();
  const text = TEXT[kind];
  const group = kind === 'deviceGroup' ? (scope as DeviceGroup | undefined) : undefined;
  const [name, setName] = useState(scope?.name ?? '');
  const [description, setDescription] = useState(scope?.description ?? '');
  const [lines, setLines] = useState(scope ? linesOf(kind, scope).join('\n') : '');
  const [rank, setRank] = useState(String(group?.rank ?? ''));
  const [automation, setAutomation] = useState<string>(group?.automation ?? 'semiAll');
  const content = contentOf(kind, lines);
  return (
    <FormDialog
      title={scope ? `Change ${scope.name}` : `New ${text.one}`}
      action={scope ? 'Save' : `Create ${text.one}`}
      ready={name.trim() !== '' && content !== undefined}
      onClose={onClose}
      onSave={async () => {
        const body = {
          name: name.trim(),
          description: description.trim(),
          ...content,
          ...(kind === 'deviceGroup' ? { automation, ...(Number(rank) >= 1 ? { rank: Number(rank) } : {}) } : {}),
        };
        const path = `/api/access/${PATH[kind]}`;
        if (scope) await api.put(`${path}/${encodeURIComponent(scope.id)}`, { ...body, version: scope.version });
        else await api.post(path as string, body);
        await client.invalidateQueries({ queryKey: ['/api/access/scopes'] });
        notify.success(scope ? 'Changed' : 'Created', name.trim());
      }}
    >
      <Field label="Name" required>
        <Input autoFocus value={name} maxLength={100} onChange={(_, data) => setName(data.value)} />
      </Field>
      <Field label="Description">
        <Input value={description} maxLength={1000} onChange={(_, data) => setDescription(data.value)} />
      </Field>
      <Field
        label={text.lines}
        required
        hint={text.hint}
        validationState={lines.trim() && !content ? 'error' : 'none'}
        validationMessage={lines.trim() && !content ? 'A line has too few words.' : undefined}
      >
        <Textarea rows={5} value={lines} placeholder={text.example} onChange={(_, data) => setLines(data.value)} />
      </Field>
      {kind === 'deviceGroup' ? (
        <>
          <Field label="Rank" hint="1 is asked first; empty is the last.">
            <Input type="number" min={1} value={rank} onChange={(_, data) => setRank(data.value)} />
          </Field>
          <Field label="Automation level" hint="How far automated investigation may go on these devices.">
            <Select value={automation} onChange={(_, data) => setAutomation(data.value)}>
              {AUTOMATION_LEVELS.map((level) => (
                <option key={level} value={level}>
                  {words(level)}
                </option>
              ))}
            </Select>
          </Field>
        </>
      ) : null}
    </FormDialog>
  );
}
