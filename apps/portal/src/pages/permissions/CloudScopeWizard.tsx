import { Badge, Button, Checkbox, Field, Input, makeStyles, Text, Textarea, tokens } from '@fluentui/react-components';
import {
  type Assignment,
  ENVIRONMENT_KINDS,
  type Environment,
  PERMISSION_CATALOG,
  type RoleDetails,
} from '@parapet/schema/wire';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { notify } from '../../components/Notifier.tsx';
import { visibleText } from '../../lib/text.ts';
import { ENVIRONMENT_LABEL, keyOf } from '../../shell/scope-filter/link.ts';
import { useAssignments, useRoles, useScopes } from './data.ts';
import { FormDialog } from './FormDialog.tsx';

const useStyles = makeStyles({
  scroll: {
    maxHeight: '220px',
    overflowY: 'auto',
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
    padding: '4px',
  },
  soft: { color: tokens.colorNeutralForeground3 },
  row: { display: 'flex', gap: '8px', alignItems: 'center', flexWrap: 'wrap' },
  held: { paddingLeft: '36px' },
});

const SENSITIVE = new Set<string>(PERMISSION_CATALOG.filter((each) => 'sensitive' in each).map(({ name }) => name));
const CLOUD = ['cloud', 'exposure'] as const;

/** Environments typed one a line: `awsAccount 111122223333`; undefined for a line that is none. */
export function typedEnvironments(text: string): readonly Environment[] | undefined {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  const found = lines.map((line): Environment | undefined => {
    const [word, id, more] = line.split(/\s+/);
    const kind = ENVIRONMENT_KINDS.find((each) => each.toLowerCase() === word?.toLowerCase());
    return kind && id && more === undefined ? { kind, id } : undefined;
  });
  return found.every((each) => each !== undefined) ? found : undefined;
}

/** Assignments that reach the cloud as a whole: those a scope would limit. */
export function wholeCloud(assignments: readonly Assignment[]): readonly Assignment[] {
  return assignments.filter(
    ({ sources, scopes }) =>
      (sources === 'all' || CLOUD.some((source) => sources.includes(source))) &&
      !scopes.some(({ kind }) => kind === 'cloudScope'),
  );
}

/** From environments to a scope, and to who is limited to it: two steps, written as one change. */
export function CloudScopeWizard({ onClose }: { readonly onClose: () => void }) {
  const styles = useStyles();
  const client = useQueryClient();
  const assignments = useAssignments().data ?? [];
  const roles = useRoles().data ?? [];
  const known = useScopes().data?.cloudScope ?? [];
  const seen = useQuery({
    queryKey: ['/api/access/environments'],
    queryFn: ({ signal }) => api.get('/api/access/environments', {}, signal),
  });
  const [step, setStep] = useState<'environments' | 'people'>('environments');
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [typed, setTyped] = useState('');
  const [limited, setLimited] = useState<ReadonlySet<string>>(new Set());
  const found = (seen.data?.items ?? []) as readonly Environment[];
  const extra = typedEnvironments(typed);
  const environments = [...found.filter((each) => chosen.has(keyOf(each))), ...(extra ?? [])];
  const toggle = (set: ReadonlySet<string>, key: string): ReadonlySet<string> => {
    const next = new Set(set);
    if (!next.delete(key)) next.add(key);
    return next;
  };
  const candidates = wholeCloud(assignments);
  // An import would change a scope of the same name; here a new one is made.
  const taken = known.some((scope) => scope.name.toLowerCase() === name.trim().toLowerCase());
  const save = async () => {
    // The server gives it one, and puts it where the assignments name it.
    const id = '';
    const changed = candidates
      .filter((each) => limited.has(each.id))
      .map(({ version: _, ...each }) => ({ ...each, scopes: [...each.scopes, { kind: 'cloudScope', id }] }));
    await api.post('/api/access/import', {
      document: {
        version: 1,
        cloudScopes: [{ id, name: name.trim(), description: '', environments }],
        assignments: changed,
      },
      dryRun: false,
    });
    await client.invalidateQueries({ queryKey: ['/api/access/scopes'] });
    await client.invalidateQueries({ queryKey: ['/api/access/assignments'] });
    notify.success('Cloud scope created', `${changed.length} assignments are limited to it`);
  };
  const first = step === 'environments';
  return (
    <FormDialog
      title={
        first ? 'New cloud scope, step 1 of 2: environments' : 'New cloud scope, step 2 of 2: who is limited to it'
      }
      action={first ? 'Next' : 'Create cloud scope'}
      ready={name.trim() !== '' && !taken && extra !== undefined && environments.length > 0}
      stays={first}
      onClose={onClose}
      onSave={async () => {
        if (first) setStep('people');
        else await save();
      }}
    >
      {first ? (
        <>
          <Field
            label="Name"
            required
            validationState={taken ? 'error' : 'none'}
            validationMessage={taken ? 'There is a scope of this name.' : undefined}
          >
            <Input autoFocus value={name} maxLength={100} onChange={(_, data) => setName(data.value)} />
          </Field>
          <Field label="Environments that data has come from" hint="Ones that come later are not added by themselves.">
            {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot scroll in every browser */}
            <div className={styles.scroll} role="group" aria-label="Environments that data has come from">
              {found.map((each) => (
                <div key={keyOf(each)}>
                  <Checkbox
                    label={`${ENVIRONMENT_LABEL[each.kind]} ${visibleText(each.id)}`}
                    checked={chosen.has(keyOf(each))}
                    onChange={() => setChosen(toggle(chosen, keyOf(each)))}
                  />
                </div>
              ))}
              {found.length === 0 ? (
                <Text size={200} className={styles.soft}>
                  {seen.isPending ? 'Looking…' : 'No cloud data has come yet; type them below.'}
                </Text>
              ) : null}
            </div>
          </Field>
          <Field
            label="Others"
            hint={`One a line: the kind (${ENVIRONMENT_KINDS.join(', ')}) and the id.`}
            validationState={extra ? 'none' : 'error'}
            validationMessage={extra ? undefined : 'A line is not a kind and an id.'}
          >
            <Textarea
              value={typed}
              placeholder="awsAccount 111122223333"
              onChange={(_, data) => setTyped(data.value)}
            />
          </Field>
        </>
      ) : (
        <>
          <Text>
            {candidates.length > 0
              ? 'These assignments reach the whole cloud. Those you choose reach the scope alone from then on; give several scopes in the assignment itself.'
              : 'No assignment reaches the whole cloud. Give the scope to people under Assignments.'}
          </Text>
          {candidates.map((each) => (
            <Candidate
              key={each.id}
              assignment={each}
              role={roles.find(({ id }) => id === each.roleId)}
              checked={limited.has(each.id)}
              onToggle={() => setLimited(toggle(limited, each.id))}
            />
          ))}
          <div>
            <Button size="small" onClick={() => setStep('environments')}>
              Back
            </Button>
          </div>
        </>
      )}
    </FormDialog>
  );
}

function Candidate({
  assignment,
  role,
  checked,
  onToggle,
}: {
  readonly assignment: Assignment;
  readonly role: RoleDetails | undefined;
  readonly checked: boolean;
  readonly onToggle: () => void;
}) {
  const styles = useStyles();
  const sensitive = (role?.permissions ?? []).filter(({ name }) => SENSITIVE.has(name));
  return (
    <div>
      <Checkbox
        label={`${visibleText(assignment.name)} (${visibleText(role?.name ?? assignment.roleId)})`}
        checked={checked}
        onChange={onToggle}
      />
      <div className={`${styles.row} ${styles.held}`}>
        {sensitive.map(({ name }) => (
          <Badge key={name} appearance="tint" color="warning">
            Sensitive: {name}
          </Badge>
        ))}
        {sensitive.length === 0 ? (
          <Text size={200} className={styles.soft}>
            No sensitive permissions
          </Text>
        ) : null}
      </div>
    </div>
  );
}
