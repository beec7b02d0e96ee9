import {
  type Assignment,
  type CloudScope,
  DATA_SOURCES,
  type DataSource,
  type DeviceGroup,
  type Page,
  PERMISSION_CATALOG,
  type PermissionGroup,
  type RoleDetails,
  type RowTag,
  type ScopeKind,
  type SourceChoice,
  type Subject,
  type User,
} from '@parapet/schema/wire';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../api/client.ts';

/** As many as a page of the API holds; who has more finds them by searching. */
const ALL = { page: 1, pageSize: 200 };

export const SOURCE_LABEL: Readonly<Record<DataSource, string>> = {
  endpoint: 'Endpoint and vulnerabilities',
  email: 'Email',
  identity: 'Identity',
  cloudApps: 'Cloud apps',
  cloud: 'Cloud',
  exposure: 'Exposure',
  siem: 'SIEM',
  dataLake: 'Data lake',
};
export const GROUP_LABEL: Readonly<Record<PermissionGroup, string>> = {
  securityData: 'Security operations: security data',
  rawData: 'Security operations: raw data (email)',
  posture: 'Security posture',
  authorization: 'Authorization and settings',
  dataOperations: 'Data operations',
};
export const SCOPE_LABEL: Readonly<Record<ScopeKind, string>> = {
  deviceGroup: 'Device group',
  cloudScope: 'Cloud scope',
  rowTag: 'Row tag',
};

export const labelOf = (permission: string): string => {
  const info = PERMISSION_CATALOG.find(({ name }) => name === permission);
  return info ? `${info.label} (${info.level})` : permission;
};

/** "All, also future ones", or the names. */
export function sourcesText(sources: SourceChoice): string {
  if (sources === 'all') return 'All, also future ones';
  if (sources.length === DATA_SOURCES.length - 1) {
    const left = DATA_SOURCES.find((source) => !sources.includes(source));
    return left ? `All but ${SOURCE_LABEL[left].toLowerCase()}` : '';
  }
  return sources.map((source) => SOURCE_LABEL[source]).join(', ');
}

export const useRoles = () =>
  useQuery({
    queryKey: ['/api/access/roles'],
    queryFn: async ({ signal }): Promise<readonly RoleDetails[]> =>
      (await api.get<Page<RoleDetails>>('/api/access/roles', ALL, signal)).items,
  });
export const useAssignments = () =>
  useQuery({
    queryKey: ['/api/access/assignments'],
    queryFn: async ({ signal }): Promise<readonly Assignment[]> =>
      (await api.get<Page<Assignment>>('/api/access/assignments', ALL, signal)).items,
  });
export const usePeople = () =>
  useQuery({
    queryKey: ['/api/users', 'all'],
    queryFn: async ({ signal }): Promise<readonly User[]> =>
      (await api.get('/api/users', { ...ALL, sort: 'displayName' }, signal)).items as readonly User[],
  });

export interface Scopes {
  readonly deviceGroup: readonly DeviceGroup[];
  readonly cloudScope: readonly CloudScope[];
  readonly rowTag: readonly RowTag[];
}
export const useScopes = () =>
  useQuery({
    queryKey: ['/api/access/scopes'],
    queryFn: async ({ signal }): Promise<Scopes> => {
      const [groups, clouds, tags] = await Promise.all([
        api.get<Page<DeviceGroup>>('/api/access/device-groups', ALL, signal),
        api.get<Page<CloudScope>>('/api/access/cloud-scopes', ALL, signal),
        api.get<Page<RowTag>>('/api/access/row-tags', ALL, signal),
      ]);
      return {
        deviceGroup: groups.items,
        cloudScope: clouds.items,
        rowTag: tags.items,
      };
    },
  });

/** A subject as people name it. */
export function subjectText({ kind, id }: Subject, people: readonly User[]): string {
  if (kind === 'user') return people.find((person) => person.id === id)?.displayName ?? `user ${id}`;
  return `${kind} ${id}`;
}
