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
  makeStyles,
  Select,
  Switch,
  Text,
  tokens,
} from '@fluentui/react-components';
import { Add16Regular } from '@fluentui/react-icons/svg/add';
import { Dismiss16Regular } from '@fluentui/react-icons/svg/dismiss';
import type { ClaimMapping, Provider, ProviderInput, RoleDetails } from '@parapet/schema/wire';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../../../api/client.ts';
import { asItems } from '../../../api/users.ts';
import { CopyButton } from '../../../components/CopyButton.tsx';
import { Facts } from '../../../components/Facts.tsx';
import { Mono } from '../../../components/Mono.tsx';
import { notify } from '../../../components/Notifier.tsx';
import { Failure } from '../../../features/sign-in/Failure.tsx';
import { confirmed } from '../../../features/sign-in/identity.ts';

const NEW: ProviderInput = {
  name: '',
  enabled: true,
  issuer: '',
  clientId: '',
  clientSecret: '',
  scopes: 'openid profile email',
  usernameClaim: 'preferred_username',
  displayNameClaim: 'name',
  groupsClaim: 'groups',
  mappings: [],
  defaultRole: null,
  createUsers: true,
  adoptLocal: false,
  requiredAmr: '',
};

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: '14px' },
  pair: { display: 'flex', gap: '12px', flexWrap: 'wrap', alignItems: 'flex-start', '& > *': { flex: '1 1 220px' } },
  line: { display: 'grid', gridTemplateColumns: '1fr 1fr 1fr auto', gap: '6px', alignItems: 'center' },
  lines: { display: 'flex', flexDirection: 'column', gap: '6px', border: 'none', margin: 0, padding: 0, minWidth: 0 },
  legend: { padding: '0 0 6px', fontWeight: tokens.fontWeightSemibold },
  address: { display: 'flex', gap: '6px', alignItems: 'center', minWidth: 0 },
});

/** A provider and its mapping of claims to roles. */
export function ProviderDialog({
  provider,
  onClose,
  onSaved,
}: {
  readonly provider: Provider | undefined;
  readonly onClose: () => void;
  readonly onSaved: () => void;
}) {
  const styles = useStyles();
  const [made, setMade] = useState<Provider>();
  const [draft, setDraft] = useState<ProviderInput>(() => {
    if (!provider) return NEW;
    const { id, version, hasSecret, redirectUri, backChannelLogoutUri, postLogoutRedirectUri, ...input } = provider;
    return { ...input, clientSecret: '' };
  });
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const roles = useQuery({
    queryKey: ['/api/access/roles', 'choice'],
    queryFn: async ({ signal }) =>
      asItems(
        await api.get<readonly RoleDetails[] | { items: readonly RoleDetails[] }>(
          '/api/access/roles',
          undefined,
          signal,
        ),
      ),
  });
  const set = (change: Partial<ProviderInput>) => setDraft((before) => ({ ...before, ...change }));
  const setLine = (at: number, change: Partial<ClaimMapping>) =>
    set({ mappings: draft.mappings.map((line, n) => (n === at ? { ...line, ...change } : line)) });
  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setFailure(undefined);
    const { clientSecret, ...rest } = draft;
    const body: ProviderInput = clientSecret || !provider ? { ...rest, clientSecret } : rest;
    try {
      const answer = await confirmed(() =>
        provider
          ? api.put<Provider>(`/api/sign-in/providers/${provider.id}`, body)
          : api.post<Provider>('/api/sign-in/providers', body),
      );
      onSaved();
      if (provider) {
        notify.success(`${answer.name} changed`);
        onClose();
      } else setMade(answer);
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  const shown = made ?? provider;
  const choices = (roles.data ?? []).map((role) => (
    <option key={role.id} value={role.id}>
      {role.name}
    </option>
  ));
  return (
    <Dialog open onOpenChange={(_, data) => !data.open && onClose()}>
      <DialogSurface style={{ maxWidth: 720 }}>
        <form onSubmit={(event) => void save(event)}>
          <DialogBody>
            <DialogTitle>
              {made ? `${made.name} was added` : provider ? `Change ${provider.name}` : 'Add a provider'}
            </DialogTitle>
            <DialogContent>
              <div className={styles.stack}>
                <Failure error={failure} />
                {shown ? (
                  <>
                    {made ? <Text>Enter these addresses at the provider, then test it.</Text> : null}
                    <Facts
                      rows={[
                        ['Redirect', shown.redirectUri],
                        ['After sign-out', shown.postLogoutRedirectUri],
                        ['Back-channel logout', shown.backChannelLogoutUri],
                      ].map(([label = '', address = '']) => ({
                        label,
                        value: (
                          <span className={styles.address}>
                            <Mono>{address}</Mono>
                            <CopyButton value={address} what={label} />
                          </span>
                        ),
                      }))}
                    />
                  </>
                ) : null}
                {made ? null : (
                  <>
                    <div className={styles.pair}>
                      <Field label="Name on the button" required>
                        <Input
                          value={draft.name}
                          maxLength={60}
                          autoFocus
                          onChange={(_, data) => set({ name: data.value })}
                        />
                      </Field>
                      <Field label="Issuer" required>
                        <Input
                          value={draft.issuer}
                          maxLength={500}
                          placeholder="https://login.example.org/realms/soc"
                          onChange={(_, data) => set({ issuer: data.value.trim() })}
                        />
                      </Field>
                    </div>
                    <div className={styles.pair}>
                      <Field label="Client id" required>
                        <Input
                          value={draft.clientId}
                          maxLength={300}
                          onChange={(_, data) => set({ clientId: data.value.trim() })}
                        />
                      </Field>
                      <Field
                        label="Client secret"
                        hint={
                          provider?.hasSecret ? 'Leave empty to keep the present one.' : 'Empty for a public client.'
                        }
                      >
                        <Input
                          type="password"
                          autoComplete="off"
                          value={draft.clientSecret ?? ''}
                          maxLength={2000}
                          onChange={(_, data) => set({ clientSecret: data.value })}
                        />
                      </Field>
                    </div>
                    <div className={styles.pair}>
                      <Field label="Claim with the user name">
                        <Input value={draft.usernameClaim} onChange={(_, data) => set({ usernameClaim: data.value })} />
                      </Field>
                      <Field label="Claim with the person’s name">
                        <Input
                          value={draft.displayNameClaim}
                          onChange={(_, data) => set({ displayNameClaim: data.value })}
                        />
                      </Field>
                      <Field label="Claim with groups" hint="Roles can be assigned to them.">
                        <Input value={draft.groupsClaim} onChange={(_, data) => set({ groupsClaim: data.value })} />
                      </Field>
                    </div>
                    <fieldset className={styles.lines}>
                      <legend className={styles.legend}>Who carries this value in this claim gets this role</legend>
                      {draft.mappings.map((line, at) => (
                        // biome-ignore lint/suspicious/noArrayIndexKey: lines have no name of their own and keep their order
                        <div key={at} className={styles.line}>
                          <Input
                            aria-label="Claim"
                            value={line.claim}
                            onChange={(_, data) => setLine(at, { claim: data.value })}
                          />
                          <Input
                            aria-label="Value"
                            value={line.value}
                            onChange={(_, data) => setLine(at, { value: data.value })}
                          />
                          <Select
                            aria-label="Role"
                            value={line.role}
                            onChange={(_, data) => setLine(at, { role: data.value })}
                          >
                            {choices}
                          </Select>
                          <Button
                            type="button"
                            appearance="subtle"
                            icon={<Dismiss16Regular />}
                            aria-label="Remove this line"
                            onClick={() => set({ mappings: draft.mappings.filter((_, n) => n !== at) })}
                          />
                        </div>
                      ))}
                      <div>
                        <Button
                          type="button"
                          size="small"
                          icon={<Add16Regular />}
                          onClick={() =>
                            set({
                              mappings: [...draft.mappings, { claim: 'groups', value: '', role: 'securityReader' }],
                            })
                          }
                        >
                          Add a line
                        </Button>
                      </div>
                    </fieldset>
                    <div className={styles.pair}>
                      <Field label="Role of everybody else">
                        <Select
                          value={draft.defaultRole ?? ''}
                          onChange={(_, data) => set({ defaultRole: data.value || null })}
                        >
                          <option value="">None: they cannot sign in</option>
                          {choices}
                        </Select>
                      </Field>
                      <Field label="Required amr or acr" hint="mfa, for example; empty asks for none.">
                        <Input
                          value={draft.requiredAmr}
                          onChange={(_, data) => set({ requiredAmr: data.value.trim() })}
                        />
                      </Field>
                    </div>
                    <div>
                      <Switch
                        checked={draft.enabled}
                        label="People can sign in through it"
                        onChange={(_, data) => set({ enabled: data.checked })}
                      />
                      <Switch
                        checked={draft.createUsers}
                        label="Make an account at somebody’s first sign-in"
                        onChange={(_, data) => set({ createUsers: data.checked })}
                      />
                      <Switch
                        checked={draft.adoptLocal}
                        label="Take over local accounts of the same user name (only where the provider alone hands out names)"
                        onChange={(_, data) => set({ adoptLocal: data.checked })}
                      />
                    </div>
                  </>
                )}
              </div>
            </DialogContent>
            <DialogActions>
              <Button type="button" appearance={made ? 'primary' : 'secondary'} onClick={onClose}>
                {made ? 'Done' : 'Cancel'}
              </Button>
              {made ? null : (
                <Button
                  type="submit"
                  appearance="primary"
                  disabled={
                    busy ||
                    !draft.name.trim() ||
                    !draft.issuer ||
                    !draft.clientId ||
                    draft.mappings.some((line) => !line.value)
                  }
                >
                  {provider ? 'Save changes' : 'Add provider'}
                </Button>
              )}
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
