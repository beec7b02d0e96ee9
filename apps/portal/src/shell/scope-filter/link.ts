/** The scope filter in an address: `?cloudScopes=<ids>&environments=awsAccount:111122223333`. Pure. */
import { ENVIRONMENT_KINDS, type Environment, type ScopeFilter } from '@parapet/schema/wire';
import { joinList, splitList } from '../../lib/searchString.ts';

export const keyOf = ({ kind, id }: Environment): string => `${kind}:${id}`;
/** Kinds of environments as their providers write them. */
export const ENVIRONMENT_LABEL: Readonly<Record<Environment['kind'], string>> = {
  azureSubscription: 'Azure subscription',
  awsAccount: 'AWS account',
  awsManagementAccount: 'AWS management account',
  gcpProject: 'GCP project',
  azureDevOpsOrganization: 'Azure DevOps organisation',
  gitHubOrganization: 'GitHub organisation',
  gitLabGroup: 'GitLab group',
  dockerHubOrganization: 'Docker Hub organisation',
  jfrogArtifactory: 'JFrog Artifactory',
};
export const LINK_KEYS = ['cloudScopes', 'environments'] as const;

/** The filter that an address asks for; undefined when it asks for none. Empty values ask for everything. */
export function filterOf(search: Readonly<Record<string, string>>): ScopeFilter | undefined {
  if (!LINK_KEYS.some((key) => search[key] !== undefined)) return undefined;
  const environments = splitList(search.environments ?? '').flatMap((text): Environment[] => {
    const at = text.indexOf(':');
    const kind = ENVIRONMENT_KINDS.find((each) => each === text.slice(0, at));
    const id = text.slice(at + 1);
    return kind && id ? [{ kind, id }] : [];
  });
  return { scopes: splitList(search.cloudScopes ?? ''), environments };
}

/** The address with the filter in it, so that who opens it looks at the same data. */
export function withFilter(href: string, { scopes, environments }: ScopeFilter): string {
  const address = new URL(href);
  for (const key of LINK_KEYS) address.searchParams.delete(key);
  if (scopes.length > 0) address.searchParams.set('cloudScopes', joinList(scopes));
  if (environments.length > 0) address.searchParams.set('environments', joinList(environments.map(keyOf)));
  return address.toString();
}
