import type { QueueFacets } from '@parapet/schema/wire';
import { CLASSIFICATIONS, DETERMINATIONS } from '@parapet/schema/wire';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../api/client.ts';
import { useSession } from '../../api/session.ts';
import { useAssignees } from '../../api/users.ts';
import type { FilterDefinition } from '../../components/FilterBar.tsx';
import { words } from '../../theme/meaning.ts';

/** Services an alert can come from (spec A 1.2), those this product raises alerts for. */
const SERVICES = [
  'microsoftDefenderForEndpoint',
  'microsoftDefenderForIdentity',
  'microsoftDefenderForOffice365',
  'microsoftDefenderForCloudApps',
  'microsoftAppGovernance',
  'microsoftDefenderForCloud',
  'azureAdIdentityProtection',
  'microsoft365Defender',
  'microsoftSentinel',
  'dataLossPrevention',
  'microsoftInsiderRiskManagement',
];

/** What both queues filter by. */
interface SharedState {
  readonly assignedTo: readonly string[];
  readonly source: readonly string[];
  readonly serviceSource: readonly string[];
  readonly product: readonly string[];
  readonly tag: readonly string[];
  readonly classification: readonly string[];
  readonly determination: readonly string[];
  readonly technique: readonly string[];
  readonly asset: readonly string[];
  readonly ruleId: readonly string[];
  readonly entity: readonly string[];
}

const NOTHING: QueueFacets = { detectionSources: [], products: [], tags: [] };
const DETERMINATION_LIST = [...new Set(Object.values(DETERMINATIONS).flat())];

/** What the filters can be set to, from what there is. */
export function useFacets(): QueueFacets {
  const facets = useQuery({
    queryKey: ['/api/incidents', 'facets'],
    queryFn: ({ signal }) => api.get<QueueFacets>('/api/incidents/facets' as string, undefined, signal),
    staleTime: 300_000,
  });
  return facets.data ?? NOTHING;
}

/** "Assigned to" with everybody who may be given work. */
export function useAssigneeFilter(selected: readonly string[], onChange: (values: string[]) => void): FilterDefinition {
  const me = useSession()?.user;
  const users = useAssignees();
  const names = new Set([
    ...users.filter((user) => user.username !== me?.username).map((user) => user.username),
    ...selected.filter((name) => name !== 'me' && name !== 'unassigned'),
  ]);
  return {
    id: 'assignedTo',
    label: 'Assigned to',
    options: [
      { value: 'me', label: 'Me' },
      { value: 'unassigned', label: 'Nobody' },
      ...[...names].map((name) => ({
        value: name,
        label: users.find((user) => user.username === name)?.displayName ?? name,
      })),
    ],
    selected,
    onChange,
  };
}

/** Filters that both queues have beyond the first row, under "Add filter" until they are used. */
export function sharedFilters<S extends SharedState>(
  state: S,
  facets: QueueFacets,
  set: (key: keyof SharedState) => (values: string[]) => void,
): FilterDefinition[] {
  const known = (key: keyof SharedState, options: readonly string[], label = (value: string) => value) =>
    [...new Set([...options, ...state[key]])].map((value) => ({ value, label: label(value) }));
  const filter = (
    key: keyof SharedState,
    label: string,
    options: readonly string[],
    word?: (value: string) => string,
  ): FilterDefinition => ({
    id: key,
    label,
    optional: true,
    options: known(key, options, word),
    selected: state[key],
    onChange: set(key),
  });
  const typed = (key: keyof SharedState, label: string, what: string): FilterDefinition => ({
    id: key,
    label,
    optional: true,
    typed: what,
    options: [],
    selected: state[key],
    onChange: set(key),
  });
  return [
    filter('classification', 'Classification', [...CLASSIFICATIONS, 'unknown'], (value) =>
      value === 'unknown' ? 'Not set' : words(value),
    ),
    filter('determination', 'Determination', DETERMINATION_LIST, words),
    filter('serviceSource', 'Service', SERVICES, words),
    filter('product', 'Product', facets.products),
    filter('tag', 'Tag', facets.tags),
    typed('asset', 'Asset', 'Exact name, ARN or resource id'),
    typed('technique', 'Technique', 'ATT&CK id, such as T1059'),
    // Links from other pages set these; by hand nobody types a key.
    ...(state.ruleId.length > 0 ? [{ ...filter('ruleId', 'Rule', []), optional: false }] : []),
    ...(state.entity.length > 0
      ? [{ ...filter('entity', 'Entity', [], (value) => value.replace(/^[a-z]+:/i, '')), optional: false }]
      : []),
  ];
}
