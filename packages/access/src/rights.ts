/** What one caller may do, for which data and through which grant: computed once, in one place, and asked everywhere. */
import {
  type CloudScope,
  DATA_SOURCES,
  type DataSource,
  type Environment,
  PERMISSION_CATALOG,
  type Permission,
  PORTAL_ROLES,
  type RowTag,
  type ScopeKind,
  type ScopeRef,
  type SourceChoice,
} from '@parapet/schema';
import { type Held, isAdministratorRole, SCOPED_SOURCES } from './roles.ts';

/** One role held by one way in: directly, or through an assignment. */
export interface Grant {
  readonly roleId: string;
  readonly roleName: string;
  /** Built-in global roles let into the portal only if they are among the first five. */
  readonly roleKind: 'global' | 'siem' | 'custom';
  readonly holds: readonly Held[];
  /** Null for the global role a person holds directly. */
  readonly assignment: { readonly id: string; readonly name: string } | null;
  /** How the caller comes to it: `user`, `app`, `key`, or the group's name. */
  readonly through: string;
  readonly scopes: readonly ScopeRef[];
}

/** What the scopes of a reach hold, for filters. */
export interface ScopeContents {
  readonly deviceGroups: readonly string[];
  readonly environments: CloudScope['environments'];
  readonly rows: RowTag['rules'];
}
const NO_CONTENTS: ScopeContents = { deviceGroups: [], environments: [], rows: [] };

/** What a permission reaches of one data source: all of it, or what the scopes hold. */
export type SourceReach = 'whole' | readonly ScopeRef[];
export type Reach = ReadonlyMap<DataSource, SourceReach>;

const SETTINGS = new Set<string>(PERMISSION_CATALOG.filter(({ kind }) => kind === 'settings').map(({ name }) => name));
const MANAGE = new Set<string>(PERMISSION_CATALOG.filter(({ level }) => level === 'manage').map(({ name }) => name));
const NOTHING: Reach = new Map();
/** Grants of rights are limited to what the grantor may give, so managing them needs no more than one data source. */
const ANY_SOURCE = new Set<string>(['Auth.Manage']);

/** Data sources a choice means today. */
export const chosenSources = (choice: SourceChoice): readonly DataSource[] =>
  choice === 'all' ? DATA_SOURCES : choice;

/** Scopes of an assignment that limit a data source. */
const scopesFor = (source: DataSource, scopes: readonly ScopeRef[]): readonly ScopeRef[] =>
  scopes.filter(({ kind }: { readonly kind: ScopeKind }) => SCOPED_SOURCES[kind].includes(source));

const refKey = ({ kind, id }: ScopeRef): string => `${kind}:${id}`;

/** The union of a caller's grants. There is no deny: more grants never mean fewer rights. */
export class Rights {
  readonly #reach = new Map<Permission, Map<DataSource, SourceReach>>();
  readonly #grants: readonly Grant[];
  readonly #contentsOf: (scopes: readonly ScopeRef[]) => ScopeContents;
  /** Lower-case ids of the environments that are looked at; undefined when all are. */
  #shown: ReadonlyMap<string, Environment> | undefined;
  #unfiltered: Rights | undefined;
  /** Sorted names of every permission that lets something through; what routes and the portal ask for. */
  readonly permissions: readonly Permission[];
  /** May give any right, also one not held. */
  readonly managesRoles: boolean;
  /** May use the portal; other global roles give rights but no way in (spec A 5.1). */
  readonly opensPortal: boolean;

  /** @param contentsOf what scopes hold at the time these rights are computed */
  constructor(
    grants: readonly Grant[],
    contentsOf: (scopes: readonly ScopeRef[]) => ScopeContents = () => NO_CONTENTS,
  ) {
    this.#grants = grants;
    this.#contentsOf = contentsOf;
    for (const grant of grants)
      for (const { name, sources } of grant.holds)
        for (const source of chosenSources(sources)) this.#add(name, source, scopesFor(source, grant.scopes));
    this.permissions = PERMISSION_CATALOG.map(({ name }): Permission => name).filter((name) => this.can(name));
    this.managesRoles = grants.some(({ roleId }) => isAdministratorRole(roleId));
    this.opensPortal = grants.some(
      ({ roleId, roleKind }) => roleKind !== 'global' || (PORTAL_ROLES as readonly string[]).includes(roleId),
    );
  }

  #add(name: Permission, source: DataSource, scopes: readonly ScopeRef[]): void {
    const sources = this.#reach.get(name) ?? new Map<DataSource, SourceReach>();
    this.#reach.set(name, sources);
    const known = sources.get(source);
    if (known === 'whole') return;
    if (scopes.length === 0) {
      sources.set(source, 'whole');
      return;
    }
    const merged = new Map([...(known ?? []), ...scopes].map((ref) => [refKey(ref), ref]));
    sources.set(source, [...merged.values()]);
  }

  /**
   * Whether the permission is held: for the source, or without one for whatever it acts on. Changing settings of the
   * product without naming a source needs them whole.
   */
  can(permission: Permission, source?: DataSource): boolean {
    const reach = this.#reach.get(permission);
    if (!reach) return false;
    if (source !== undefined) return reach.has(source);
    if (SETTINGS.has(permission) && MANAGE.has(permission) && !ANY_SOURCE.has(permission))
      return this.holdsWhole(permission);
    return reach.size > 0;
  }

  /** Held for every data source, without scopes. */
  holdsWhole(permission: Permission): boolean {
    const reach = this.#reach.get(permission);
    return DATA_SOURCES.every((source) => reach?.get(source) === 'whole');
  }

  /** Data sources the permission is held for, in any part. */
  sources(permission: Permission): readonly DataSource[] {
    return [...this.reach(permission).keys()];
  }

  /** What the permission reaches of each data source it is held for. */
  reach(permission: Permission): Reach {
    return this.#reach.get(permission) ?? NOTHING;
  }

  /**
   * What of a data source the permission reaches: everything, what scopes hold now, or nothing.
   */
  within(permission: Permission, source: DataSource): 'whole' | ScopeContents | undefined {
    const reach = this.reach(permission).get(source);
    const held = reach === undefined || reach === 'whole' ? reach : this.#contentsOf(reach);
    if (!this.#shown || held === undefined || !SCOPED_SOURCES.cloudScope.includes(source)) return held;
    if (held === 'whole') return { ...NO_CONTENTS, environments: [...this.#shown.values()] };
    return { ...held, environments: held.environments.filter(({ id }) => this.#shown?.has(id.toLowerCase())) };
  }

  /**
   * The same rights looking at some environments alone (the scope filter of a session): {@link within} leaves the others out. What
   * may be done and given is as before.
   */
  through(environments: readonly Environment[]): Rights {
    const rights = new Rights(this.#grants, this.#contentsOf);
    rights.#shown = new Map(environments.map((each) => [each.id.toLowerCase(), each]));
    rights.#unfiltered = this.unfiltered;
    return rights;
  }

  /** These rights without a scope filter. */
  get unfiltered(): Rights {
    return this.#unfiltered ?? this;
  }

  /** The grants a permission comes from, for "through which grant". */
  grants(permission?: Permission, source?: DataSource): readonly Grant[] {
    if (permission === undefined) return this.#grants;
    return this.#grants.filter(({ holds }) =>
      holds.some(
        (held) => held.name === permission && (source === undefined || chosenSources(held.sources).includes(source)),
      ),
    );
  }

  /**
   * Rights of `other` that these do not include, as `permission on source` texts; empty when these include all of them.
   * Scopes are compared by name.
   */
  lacks(other: Rights): string[] {
    if (this.managesRoles) return [];
    const missing: string[] = other.managesRoles ? ['managing every role'] : [];
    for (const { name } of PERMISSION_CATALOG) {
      for (const [source, wanted] of other.reach(name)) {
        const own = this.#reach.get(name)?.get(source);
        if (own === 'whole') continue;
        const inside =
          own !== undefined && wanted !== 'whole' && wanted.every((ref) => own.some((o) => refKey(o) === refKey(ref)));
        if (!inside)
          missing.push(`${name} on ${source}${own === undefined || wanted === 'whole' ? '' : ' in that scope'}`);
      }
    }
    return missing;
  }

  /** Grants whose rights grow by themselves: every data source, without a scope. */
  grows(permission: Permission): boolean {
    return (
      this.managesRoles ||
      this.#grants.some(
        ({ holds, scopes }) =>
          scopes.length === 0 && holds.some((held) => held.name === permission && held.sources === 'all'),
      )
    );
  }

  /** A part of these rights: the named permissions alone, as for a key. */
  only(permissions: readonly Permission[]): Rights {
    const part = new Rights(
      this.#grants.map((grant) => ({ ...grant, holds: grant.holds.filter(({ name }) => permissions.includes(name)) })),
      this.#contentsOf,
    );
    return this.#shown ? part.through([...this.#shown.values()]) : part;
  }

  /** Never part of an answer: routes that show rights say what they show. */
  toJSON(): undefined {
    return undefined;
  }
}

/** Nobody's rights. */
export const NO_RIGHTS = new Rights([]);
