/** Roles, scopes and assignments as one JSON document: out, and in again with a look before. */
import { randomUUID } from 'node:crypto';
import {
  type Assignment,
  type CloudScope,
  type DeviceGroup,
  ParapetError,
  type RightsChange,
  type RightsDocument,
  type RowTag,
  SCOPE_KINDS,
  type ScopeKind,
} from '@parapet/schema';
import { checkedName, type RightsChanges } from './admin.ts';
import { checkedAssignment, checkedGroups, type RoleAdmin, requireAssignable } from './assignments.ts';
import type { Snapshot } from './directory.ts';
import { type ScopeAdmin, type ScopeInputs, scopesIn } from './scope-admin.ts';
import type { Caller } from './users.ts';

const KEY = { deviceGroup: 'deviceGroups', cloudScope: 'cloudScopes', rowTag: 'rowTags' } as const;
const MOST = 5_000;

const withoutVersion = <T extends { readonly version: number }>({ version: _, ...rest }: T): Omit<T, 'version'> => rest;

/** What an installation has added to the built-in roles. */
export function exported(snapshot: Snapshot): RightsDocument {
  return {
    version: 1,
    roles: snapshot.roles.map(withoutVersion),
    deviceGroups: snapshot.deviceGroups.map(withoutVersion),
    cloudScopes: snapshot.cloudScopes.map(withoutVersion),
    rowTags: snapshot.rowTags.map(withoutVersion),
    assignments: snapshot.assignments.map(withoutVersion),
  };
}

/** The stored thing of the same id, else of the same name. */
function sameIn<T extends { readonly id: string; readonly name: string }>(
  list: readonly T[],
  wanted: { id: string; name: string },
): T | undefined {
  const { key } = checkedName(wanted.name);
  return list.find(({ id }) => id === wanted.id) ?? list.find(({ name }) => checkedName(name).key === key);
}

/** Whatever the order of keys is: the database has its own. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
const equal = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b);

/**
 * Take a document in: what it names is created or changed. All of it or none.
 * @param mirror an origin, such as the name of a workspace, whose grants the document holds in full: its other grants are removed.
 *   Nothing is removed otherwise
 * @param dryRun answer what would be done, and do nothing
 * @throws ParapetError what creating each part by hand would throw, naming the part
 */
export function imported(
  parts: { readonly changes: RightsChanges; readonly roles: RoleAdmin; readonly scopes: ScopeAdmin },
  document: RightsDocument,
  caller: Caller,
  dryRun: boolean,
  mirror = '',
): Promise<readonly RightsChange[]> {
  const { changes, roles, scopes } = parts;
  const size = Object.values(document).reduce((n: number, list) => n + (Array.isArray(list) ? list.length : 0), 0);
  if (size > MOST) throw new ParapetError('invalid_request', 400, `The document holds more than ${MOST} things.`);
  return changes.run(
    caller,
    {
      action: 'rights.import',
      target: 'rights',
      async work(tx, after) {
        const done: RightsChange[] = [];
        /** Id in the document → id here. */
        const ids = new Map<string, string>();
        const { snapshot } = changes.directory;
        const naming = async <T>(kind: string, name: string, work: () => Promise<T>): Promise<T> => {
          try {
            return await work();
          } catch (error) {
            if (!(error instanceof ParapetError)) throw error;
            throw new ParapetError(
              error.code,
              error.status,
              `${kind} "${name}": ${error.message}`,
              error.hint,
              error.details,
            );
          }
        };
        for (const role of document.roles ?? [])
          await naming('role', role.name, async () => {
            const groups = checkedGroups(role.groups);
            const known = sameIn(snapshot.roles, role);
            const id = known?.id ?? (role.id || randomUUID());
            ids.set(role.id, id);
            const same =
              known && equal([known.name, known.description, known.groups], [role.name, role.description, groups]);
            // Who may not create or change it by hand may not bring it in either.
            if (!same) roles.requireMakeable(role, caller);
            if (known && !same) roles.requireHolders(snapshot, id, caller);
            if (!same) await roles.writeRole(tx, { ...role, id, groups }, caller, !known);
            done.push({ kind: 'role', name: role.name, action: same ? 'same' : known ? 'update' : 'create' });
          });
        for (const kind of SCOPE_KINDS)
          for (const scope of (document[KEY[kind]] ?? []) as readonly (DeviceGroup | CloudScope | RowTag)[])
            await naming(kind, scope.name, async () => {
              const known = sameIn(
                scopesIn(snapshot, kind) as readonly { id: string; name: string; version: number }[],
                scope,
              );
              const id = known?.id ?? (scope.id || randomUUID());
              ids.set(scope.id, id);
              const same = known && equal(withoutVersion(known), { ...withoutVersion({ ...scope, version: 0 }), id });
              if (!same) {
                scopes.requireWhole(kind, caller);
                await scopes.write(tx, kind, id, scope as unknown as ScopeInputs[ScopeKind], caller, !known);
              }
              done.push({ kind, name: scope.name, action: same ? 'same' : known ? 'update' : 'create' });
            });
        const then = await after();
        // Roles that changed are given to whoever holds them.
        for (const { kind, action, name } of done)
          if (kind === 'role' && action === 'update') {
            const role = then.roles.find((each) => checkedName(each.name).key === checkedName(name).key);
            if (role) roles.requireHolders(then, role.id, caller);
          }
        for (const given of document.assignments ?? [])
          await naming('assignment', given.name, async () => {
            const input = {
              ...given,
              ...(mirror ? { origin: mirror } : {}),
              roleId: ids.get(given.roleId) ?? given.roleId,
              scopes: given.scopes.map((ref) => ({ ...ref, id: ids.get(ref.id) ?? ref.id })),
            };
            const known = snapshot.assignments.find(({ id }) => id === given.id);
            if (known && mirror && known.origin !== mirror)
              throw new ParapetError('invalid_request', 400, 'A grant with this id comes from elsewhere.');
            const made: Assignment = {
              id: known?.id ?? (given.id || randomUUID()),
              version: (known?.version ?? 0) + 1,
              ...(await checkedAssignment(tx, then, input)),
            };
            const same = known && equal(withoutVersion(known), withoutVersion({ ...known, ...made }));
            if (!same) {
              if (known) requireAssignable(caller.principal.rights, snapshot, known);
              requireAssignable(caller.principal.rights, then, made);
              await roles.writeAssignment(tx, made, caller, !known);
            }
            done.push({ kind: 'assignment', name: given.name, action: same ? 'same' : known ? 'update' : 'create' });
          });
        const kept = new Set((document.assignments ?? []).map(({ id }) => id));
        for (const gone of snapshot.assignments)
          if (mirror && gone.origin === mirror && !kept.has(gone.id)) {
            requireAssignable(caller.principal.rights, snapshot, gone);
            await tx.query('delete from access_assignment where id = $1', [gone.id]);
            done.push({ kind: 'assignment', name: gone.name, action: 'remove' });
          }
        return { result: done, after: done.filter(({ action }) => action !== 'same') };
      },
    },
    dryRun,
  );
}
