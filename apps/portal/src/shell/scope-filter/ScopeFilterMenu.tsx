import {
  Button,
  Checkbox,
  Input,
  makeStyles,
  mergeClasses,
  Popover,
  PopoverSurface,
  PopoverTrigger,
  Text,
  tokens,
} from '@fluentui/react-components';
import { CloudFlow20Regular } from '@fluentui/react-icons/svg/cloud-flow';
import { Dismiss16Regular } from '@fluentui/react-icons/svg/dismiss';
import type { Environment, ScopeFilter, ScopeFilterState } from '@parapet/schema/wire';
import { useId, useState } from 'react';
import { CopyButton } from '../../components/CopyButton.tsx';
import { notify } from '../../components/Notifier.tsx';
import { visibleText } from '../../lib/text.ts';
import { ENVIRONMENT_LABEL, keyOf, withFilter } from './link.ts';
import { useScopeFilter, useSetScopeFilter } from './useScopeFilter.ts';

const useStyles = makeStyles({
  group: { display: 'inline-flex', alignItems: 'center', minWidth: 0 },
  button: { minWidth: 0, maxWidth: '220px', padding: '3px 6px' },
  label: { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  set: {
    backgroundColor: tokens.colorBrandBackground2,
    color: tokens.colorBrandForeground2,
    borderRadius: tokens.borderRadiusMedium,
  },
  narrow: { '@media (max-width: 1199px)': { display: 'none' } },
  surface: { width: '340px', display: 'flex', flexDirection: 'column', gap: '10px', padding: '14px' },
  list: { maxHeight: '200px', overflowY: 'auto', display: 'flex', flexDirection: 'column' },
  soft: { color: tokens.colorNeutralForeground3 },
  row: { display: 'flex', gap: '8px', justifyContent: 'space-between', alignItems: 'center' },
  id: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200, overflowWrap: 'anywhere' },
});

/** Rows of a list that are drawn; more are found by typing. */
const MOST_SHOWN = 100;

/** What is looked at, in a few words. */
export function labelOf({ filter, scopes }: ScopeFilterState): string | undefined {
  const parts = [
    ...filter.scopes.map((id) => scopes.find((scope) => scope.id === id)?.name ?? 'a deleted scope'),
    ...filter.environments.map(({ id }) => id),
  ].map(visibleText);
  if (parts.length === 0) return undefined;
  return parts.length > 2 ? `${parts[0]} and ${parts.length - 1} more` : parts.join(', ');
}

/** The cloud scopes and environments this session looks at, on every page. Left out where there is nothing to choose. */
export function ScopeFilterMenu() {
  const styles = useStyles();
  const { data } = useScopeFilter();
  const set = useSetScopeFilter();
  const [open, setOpen] = useState(false);
  if (!data) return null;
  const label = labelOf(data);
  if (!label && data.scopes.length + data.environments.length === 0) return null;
  const change = async (filter: ScopeFilter) => {
    try {
      await set(filter);
    } catch (error) {
      notify.failure('The scope was not changed', error);
    }
  };
  return (
    <span className={mergeClasses(styles.group, label && styles.set)}>
      <Popover open={open} onOpenChange={(_, { open: next }) => setOpen(next)} trapFocus positioning="below-end">
        <PopoverTrigger disableButtonEnhancement>
          <Button
            appearance="subtle"
            className={styles.button}
            icon={<CloudFlow20Regular />}
            aria-label={label ? `Cloud scope: ${label}` : 'Cloud scope: everything you may see'}
            title={label ? `Cloud data of ${label} alone` : 'Cloud scope'}
          >
            <span className={mergeClasses(styles.label, !label && styles.narrow)}>{label ?? 'All scopes'}</span>
          </Button>
        </PopoverTrigger>
        <PopoverSurface className={styles.surface} aria-label="Cloud scope">
          <Choices state={data} onChange={change} />
        </PopoverSurface>
      </Popover>
      {label ? (
        <Button
          appearance="subtle"
          size="small"
          icon={<Dismiss16Regular />}
          aria-label="Show all cloud data again"
          onClick={() => void change({ scopes: [], environments: [] })}
        />
      ) : null}
    </span>
  );
}

function Choices({
  state: { filter, scopes, environments },
  onChange,
}: {
  readonly state: ScopeFilterState;
  readonly onChange: (filter: ScopeFilter) => Promise<void>;
}) {
  const styles = useStyles();
  const [scopesTitle, environmentsTitle] = [useId(), useId()];
  const [text, setText] = useState('');
  const fits = (value: string): boolean => value.toLowerCase().includes(text.trim().toLowerCase());
  const inScope =
    filter.scopes.length === 0
      ? environments
      : scopes.filter(({ id }) => filter.scopes.includes(id)).flatMap((scope) => scope.environments);
  const offered = [...new Map(inScope.map((each) => [keyOf(each), each])).values()];
  const chosen = new Set(filter.environments.map(keyOf));
  const shownScopes = scopes.filter(({ name }) => fits(name));
  const shownEnvironments = offered.filter((each) => chosen.has(keyOf(each)) || fits(keyOf(each)));
  const toggle = (list: readonly string[], id: string): string[] =>
    list.includes(id) ? list.filter((each) => each !== id) : [...list, id];
  const toggleEnvironment = (environment: Environment): readonly Environment[] =>
    chosen.has(keyOf(environment))
      ? filter.environments.filter((each) => keyOf(each) !== keyOf(environment))
      : [...filter.environments, environment];
  return (
    <>
      <div>
        <Text weight="semibold">Cloud scope</Text>
        <br />
        <Text size={200} className={styles.soft}>
          Limits cloud and exposure data on every page of this session. Other data stays as it is.
        </Text>
      </div>
      {scopes.length + environments.length > 8 ? (
        <Input
          size="small"
          aria-label="Find a scope or an environment"
          placeholder="Find a scope or an environment"
          value={text}
          onChange={(_, { value }) => setText(value)}
        />
      ) : null}
      {scopes.length > 0 ? (
        <div>
          <Text size={200} weight="semibold" id={scopesTitle}>
            Scopes
          </Text>
          {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot scroll in every browser */}
          <div role="group" aria-labelledby={scopesTitle} className={styles.list}>
            {shownScopes.slice(0, MOST_SHOWN).map(({ id, name, environments: held }) => (
              <Checkbox
                key={id}
                checked={filter.scopes.includes(id)}
                label={`${visibleText(name)} (${held.length})`}
                // A scope chosen after an environment overrides it.
                onChange={() => void onChange({ scopes: toggle(filter.scopes, id), environments: [] })}
              />
            ))}
          </div>
        </div>
      ) : null}
      <div>
        <Text size={200} weight="semibold" id={environmentsTitle}>
          {filter.scopes.length > 0 ? 'Environments of the chosen scopes' : 'Environments'}
        </Text>
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot scroll in every browser */}
        <div role="group" aria-labelledby={environmentsTitle} className={styles.list}>
          {shownEnvironments.slice(0, MOST_SHOWN).map((environment) => (
            <Checkbox
              key={keyOf(environment)}
              checked={chosen.has(keyOf(environment))}
              label={
                <>
                  <span className={styles.id}>{visibleText(environment.id)}</span>{' '}
                  <Text size={200} className={styles.soft}>
                    {ENVIRONMENT_LABEL[environment.kind]}
                  </Text>
                </>
              }
              onChange={() => void onChange({ ...filter, environments: toggleEnvironment(environment) })}
            />
          ))}
          {shownEnvironments.length === 0 ? (
            <Text size={200} className={styles.soft}>
              {text ? 'None fits what was typed.' : 'The chosen scopes hold no environment.'}
            </Text>
          ) : null}
          {shownEnvironments.length > MOST_SHOWN ? (
            <Text size={200} className={styles.soft}>
              {shownEnvironments.length - MOST_SHOWN} more are found by typing.
            </Text>
          ) : null}
        </div>
      </div>
      <div className={styles.row}>
        <CopyButton value={withFilter(window.location.href, filter)} what="link with this scope" labelled />
        <Button
          size="small"
          disabled={filter.scopes.length + filter.environments.length === 0}
          onClick={() => void onChange({ scopes: [], environments: [] })}
        >
          Show all
        </Button>
      </div>
    </>
  );
}
