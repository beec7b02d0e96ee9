import { ParapetError, PORTAL_ROLES, type ProviderInput, type Role } from '@parapet/schema';
import type { RoleAdmin } from '../assignments.ts';
import type { Directory } from '../directory.ts';
import { requireGrantable } from '../grantable.ts';
import { BUILT_IN_ROLES } from '../roles.ts';
import type { Caller } from '../users.ts';

/** Global roles that contain one another are a property of the person; of several mapped ones the first counts. */
export function directRole(roles: readonly string[]): Role | null {
  return PORTAL_ROLES.find((role) => roles.includes(role)) ?? null;
}

const isDirect = (role: string): boolean => (PORTAL_ROLES as readonly string[]).includes(role);

/** The group that stands for "this provider's mapping gives this role": its members are set at each sign-in. */
export const mappedGroup = (providerId: string, role: string): string => `mapping:${providerId}:${role}`;

/** Groups for the mapped roles that are given by assignments: custom roles and what does not open the portal. */
export function mappedGroups(providerId: string, roles: readonly string[]): string[] {
  return roles.filter((role) => !isDirect(role)).map((role) => mappedGroup(providerId, role));
}

/**
 * Keeps one assignment for each role a provider's mapping names, so that mapped roles are seen, limited to data sources
 * and scopes, and taken back where all other assignments are.
 */
export class RoleTargets {
  #directory: Directory;
  #roles: RoleAdmin;

  constructor(directory: Directory, roles: RoleAdmin) {
    this.#directory = directory;
    this.#roles = roles;
  }

  /** @throws ParapetError `invalid_request` 400 for a role that does not exist, `grant_beyond_own` 403 */
  check(role: string, caller: Caller): void {
    const { rights } = caller.principal;
    if (isDirect(role)) {
      requireGrantable(rights, this.#directory.rightsOfRole(role as Role));
      return;
    }
    const known = BUILT_IN_ROLES.get(role);
    const custom = this.#directory.snapshot.roles.some(({ id }) => id === role);
    if ((!known && !custom) || known?.appsOnly) {
      throw new ParapetError('invalid_request', 400, `There is no role ${role.slice(0, 60)} for people.`, undefined, {
        field: 'mappings',
      });
    }
  }

  /** Make and take back assignments so that they fit the mapping. @throws ParapetError `grant_beyond_own` 403 */
  async follow(
    providerId: string,
    input: Pick<ProviderInput, 'name' | 'mappings' | 'defaultRole'>,
    caller: Caller,
  ): Promise<void> {
    const wanted = new Set([...input.mappings.map(({ role }) => role), input.defaultRole ?? ''].filter(Boolean));
    for (const role of wanted) {
      if (isDirect(role) || this.#of(mappedGroup(providerId, role)).length > 0) continue;
      await this.#roles.assign(
        {
          roleId: role,
          name: `People of ${input.name}`.slice(0, 100),
          subjects: [{ kind: 'group', id: mappedGroup(providerId, role) }],
          sources: 'all',
          scopes: [],
        },
        caller,
      );
    }
    await this.#takeBack(providerId, wanted, caller);
  }

  /** The provider is gone. */
  forget(providerId: string, caller: Caller): Promise<void> {
    return this.#takeBack(providerId, new Set(), caller);
  }

  async #takeBack(providerId: string, wanted: ReadonlySet<string>, caller: Caller): Promise<void> {
    const prefix = mappedGroup(providerId, '');
    for (const { id, subjects } of this.#directory.snapshot.assignments) {
      const mapped = subjects.length === 1 && subjects[0]?.kind === 'group' ? subjects[0].id : '';
      if (!mapped.startsWith(prefix) || wanted.has(mapped.slice(prefix.length))) continue;
      await this.#roles.unassign(id, caller);
    }
  }

  #of(group: string) {
    return this.#directory.snapshot.assignments.filter(({ subjects }) =>
      subjects.some((subject) => subject.kind === 'group' && subject.id === group),
    );
  }
}
