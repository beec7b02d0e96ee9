import type { ClaimMapping, ProviderInput } from '@parapet/schema';

export type Claims = Readonly<Record<string, unknown>>;

/** Beyond these somebody's token is not read on: no directory needs more, and every element costs a comparison. */
const MAX_VALUES = 10_000;
const MAX_DEPTH = 8;

/**
 * A claim by its name, or by its path through objects (`realm_access.roles`). The whole name is tried first, because
 * names may hold points and addresses (`https://example.com/groups`).
 */
export function readClaim(claims: Claims, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  let value: unknown = claims;
  for (const step of path.split('.').slice(0, MAX_DEPTH)) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, step)) return undefined;
    value = (value as Claims)[step];
  }
  return value;
}

/** A claim as the texts in it: one, a list, or one with spaces between (`scope`-like) left as it is. */
export function claimValues(claims: Claims, path: string): string[] {
  const value = readClaim(claims, path);
  const items = Array.isArray(value) ? value.slice(0, MAX_VALUES) : [value];
  return items
    .filter((item): item is string | number | boolean => ['string', 'number', 'boolean'].includes(typeof item))
    .map(String);
}

/** Roles that the mapping gives, in its order and each once; the provider's default when no line fits. */
export function rolesOf(claims: Claims, provider: Pick<ProviderInput, 'mappings' | 'defaultRole'>): string[] {
  const values = new Map<string, ReadonlySet<string>>();
  const fits = ({ claim, value }: ClaimMapping): boolean => {
    const known = values.get(claim) ?? new Set(claimValues(claims, claim));
    values.set(claim, known);
    return known.has(value);
  };
  const roles = [...new Set(provider.mappings.filter(fits).map(({ role }) => role))];
  return roles.length === 0 && provider.defaultRole ? [provider.defaultRole] : roles;
}

const MAX_GROUPS = 1_000;

/** Groups of the provider, to which roles can be assigned. */
export function groupsOf(claims: Claims, claim: string): string[] {
  if (claim === '') return [];
  const groups = claimValues(claims, claim).filter((name) => name !== '' && name.length <= 256);
  // Those are ours to give.
  return [...new Set(groups)].filter((name) => !name.startsWith('mapping:')).slice(0, MAX_GROUPS);
}

/** A user name made of what the claim says: signs that user names here do not have become hyphens. */
export function usernameOf(claims: Claims, claim: string): string | undefined {
  const [text] = claimValues(claims, claim);
  const name = text
    ?.normalize('NFKC')
    .trim()
    .replace(/[^\p{L}\p{N}._@+-]+/gu, '-')
    .replace(/^[^\p{L}\p{N}]+/u, '')
    .slice(0, 64);
  return name || undefined;
}

export function displayNameOf(claims: Claims, claim: string, fallback: string): string {
  const [text] = claimValues(claims, claim);
  const name = text
    ?.normalize('NFC')
    .replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .trim();
  return [...(name || fallback)].slice(0, 100).join('');
}

/** True when the token says that the provider asked for what the administrator wants to see. */
export function showsFactor(claims: Claims, required: string): boolean {
  return required === '' || [...claimValues(claims, 'amr'), ...claimValues(claims, 'acr')].includes(required);
}
