/** What `scope` and `resource` of a request name, in the spellings that clients of the reference send. */
import { invalidScope, OAuthError } from './errors.ts';
import { apiPermission, OPENID_SCOPES } from './permissions.ts';

/** The resource of calls that name none, and of the names that clients of the reference send. */
const RESOURCES: readonly string[] = [
  'https://graph.microsoft.com',
  '00000003-0000-0000-c000-000000000000',
  'https://api.security.microsoft.com',
  'https://api.securitycenter.microsoft.com',
  'https://kusto.kusto.windows.net',
  'api://parapet',
];

/** Addresses of this installation: as the caller reached it, and as it is published. */
export interface Address {
  readonly base: string;
  readonly publicUrl: string;
}

/**
 * The resource that a scope or `resource` names.
 * @param wholly `{resource}/.default` is expected, as client credentials ask
 * @throws OAuthError `invalid_scope`
 */
export function resourceNamed(text: string, { base, publicUrl }: Address, wholly = false): string {
  const name = text.replace(/\/?\.default$/i, '').replace(/\/+$/, '');
  if (wholly && name === '') return base;
  const own = RESOURCES.includes(name.toLowerCase()) || name === base || (name !== '' && name === publicUrl);
  if (own) return name;
  throw new OAuthError(
    'invalid_resource',
    `There is no resource ${JSON.stringify(text.slice(0, 200))} here. Ask for ${base}/.default.`,
    500011,
  );
}

/**
 * What a list of scopes asks for: permissions by their names, in any spelling that clients send.
 * @throws OAuthError `invalid_scope`
 */
export function scopesAsked(
  text: string,
  address: Address,
): { readonly resource: string; readonly names: string[]; readonly all: boolean } {
  const names = new Set<string>();
  let resource = '';
  let all = false;
  for (const scope of text.split(/[\s,]+/).filter(Boolean)) {
    const slash = scope.lastIndexOf('/');
    const name = slash < 0 ? scope : scope.slice(slash + 1);
    if (slash > 0) {
      const own = resourceNamed(scope.slice(0, slash), address);
      if (resource && resource !== own) throw invalidScope('One token is for one resource.');
      resource = own;
    }
    if (/^\.default$/i.test(name) || /^user_impersonation$/i.test(name)) all = true;
    else if (OPENID_SCOPES.includes(name.toLowerCase())) names.add(name.toLowerCase());
    else if (/^user\.read$/i.test(name)) names.add('profile');
    else {
      const known = apiPermission(name);
      if (!known) throw invalidScope(`There is no permission ${JSON.stringify(name.slice(0, 100))}.`);
      names.add(known.name);
    }
  }
  return { resource: resource || 'https://graph.microsoft.com', names: [...names], all };
}
