/** The scope filter of a session (spec A 5.4): which cloud environments somebody looks at, out of those their rights reach. */
import {
  type CloudScope,
  type Environment,
  ParapetError,
  type Permission,
  type ScopeFilter,
  type ScopeFilterState,
} from '@parapet/schema';
import type { Directory } from './directory.ts';
import type { Rights } from './rights.ts';
import { SCOPED_SOURCES } from './roles.ts';
import type { Identity, Principal } from './types.ts';

export const NO_FILTER: ScopeFilter = { scopes: [], environments: [] };
/** What makes somebody see cloud data in a page. */
const SEEING: readonly Permission[] = ['SecData.Read', 'Exposure.Read', 'VM.Read'];
const key = ({ kind, id }: Environment): string => `${kind}:${id.toLowerCase()}`;
const unique = (list: readonly Environment[]): Environment[] => [...new Map(list.map((e) => [key(e), e])).values()];

const isEmpty = ({ scopes, environments }: ScopeFilter): boolean => scopes.length + environments.length === 0;

/** Environments a filter shows. A scope that is gone shows none. */
function shownBy({ scopes, environments }: ScopeFilter, known: readonly CloudScope[]): readonly Environment[] {
  const inScopes = known.filter(({ id }) => scopes.includes(id)).flatMap((scope) => scope.environments);
  if (scopes.length === 0) return environments;
  if (environments.length === 0) return unique(inScopes);
  const inside = new Set(inScopes.map(key));
  return environments.filter((each) => inside.has(key(each)));
}

/** The caller with the rights they have now, looking through the filter. */
export function filtered(directory: Directory, who: Identity, filter: ScopeFilter | null): Principal {
  const rights = directory.rightsOf(who);
  if (!filter || isEmpty(filter)) return directory.principalOf(who, rights);
  return directory.principalOf(who, rights.through(shownBy(filter, directory.snapshot.cloudScopes)));
}

/** Cloud scopes the rights reach; `whole` when some permission of seeing is not limited to scopes. */
function reached(
  rights: Rights,
  known: readonly CloudScope[],
): { readonly whole: boolean; readonly scopes: readonly CloudScope[] } {
  const reaches = SEEING.flatMap((permission) =>
    SCOPED_SOURCES.cloudScope.map((source) => rights.reach(permission).get(source) ?? []),
  );
  const whole = reaches.includes('whole');
  const ids = new Set(
    reaches.flatMap((reach) =>
      reach === 'whole' ? [] : reach.flatMap(({ kind, id }) => (kind === 'cloudScope' ? [id] : [])),
    ),
  );
  return { whole, scopes: whole ? known : known.filter(({ id }) => ids.has(id)) };
}

/**
 * The filter with the values it may have.
 * @param seen environments data has come from; asked for only by who sees the cloud whole
 */
export async function filterState(
  directory: Directory,
  principal: Principal,
  filter: ScopeFilter | null,
  seen: () => Promise<readonly Environment[]>,
): Promise<ScopeFilterState> {
  const { whole, scopes } = reached(principal.rights.unfiltered, directory.snapshot.cloudScopes);
  const own = scopes.flatMap(({ environments }) => environments);
  return {
    filter: filter ?? NO_FILTER,
    scopes: scopes.map(({ id, name, description, environments }) => ({ id, name, description, environments })),
    environments: unique(whole ? [...own, ...(await seen())] : own),
  };
}

/**
 * @throws ParapetError `unknown_scope` 400 for a scope or environment that the caller does not reach, or an environment
 *   outside the chosen scopes; whether it exists for others is not told
 */
export function checkedFilter(wanted: ScopeFilter, { scopes, environments }: ScopeFilterState): ScopeFilter | null {
  const bad = (what: string): ParapetError =>
    new ParapetError(
      'unknown_scope',
      400,
      what,
      'GET /api/scope-filter names the scopes and environments you may choose.',
    );
  const chosen = [...new Set(wanted.scopes)];
  const odd = chosen.find((id) => !scopes.some((scope) => scope.id === id));
  if (odd !== undefined) throw bad(`There is no cloud scope ${JSON.stringify(odd.slice(0, 80))} for you.`);
  const inside = new Map(
    (chosen.length > 0
      ? scopes.filter(({ id }) => chosen.includes(id)).flatMap((s) => s.environments)
      : environments
    ).map((each) => [key(each), each]),
  );
  const named = unique(wanted.environments).map((each) => {
    const known = inside.get(key(each));
    if (!known)
      throw bad(
        `There is no environment ${JSON.stringify(`${each.kind}:${each.id}`.slice(0, 120))} ${chosen.length > 0 ? 'in the chosen scopes' : 'for you'}.`,
      );
    return known;
  });
  const filter = { scopes: chosen, environments: named };
  return isEmpty(filter) ? null : filter;
}
