/** Custom roles and assignments: what may be written, and by whom. */
import { randomUUID } from 'node:crypto';
import {
  type Assignment,
  DATA_SOURCES,
  type DataSource,
  ParapetError,
  PERMISSION_CATALOG,
  PERMISSION_GROUPS,
  type Permission,
  type RoleDetails,
  type RoleGroups,
  SCOPE_KINDS,
  type ScopeRef,
  type SourceChoice,
  SUBJECT_KINDS,
  type Subject,
} from '@parapet/schema';
import type { Queryable } from '@parapet/state';
import { checkedName, type RightsChanges, requireVersion, unknown } from './admin.ts';
import { grantOf, type Snapshot } from './directory.ts';
import { requireGrantable } from './grantable.ts';
import { chosenSources, Rights } from './rights.ts';
import { BUILT_IN_ROLES, permissionsOfGroups, SCOPED_SOURCES } from './roles.ts';
import type { Caller } from './users.ts';

export interface RoleInput {
  readonly name: string;
  readonly description: string;
  readonly groups: RoleGroups;
}

export interface AssignmentInput {
  readonly roleId: string;
  readonly name: string;
  readonly subjects: readonly Subject[];
  readonly sources: SourceChoice;
  readonly scopes: readonly ScopeRef[];
  readonly legacy?: boolean;
  readonly origin?: string;
}

const bad = (code: string, message: string, hint?: string, details?: unknown): ParapetError =>
  new ParapetError(code, 400, message, hint, details);

/** Every role, built-in ones first. */
export function roleDetails(snapshot: Snapshot): RoleDetails[] {
  const count = (id: string): number => snapshot.assignments.filter(({ roleId }) => roleId === id).length;
  return [
    ...[...BUILT_IN_ROLES.values()].map(
      ({ id, name, description, kind, holds }): RoleDetails => ({
        id,
        name,
        description,
        kind,
        groups: {},
        permissions: holds,
        assignments: count(id),
        version: 0,
      }),
    ),
    ...snapshot.roles.map(
      (role): RoleDetails => ({
        ...role,
        kind: 'custom',
        permissions: permissionsOfGroups(role.groups).map((name) => ({ name: name as Permission, sources: 'all' })),
        assignments: count(role.id),
      }),
    ),
  ];
}

/** @throws ParapetError 400 for a group or permission that does not exist */
export function checkedGroups(groups: RoleGroups): RoleGroups {
  const checked: Record<string, unknown> = {};
  for (const [group, choice] of Object.entries(groups)) {
    if (!(PERMISSION_GROUPS as readonly string[]).includes(group))
      throw bad('unknown_permission', `There is no permission group ${JSON.stringify(group.slice(0, 60))}.`);
    if (choice === 'readAll' || choice === 'manageAll') {
      checked[group] = choice;
      continue;
    }
    const names = Array.isArray(choice) ? choice.map(String).slice(0, 200) : [];
    const wrong = Array.isArray(choice)
      ? names.find((name) => !PERMISSION_CATALOG.some((each) => each.name === name && each.group === group))
      : String(choice);
    if (wrong !== undefined)
      throw bad('unknown_permission', `The group ${group} has no permission ${JSON.stringify(wrong.slice(0, 60))}.`);
    if (names.length > 0) checked[group] = [...new Set(names)];
  }
  if (Object.keys(checked).length === 0)
    throw bad('empty_role', 'The role holds no permission.', 'Choose at least one.');
  return checked as RoleGroups;
}

/** @throws ParapetError 400 naming what is wrong; nothing unknown is ever stored */
export async function checkedAssignment(
  tx: Queryable,
  snapshot: Snapshot,
  input: AssignmentInput,
): Promise<Omit<Assignment, 'id' | 'version'>> {
  const builtIn = BUILT_IN_ROLES.get(input.roleId);
  if (!builtIn && !snapshot.roles.some(({ id }) => id === input.roleId))
    throw bad('unknown_role', `There is no role ${JSON.stringify(input.roleId.slice(0, 60))}.`);
  if (input.subjects.length === 0)
    throw bad('empty_assignment', 'The assignment names nobody.', 'Add a person, a group or an app.');
  if (input.sources !== 'all' && input.sources.length === 0)
    throw bad('empty_assignment', 'The assignment names no data source.', 'Choose at least one, or all.');
  const odd = input.sources === 'all' ? undefined : input.sources.find((each) => !DATA_SOURCES.includes(each));
  if (odd !== undefined)
    throw bad(
      'unknown_data_source',
      `There is no data source ${JSON.stringify(String(odd).slice(0, 60))}.`,
      undefined,
      {
        allowed: DATA_SOURCES,
      },
    );
  await requireSubjects(tx, input.subjects);
  if (builtIn?.appsOnly && input.subjects.some(({ kind }) => kind !== 'app'))
    throw bad('apps_only', `${builtIn.name} is for apps, never for people or groups.`);
  const sources = input.sources === 'all' ? 'all' : DATA_SOURCES.filter((each) => input.sources.includes(each));
  if (
    builtIn &&
    !builtIn.holds.some((held) => chosenSources(held.sources).some((s) => chosenSources(sources).includes(s)))
  )
    throw bad('empty_assignment', `${builtIn.name} holds nothing for the chosen data sources.`);
  for (const { kind, id } of input.scopes) {
    const known = SCOPE_KINDS.includes(kind) && scopesOf(snapshot, kind).some((scope) => scope.id === id);
    if (!known) throw bad('unknown_scope', `There is no scope ${JSON.stringify(`${kind}:${id}`.slice(0, 80))}.`);
    if (!SCOPED_SOURCES[kind].some((source) => chosenSources(sources).includes(source)))
      throw bad(
        'scope_without_effect',
        `A scope of the kind ${kind} limits ${SCOPED_SOURCES[kind].join(' and ')}, which the assignment does not include.`,
      );
  }
  return {
    roleId: input.roleId,
    name: checkedName(input.name).name,
    subjects: unique(input.subjects),
    sources,
    scopes: unique(input.scopes),
    legacy: input.legacy ?? false,
    origin: input.origin ?? '',
  };
}

function scopesOf(snapshot: Snapshot, kind: ScopeRef['kind']): readonly { readonly id: string }[] {
  return { deviceGroup: snapshot.deviceGroups, cloudScope: snapshot.cloudScopes, rowTag: snapshot.rowTags }[kind];
}

function unique<T extends { readonly kind: string; readonly id: string }>(list: readonly T[]): T[] {
  return [...new Map(list.map(({ kind, id }) => [`${kind}:${id}`, { kind, id } as T])).values()];
}

async function requireSubjects(tx: Queryable, subjects: readonly Subject[]): Promise<void> {
  for (const { kind, id } of subjects) {
    const table = { user: 'app_user', key: 'ingest_key' }[kind as string];
    const known = table
      ? (await tx.query(`select id from ${table} where id = $1`, [id])).length > 0
      : SUBJECT_KINDS.includes(kind) && id.trim() !== '';
    if (!known) throw bad('unknown_subject', `There is no ${kind} ${JSON.stringify(id.slice(0, 60))}.`);
  }
}

/**
 * The caller may give or take what an assignment gives: they hold it, and manage authorization for the same sources and scopes.
 * @throws ParapetError `grant_beyond_own` 403
 */
export function requireAssignable(
  own: Rights,
  snapshot: Pick<Snapshot, 'roles' | 'inactive' | 'administratorsOpenSiem'>,
  assignment: Omit<Assignment, 'version' | 'origin'>,
): void {
  if (own.managesRoles) return;
  const grant = grantOf(snapshot, assignment, '');
  if (!grant) return;
  requireGrantable(own, new Rights([grant]));
  const sources = [...new Set(grant.holds.flatMap((held) => chosenSources(held.sources)))] as DataSource[];
  requireGrantable(own, new Rights([{ ...grant, roleId: '', holds: [{ name: 'Auth.Manage', sources }] }]));
  // What includes sources of the future may only be given by who has them too.
  const growing =
    assignment.sources === 'all' && grant.holds.find((held) => held.sources === 'all' && !own.grows(held.name));
  if (growing)
    throw new ParapetError(
      'grant_beyond_own',
      403,
      `You hold ${growing.name} for chosen data sources, so you cannot give it for all and future ones.`,
      'Choose the data sources one by one.',
    );
}

export class RoleAdmin {
  readonly #changes: RightsChanges;

  constructor(changes: RightsChanges) {
    this.#changes = changes;
  }

  /** @param id a new role's, when it comes from an export */
  createRole(input: RoleInput, caller: Caller, id: string = randomUUID()): Promise<RoleDetails> {
    return this.#changes.run(caller, {
      action: 'role.create',
      target: `role/${id}`,
      asked: input,
      work: async (tx, after) => {
        const role = { id, ...this.#checkedRole(input, caller) };
        await this.writeRole(tx, role, caller, true);
        return { result: detailsIn(await after(), id), after: audited(role) };
      },
    });
  }

  updateRole(id: string, input: RoleInput, version: number | undefined, caller: Caller): Promise<RoleDetails> {
    return this.#changes.run(caller, {
      action: 'role.update',
      target: `role/${id}`,
      asked: input,
      work: async (tx, after) => {
        const known = this.#changes.directory.snapshot.roles.find((role) => role.id === id);
        if (!known) throw unknown('custom role');
        requireVersion(known.version, version);
        const role = { id, ...this.#checkedRole(input, caller) };
        this.requireHolders(this.#changes.directory.snapshot, id, caller);
        await this.writeRole(tx, role, caller, false);
        const then = await after();
        // Everyone the role is assigned to gets what it holds now.
        this.requireHolders(then, id, caller);
        return { result: detailsIn(then, id), before: audited(known), after: audited(role) };
      },
    });
  }

  deleteRole(id: string, caller: Caller): Promise<void> {
    return this.#changes.run(caller, {
      action: 'role.delete',
      target: `role/${id}`,
      work: async (tx) => {
        const { snapshot } = this.#changes.directory;
        const known = snapshot.roles.find((role) => role.id === id);
        if (!known) throw unknown('custom role');
        this.requireHolders(snapshot, id, caller);
        await tx.query('delete from access_assignment where role_id = $1', [id]);
        await tx.query('delete from access_role where id = $1', [id]);
        const taken = snapshot.assignments.filter(({ roleId }) => roleId === id);
        return { result: undefined, before: { ...audited(known), assignments: taken } };
      },
    });
  }

  assign(input: AssignmentInput, caller: Caller, id: string = randomUUID()): Promise<Assignment> {
    return this.#changes.run(caller, {
      action: 'assignment.create',
      target: `assignment/${id}`,
      asked: input,
      work: async (tx) => {
        const { snapshot } = this.#changes.directory;
        const made = { id, version: 1, ...(await checkedAssignment(tx, snapshot, input)) };
        requireAssignable(caller.principal.rights, snapshot, made);
        await this.writeAssignment(tx, made, caller, true);
        return { result: made, after: made };
      },
    });
  }

  reassign(id: string, input: AssignmentInput, version: number | undefined, caller: Caller): Promise<Assignment> {
    return this.#changes.run(caller, {
      action: 'assignment.update',
      target: `assignment/${id}`,
      asked: input,
      work: async (tx) => {
        const { snapshot } = this.#changes.directory;
        const known = snapshot.assignments.find((each) => each.id === id);
        if (!known) throw unknown('assignment');
        requireVersion(known.version, version);
        requireAssignable(caller.principal.rights, snapshot, known);
        const next = {
          id,
          version: known.version + 1,
          ...(await checkedAssignment(tx, snapshot, { ...input, legacy: known.legacy, origin: known.origin })),
        };
        requireAssignable(caller.principal.rights, snapshot, next);
        await this.writeAssignment(tx, next, caller, false);
        return { result: next, before: known, after: next };
      },
    });
  }

  unassign(id: string, caller: Caller): Promise<void> {
    return this.#changes.run(caller, {
      action: 'assignment.delete',
      target: `assignment/${id}`,
      work: async (tx) => {
        const { snapshot } = this.#changes.directory;
        const known = snapshot.assignments.find((each) => each.id === id);
        if (!known) throw unknown('assignment');
        requireAssignable(caller.principal.rights, snapshot, known);
        await tx.query('delete from access_assignment where id = $1', [id]);
        return { result: undefined, before: known };
      },
    });
  }

  async writeRole(
    tx: Queryable,
    role: RoleInput & { readonly id: string },
    caller: Caller,
    isNew: boolean,
  ): Promise<void> {
    const { name, key } = checkedName(role.name);
    const values = [
      role.id,
      name,
      key,
      role.description,
      JSON.stringify(role.groups),
      new Date(this.#changes.now()),
      caller.principal.username,
    ];
    await tx.query(
      isNew
        ? `insert into access_role (id, name, name_key, description, groups, updated_at, updated_by)
           values ($1, $2, $3, $4, $5::jsonb, $6, $7)`
        : `update access_role set name = $2, name_key = $3, description = $4, groups = $5::jsonb, updated_at = $6,
             updated_by = $7, version = version + 1 where id = $1`,
      values,
    );
  }

  async writeAssignment(tx: Queryable, made: Assignment, caller: Caller, isNew: boolean): Promise<void> {
    const values = [
      made.id,
      made.roleId,
      made.name,
      JSON.stringify(made.subjects),
      JSON.stringify(made.sources),
      JSON.stringify(made.scopes),
      made.legacy,
      made.origin,
      made.version,
      new Date(this.#changes.now()),
      caller.principal.username,
    ];
    await tx.query(
      isNew
        ? `insert into access_assignment
             (id, role_id, name, subjects, sources, scopes, legacy, origin, version, updated_at, updated_by)
           values ($1, $2, $3, $4::jsonb, $5::jsonb, $6::jsonb, $7, $8, $9, $10, $11)`
        : `update access_assignment set role_id = $2, name = $3, subjects = $4::jsonb, sources = $5::jsonb,
             scopes = $6::jsonb, legacy = $7, origin = $8, version = $9, updated_at = $10, updated_by = $11 where id = $1`,
      values,
    );
  }

  /** @throws ParapetError when the caller may not make such a role */
  requireMakeable(input: RoleInput, caller: Caller): void {
    this.#checkedRole(input, caller);
  }

  #checkedRole(input: RoleInput, caller: Caller): RoleInput {
    const groups = checkedGroups(input.groups);
    const { rights } = caller.principal;
    if (!rights.managesRoles) {
      const missing = permissionsOfGroups(groups).filter((name) => !rights.can(name as Permission));
      const growing = Object.values(groups).some((choice) => typeof choice === 'string');
      if (missing.length > 0 || growing)
        throw new ParapetError(
          'grant_beyond_own',
          403,
          missing.length > 0
            ? `The role holds permissions you do not: ${missing.join(', ')}.`
            : 'Roles that grow with new permissions are made by administrators.',
          'Choose from the permissions you hold.',
          { missing },
        );
    }
    return { name: checkedName(input.name).name, description: (input.description ?? '').trim().slice(0, 1000), groups };
  }

  /** The caller may give what the role's assignments give. */
  requireHolders(snapshot: Snapshot, roleId: string, caller: Caller): void {
    for (const assignment of snapshot.assignments)
      if (assignment.roleId === roleId) requireAssignable(caller.principal.rights, snapshot, assignment);
  }
}

const audited = ({ name, description, groups }: RoleInput): object => ({ name, description, groups });

function detailsIn(snapshot: Snapshot, id: string): RoleDetails {
  const found = roleDetails(snapshot).find((role) => role.id === id);
  if (!found) throw unknown('custom role');
  return found;
}
