import { Button, Field, Input, makeStyles, Radio, RadioGroup } from '@fluentui/react-components';
import { Add20Regular } from '@fluentui/react-icons/svg/add';
import type { Provider, ProviderCheck, SignInPolicy } from '@parapet/schema/wire';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../../api/client.ts';
import { useCan } from '../../api/session.ts';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { Loaded } from '../../components/Loaded.tsx';
import { notify } from '../../components/Notifier.tsx';
import { SimpleTable } from '../../components/SimpleTable.tsx';
import { Failure } from '../../features/sign-in/Failure.tsx';
import { confirmed } from '../../features/sign-in/identity.ts';
import { visibleText } from '../../lib/text.ts';
import { plural } from '../../lib/time.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { ProviderDialog } from './parts/ProviderDialog.tsx';
import { Section } from './Section.tsx';

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: '28px' },
  form: { display: 'flex', flexDirection: 'column', gap: '14px', maxWidth: '560px' },
  row: { display: 'flex', gap: '12px', flexWrap: 'wrap', '& > *': { flex: '1 1 150px' } },
  buttons: { display: 'flex', gap: '6px', flexWrap: 'wrap' },
});

/** How people sign in: providers and the rules over all accounts. */
export function SignInSection() {
  const styles = useStyles();
  const policy = useQuery({
    queryKey: ['/api/sign-in/policy'],
    queryFn: ({ signal }) => api.get<SignInPolicy>('/api/sign-in/policy', undefined, signal),
  });
  return (
    <div className={styles.stack}>
      <ProvidersPart />
      <Section title="Rules" purpose="For everybody; an account can be made stricter under Users.">
        <Loaded query={policy} what="The rules">
          {(data) => <PolicyForm key={data.version} policy={data} />}
        </Loaded>
      </Section>
    </div>
  );
}

function PolicyForm({ policy }: { readonly policy: SignInPolicy }) {
  const styles = useStyles();
  const client = useQueryClient();
  const canManage = useCan('Auth.Manage');
  const [draft, setDraft] = useState(policy);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const set = (change: Partial<SignInPolicy>) => setDraft((before) => ({ ...before, ...change }));
  const changed = JSON.stringify(draft) !== JSON.stringify(policy);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setFailure(undefined);
    try {
      const { version: _, ...rules } = draft;
      await confirmed(() => api.put<SignInPolicy>('/api/sign-in/policy', rules));
      notify.success('Rules for signing in changed');
      await client.invalidateQueries({ queryKey: ['/api/sign-in/policy'] });
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form className={styles.form} onSubmit={(event) => void save(event)}>
      <Failure error={failure} />
      <Field label="Passwords and passkeys of Parapet">
        <RadioGroup
          value={draft.localSignIn}
          disabled={!canManage}
          onChange={(_, data) => set({ localSignIn: data.value as SignInPolicy['localSignIn'] })}
        >
          <Radio value="everyone" label="Everybody who has one may use them" />
          <Radio value="breakGlassOnly" label="Break-glass accounts only; people come through a provider" />
        </RadioGroup>
      </Field>
      <Field label="Second factor of local accounts">
        <RadioGroup
          value={draft.secondFactor}
          disabled={!canManage}
          onChange={(_, data) => set({ secondFactor: data.value as SignInPolicy['secondFactor'] })}
        >
          <Radio value="optional" label="Up to each person, unless their account says otherwise" />
          <Radio value="required" label="Required; who has none must add one at the next sign-in" />
        </RadioGroup>
      </Field>
      <div className={styles.row}>
        <Hours
          label="Session ends after idle hours"
          value={draft.idleHours}
          max={72}
          onChange={(idleHours) => set({ idleHours })}
        />
        <Hours
          label="Session ends after hours"
          value={draft.maxHours}
          max={720}
          onChange={(maxHours) => set({ maxHours })}
        />
        <Hours
          label="Proof good for minutes"
          value={draft.confirmMinutes}
          max={120}
          onChange={(confirmMinutes) => set({ confirmMinutes })}
        />
      </div>
      {canManage ? (
        <div className={styles.buttons}>
          <Button type="submit" appearance="primary" disabled={!changed || busy}>
            Save rules
          </Button>
          {changed ? <Button onClick={() => setDraft(policy)}>Undo</Button> : null}
        </div>
      ) : null}
    </form>
  );
}

function Hours({
  label,
  value,
  max,
  onChange,
}: {
  readonly label: string;
  readonly value: number;
  readonly max: number;
  readonly onChange: (value: number) => void;
}) {
  return (
    <Field label={label} hint={`1 to ${max}`}>
      <Input
        type="number"
        min={1}
        max={max}
        value={String(value)}
        onChange={(_, data) => onChange(Math.min(max, Math.max(1, Math.round(Number(data.value)) || 1)))}
      />
    </Field>
  );
}

function ProvidersPart() {
  const styles = useStyles();
  const client = useQueryClient();
  const canManage = useCan('Auth.Manage');
  const [editing, setEditing] = useState<Provider | 'new'>();
  const [removing, setRemoving] = useState<Provider>();
  const key = ['/api/sign-in/providers'];
  const providers = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => api.get<readonly Provider[]>('/api/sign-in/providers', undefined, signal),
  });
  const check = async (provider: Provider) => {
    try {
      const found = await api.post<ProviderCheck>(`/api/sign-in/providers/${provider.id}/test`, {});
      notify.success(
        `${provider.name} answers`,
        `Signs with ${found.signingAlgorithms.join(', ')}. ${found.endSessionEndpoint ? 'Signing out there is possible.' : 'It offers no sign-out.'} ${found.backChannelLogout ? 'It can end sessions here.' : ''}`,
      );
    } catch (error) {
      notify.failure(`${provider.name} cannot be used`, error);
    }
  };
  return (
    <Section
      title="Providers"
      purpose="People sign in with the organisation’s OpenID Connect provider: Entra ID, Keycloak, Okta, Google, authentik and others."
      command={
        canManage ? (
          <Button size="small" appearance="primary" icon={<Add20Regular />} onClick={() => setEditing('new')}>
            Add provider
          </Button>
        ) : undefined
      }
    >
      <Loaded query={providers} what="The providers">
        {(data) =>
          data.length === 0 ? (
            <EmptyState
              small
              title="No provider"
              reason="Without one people sign in with accounts that are kept in Parapet."
            />
          ) : (
            <SimpleTable<Provider>
              label="Sign-in providers"
              rows={data}
              rowKey={(row) => row.id}
              columns={[
                { id: 'name', header: 'Name', render: (row) => visibleText(row.name) },
                { id: 'issuer', header: 'Issuer', render: (row) => visibleText(row.issuer) },
                { id: 'state', header: 'State', render: (row) => (row.enabled ? 'On' : 'Off') },
                { id: 'map', header: 'Mapping', nowrap: true, render: (row) => plural(row.mappings.length, 'line') },
                {
                  id: 'do',
                  header: 'Action',
                  render: (row) =>
                    canManage ? (
                      <span className={styles.buttons}>
                        <Button size="small" aria-label={`Change ${row.name}`} onClick={() => setEditing(row)}>
                          Change
                        </Button>
                        <Button size="small" aria-label={`Test ${row.name}`} onClick={() => void check(row)}>
                          Test
                        </Button>
                        <Button size="small" aria-label={`Remove ${row.name}`} onClick={() => setRemoving(row)}>
                          Remove
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
        <ProviderDialog
          provider={editing === 'new' ? undefined : editing}
          onClose={() => setEditing(undefined)}
          onSaved={() => void client.invalidateQueries({ queryKey: key })}
        />
      ) : null}
      <ConfirmDialog
        open={removing !== undefined}
        onClose={() => setRemoving(undefined)}
        title={`Remove ${removing?.name ?? ''}?`}
        action="Remove provider"
        failure="The provider was not removed"
        onConfirm={async () => {
          await confirmed(() => api.delete(`/api/sign-in/providers/${removing?.id}`));
          await client.invalidateQueries({ queryKey: key });
        }}
      >
        Its people are signed out and cannot sign in any more. Their accounts stay, because incidents name them.
      </ConfirmDialog>
    </Section>
  );
}
