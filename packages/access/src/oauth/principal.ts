import type { AccessService } from '../access.ts';
import type { Rights } from '../rights.ts';
import type { Identity, Principal } from '../types.ts';
import { identityOf, type UserRow } from '../users.ts';
import { productPermissions } from './permissions.ts';

/**
 * An application as a caller: what its permissions need, on the data of its roles and scopes. One that is not limited to
 * its assignments reaches all data, as whoever gave it that holds.
 */
export function appPrincipal(
  access: AccessService,
  app: { readonly id: string; readonly name: string; readonly data_access: 'all' | 'assigned' },
  permissions: readonly string[],
): Principal {
  const identity: Identity = {
    kind: 'app',
    id: app.id,
    username: `app:${app.name}`,
    displayName: app.name,
    role: null,
    groups: [],
  };
  const { directory } = access;
  const rights =
    app.data_access === 'all' ? directory.rightsOfRole('securityAdministrator') : directory.rightsOf(identity);
  return directory.principalOf(identity, rights.only(productPermissions(permissions)));
}

/** A person through an application: what both hold. */
export function lentPrincipal(access: AccessService, user: UserRow, permissions: readonly string[]): Principal {
  const identity = identityOf(user);
  return access.directory.principalOf(identity, ownRights(access, user).only(productPermissions(permissions)));
}

export const ownRights = (access: AccessService, user: UserRow): Rights => access.directory.rightsOf(identityOf(user));
