import { Field, Input, makeStyles, Select, Text, tokens } from '@fluentui/react-components';
import type { EffectiveRights, Subject } from '@parapet/schema/wire';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { Loaded } from '../../components/Loaded.tsx';
import { SimpleTable } from '../../components/SimpleTable.tsx';
import { visibleText } from '../../lib/text.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { words } from '../../theme/meaning.ts';
import { Section } from '../settings/Section.tsx';
import { labelOf, SOURCE_LABEL, usePeople } from './data.ts';

const useStyles = makeStyles({
  bar: { display: 'flex', gap: '12px', flexWrap: 'wrap', alignItems: 'end' },
  soft: { color: tokens.colorNeutralForeground3 },
});

interface Line {
  readonly permission: string;
  readonly source: string;
  readonly scopes: string;
  readonly why: string;
}

function linesOf(rights: EffectiveRights): Line[] {
  return rights.permissions.flatMap(({ name, sources }) =>
    sources.map(({ source, scopes, grants }) => ({
      permission: name,
      source: SOURCE_LABEL[source],
      scopes: scopes === null ? 'Everything' : scopes.map((scope) => scope.name).join(', ') || 'Nothing',
      why: grants
        .map(({ role, assignment, through }) =>
          assignment === null
            ? `global role ${role}`
            : `${role} by “${assignment}”${['user', 'app', 'key'].includes(through) ? '' : ` through the group ${through}`}`,
        )
        .join('; '),
    })),
  );
}

/** What may this account see and do, and through which grant. */
export function EffectiveTab({
  subject,
  onSubject,
}: {
  readonly subject: string;
  readonly onSubject: (subject: string) => void;
}) {
  const styles = useStyles();
  const people = usePeople().data ?? [];
  const kind = (subject.split(':')[0] || 'user') as Subject['kind'];
  const id = subject.slice(subject.indexOf(':') + 1);
  const [typed, setTyped] = useState(id);
  const rights = useQuery({
    queryKey: ['/api/access/effective', kind, id],
    queryFn: ({ signal }) => api.get<EffectiveRights>('/api/access/effective', { kind, id }, signal),
    enabled: subject.includes(':') && id !== '',
    placeholderData: keepPreviousData,
  });
  return (
    <Section title="Effective rights" purpose="What an account may see and do right now, and through which grant.">
      <div className={styles.bar}>
        <Field label="Kind">
          <Select
            value={kind}
            onChange={(_, { value }) => {
              setTyped('');
              onSubject(`${value}:`);
            }}
          >
            <option value="user">Person</option>
            <option value="group">Group</option>
            <option value="app">App</option>
            <option value="key">Key</option>
          </Select>
        </Field>
        {kind === 'user' ? (
          <Field label="Person">
            <Select value={id} onChange={(_, { value }) => onSubject(`user:${value}`)}>
              <option value="">Choose a person</option>
              {people.map((person) => (
                <option key={person.id} value={person.id}>
                  {person.displayName}
                </option>
              ))}
            </Select>
          </Field>
        ) : (
          <Field label={kind === 'group' ? 'Name of the group' : 'Id'}>
            <Input
              value={typed}
              onChange={(_, { value }) => setTyped(value)}
              onBlur={() => onSubject(`${kind}:${typed.trim()}`)}
              onKeyDown={(event) => event.key === 'Enter' && onSubject(`${kind}:${typed.trim()}`)}
            />
          </Field>
        )}
      </div>
      {id === '' ? (
        <EmptyState
          small
          title="Nobody chosen"
          reason="Choose an account to see its rights and where they come from."
        />
      ) : (
        <Loaded query={rights} what="The rights">
          {(data) => (
            <>
              <Text className={styles.soft}>
                {visibleText(data.name)}: {data.role ? `global role ${words(data.role)}` : 'no global role'}
                {data.groups.length ? `, groups ${visibleText(data.groups.join(', '))}` : ''}.{' '}
                {data.opensPortal ? 'May use the portal.' : 'May not use the portal.'}
                {data.managesRoles ? ' May give every right.' : ''}
              </Text>
              {data.permissions.length === 0 ? (
                <EmptyState
                  small
                  title="No rights"
                  reason="No global role and no assignment gives this account anything."
                />
              ) : (
                <SimpleTable<Line>
                  label="Effective rights"
                  rows={linesOf(data)}
                  rowKey={(row) => `${row.permission}:${row.source}`}
                  columns={[
                    {
                      id: 'permission',
                      header: 'Permission',
                      minWidth: 160,
                      render: (row) => `${labelOf(row.permission)} · ${row.permission}`,
                    },
                    { id: 'source', header: 'Data source', nowrap: true, render: (row) => row.source },
                    { id: 'scopes', header: 'In', minWidth: 120, render: (row) => visibleText(row.scopes) },
                    { id: 'why', header: 'Because of', minWidth: 200, render: (row) => visibleText(row.why) },
                  ]}
                />
              )}
            </>
          )}
        </Loaded>
      )}
    </Section>
  );
}
