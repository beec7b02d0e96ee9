/** Roles, assignments and scopes in memory, and the rights they make: this process is the only writer. */
import type {
  Assignment,
  CloudScope,
  DataSource,
  DeviceGroup,
  Permission,
  Role,
  RoleGroups,
  RowTag,
  ScopeRef,
  Subject,
} from '@parapet/schema';
import { DATA_SOURCES, PERMISSION_CATALOG } from '@parapet/schema';
import type { Queryable, StateDb } from '@parapet/state';
import { type Grant, NO_RIGHTS, Rights, type ScopeContents } from './rights.ts';
import { BUILT_IN_ROLES, type Held, permissionsOfGroups } from './roles.ts';
import type { Identity, Principal } from './types.ts';

export interface StoredRole {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly groups: RoleGroups;
  readonly version: number;
}

/** Everything rights are made of, at one moment. */
export interface Snapshot {
  /** Custom roles. */
  readonly roles: readonly StoredRole[];
  readonly assignments: readonly Assignment[];
  /** Data sources that still follow imported roles. */
  readonly inactive: ReadonlySet<DataSource>;
  /** By rank, first match wins. */
  readonly deviceGroups: readonly DeviceGroup[];
  readonly cloudScopes: readonly CloudScope[];
  readonly rowTags: readonly RowTag[];
  /** Whether the role of a Global Administrator alone opens the data of the SIEM (spec A 5.5). */
  readonly administratorsOpenSiem: boolean;
}

/** Where only global roles are held. */
export const NOTHING_ASSIGNED: Snapshot = {
  roles: [],
  assignments: [],
  inactive: new Set(),
  deviceGroups: [],
  cloudScopes: [],
  rowTags: [],
  administratorsOpenSiem: true,
};
const MAX_CACHED = 10_000;

/** Read everything; inside a transaction, as it will be. */
export async function readSnapshot(db: Queryable): Promise<Snapshot> {
  const roles = await db.query<StoredRole>(
    'select id, name, description, groups, version from access_role order by lower(name), id',
  );
  const assignments = await db.query<Assignment>(
    `select id, role_id as "roleId", name, subjects, sources, scopes, legacy, origin, version
     from access_assignment order by lower(name), id`,
  );
  const workloads = await db.query<{ source: DataSource }>('select source from access_workload where not active');
  const deviceGroups = await db.query<DeviceGroup>(
    'select id, name, description, rank, rules, automation, version from device_group order by rank, id',
  );
  const cloudScopes = await db.query<CloudScope>(
    'select id, name, description, environments, version from cloud_scope order by lower(name), id',
  );
  const rowTags = await db.query<RowTag>(
    'select id, name, description, rules, version from row_tag order by lower(name), id',
  );
  const [settings] = await db.query<{ open: boolean }>('select administrators_open_siem as open from access_settings');
  return {
    administratorsOpenSiem: settings?.open ?? true,
    roles,
    assignments,
    inactive: new Set(workloads.map(({ source }) => source)),
    deviceGroups,
    cloudScopes,
    rowTags,
  };
}

/** Rights of `who` under a snapshot. */
export function rightsUnder(snapshot: Snapshot, who: Pick<Identity, 'kind' | 'id' | 'role' | 'groups'>): Rights {
  const grants: Grant[] = [];
  const direct = who.role ? BUILT_IN_ROLES.get(who.role) : undefined;
  if (direct)
    grants.push({
      roleId: direct.id,
      roleName: direct.name,
      roleKind: direct.kind,
      holds: withoutSiem(snapshot, direct.id, direct.holds),
      assignment: null,
      through: who.kind,
      scopes: [],
    });
  for (const assignment of snapshot.assignments) {
    const through = throughOf(assignment.subjects, who);
    if (through === undefined) continue;
    const grant = grantOf(snapshot, assignment, through);
    if (grant && (who.kind === 'app' || !BUILT_IN_ROLES.get(grant.roleId)?.appsOnly)) grants.push(grant);
  }
  return grants.length > 0 ? new Rights(grants, (refs) => contentsUnder(snapshot, refs)) : NO_RIGHTS;
}

function throughOf(subjects: readonly Subject[], who: Pick<Identity, 'kind' | 'id' | 'groups'>): string | undefined {
  if (subjects.some(({ kind, id }) => kind === who.kind && id === who.id)) return who.kind;
  return subjects.find(({ kind, id }) => kind === 'group' && who.groups.includes(id))?.id;
}

/** What an assignment gives to each of its subjects; undefined when its role is gone. */
export function grantOf(
  snapshot: Pick<Snapshot, 'roles' | 'inactive' | 'administratorsOpenSiem'>,
  assignment: Omit<Assignment, 'version' | 'origin'>,
  through: string,
): Grant | undefined {
  const builtIn = BUILT_IN_ROLES.get(assignment.roleId);
  const custom = snapshot.roles.find(({ id }) => id === assignment.roleId);
  const chosen: readonly DataSource[] | 'all' = assignment.sources;
  // Until a workload is switched over, its imported roles apply and the others do not; afterwards the other way round.
  const counts = (source: DataSource): boolean => snapshot.inactive.has(source) === assignment.legacy;
  const within = (held: Held['sources']): Held['sources'] => {
    if (builtIn?.kind === 'global' && !assignment.legacy) return both(held, chosen);
    const both_ = both(held, chosen);
    if (!assignment.legacy && snapshot.inactive.size === 0) return both_;
    return (both_ === 'all' ? DATA_SOURCES : both_).filter(counts);
  };
  const holds: readonly Held[] | undefined =
    builtIn?.holds ??
    (custom &&
      permissionsOfGroups(custom.groups).map((name) => ({ name: name as Permission, sources: 'all' as const })));
  if (!holds) return undefined;
  return {
    roleId: assignment.roleId,
    roleName: builtIn?.name ?? custom?.name ?? '',
    roleKind: builtIn?.kind ?? 'custom',
    holds: withoutSiem(snapshot, assignment.roleId, holds).map(({ name, sources }) => ({
      name,
      sources: within(sources),
    })),
    assignment: { id: assignment.id, name: assignment.name },
    through,
    scopes: assignment.scopes,
  };
}

/** What a Global Administrator holds where that role alone does not open the data of the SIEM; settings stay theirs. */
function withoutSiem(
  { administratorsOpenSiem }: Pick<Snapshot, 'administratorsOpenSiem'>,
  roleId: string,
  holds: readonly Held[],
): readonly Held[] {
  if (administratorsOpenSiem || roleId !== 'globalAdministrator') return holds;
  const rest = DATA_SOURCES.filter((source) => source !== 'siem' && source !== 'dataLake');
  return holds.map((held) => (ON_DATA.has(held.name) ? { name: held.name, sources: both(held.sources, rest) } : held));
}
const ON_DATA = new Set<string>(PERMISSION_CATALOG.filter(({ kind }) => kind === 'data').map(({ name }) => name));

function both(a: Held['sources'], b: Held['sources']): Held['sources'] {
  if (a === 'all') return b;
  return b === 'all' ? a : a.filter((source) => b.includes(source));
}

/** The one place rights are computed. Changes act on the next request of everyone they concern. */
export class Directory {
  #db: StateDb;
  #snapshot: Snapshot = NOTHING_ASSIGNED;
  #version = 0;
  #cache = new Map<string, Rights>();

  private constructor(db: StateDb) {
    this.#db = db;
  }

  static async load(db: StateDb): Promise<Directory> {
    const directory = new Directory(db);
    await directory.reload();
    return directory;
  }

  /** Grows with every change: what was computed under an older one is computed anew. */
  get version(): number {
    return this.#version;
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** Take in what a committed change wrote. */
  async reload(): Promise<void> {
    this.#snapshot = await readSnapshot(this.#db);
    this.#version++;
    this.#cache.clear();
  }

  rightsOf(who: Pick<Identity, 'kind' | 'id' | 'role' | 'groups'>): Rights {
    const key = JSON.stringify([who.kind, who.id, who.role, who.groups]);
    let rights = this.#cache.get(key);
    if (!rights) {
      rights = rightsUnder(this.#snapshot, who);
      this.#cache.set(key, rights);
      if (this.#cache.size > MAX_CACHED) this.#cache.delete(this.#cache.keys().next().value as string);
    }
    return rights;
  }

  /** @param rights other rights than the identity's own: a part of them, as for a token */
  principalOf(who: Identity, rights: Rights = this.rightsOf(who)): Principal {
    return { ...who, permissions: rights.permissions, rights };
  }

  /** Whoever holds the global role and nothing else, to compare rights with. */
  rightsOfRole(role: Role | null): Rights {
    return this.rightsOf({ kind: 'user', id: '', role, groups: [] });
  }
}

/** What scopes hold under a snapshot. A scope that is gone holds nothing. */
function contentsUnder(snapshot: Snapshot, scopes: readonly ScopeRef[]): ScopeContents {
  const ids = (kind: ScopeRef['kind']): ReadonlySet<string> =>
    new Set(scopes.filter((ref) => ref.kind === kind).map(({ id }) => id));
  const [groups, clouds, tags] = [ids('deviceGroup'), ids('cloudScope'), ids('rowTag')];
  return {
    deviceGroups: snapshot.deviceGroups.filter(({ id }) => groups.has(id)).map(({ id }) => id),
    environments: snapshot.cloudScopes.filter(({ id }) => clouds.has(id)).flatMap((each) => each.environments),
    rows: snapshot.rowTags.filter(({ id }) => tags.has(id)).flatMap((each) => each.rules),
  };
}
