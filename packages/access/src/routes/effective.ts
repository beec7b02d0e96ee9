import {
  type AccessSettings,
  DATA_SOURCES,
  type DataSource,
  type EffectiveRights,
  ParapetError,
  type RightsChange,
  type RightsDocument,
  type ScopeRef,
  type Subject,
  type Workload,
} from '@parapet/schema';
import type { FastifyInstance } from 'fastify';
import type { AccessService } from '../access.ts';
import { unknown } from '../admin.ts';
import type { Snapshot } from '../directory.ts';
import type { Rights } from '../rights.ts';
import { exported, imported } from '../transfer.ts';
import type { Identity } from '../types.ts';
import { callerOf } from './roles.ts';

const READ = { permission: 'Auth.Read' } as const;
const MANAGE = { permission: 'Auth.Manage' } as const;
const text = (maxLength: number) => ({ type: 'string', minLength: 1, maxLength }) as const;

/** Everything rights let someone do, with the grants it comes from. */
export function explained(rights: Rights, snapshot: Snapshot): EffectiveRights['permissions'] {
  const names = new Map<string, string>(
    [...snapshot.deviceGroups, ...snapshot.cloudScopes, ...snapshot.rowTags].map(({ id, name }) => [id, name]),
  );
  return rights.permissions.map((name) => ({
    name,
    sources: [...rights.reach(name)].map(([source, reach]) => ({
      source,
      scopes:
        reach === 'whole'
          ? null
          : reach.map(({ kind, id }: ScopeRef) => ({ kind, id, name: names.get(id) ?? 'deleted' })),
      grants: rights.grants(name, source).map(({ roleName, assignment, through }) => ({
        role: roleName,
        assignment: assignment?.name ?? null,
        through,
      })),
    })),
  }));
}

/** /api/access/effective, /api/access/export, /api/access/import, /api/access/workloads */
export function effectiveRoutes(app: FastifyInstance, access: AccessService): void {
  const { directory } = access;

  const identity = async ({ kind, id }: Subject): Promise<Identity> => {
    if (kind === 'user') {
      const user = await access.users.byId(id);
      if (!user) throw unknown('user');
      return {
        kind,
        id,
        username: user.username,
        displayName: user.display_name,
        role: user.role,
        groups: user.groups,
      };
    }
    if (kind === 'key') {
      const key = access.keys.list().find((each) => each.id === id);
      if (!key) throw unknown('key');
      return { kind, id, username: `key:${key.name}`, displayName: key.name, role: null, groups: [] };
    }
    if (kind === 'app') return { kind, id, username: `app:${id}`, displayName: id, role: null, groups: [] };
    // What the group gives to any of its members.
    return { kind: 'user', id: '', username: id, displayName: id, role: null, groups: [id] };
  };

  /** What one account may see and do, and through which grant. */
  app.get<{ Querystring: Subject }>(
    '/api/access/effective',
    {
      config: READ,
      schema: {
        querystring: {
          type: 'object',
          required: ['kind', 'id'],
          properties: { kind: { type: 'string', enum: ['user', 'group', 'app', 'key'] }, id: text(400) },
        },
      },
    },
    async ({ query }): Promise<EffectiveRights> => {
      const who = await identity(query);
      const rights = directory.rightsOf(who);
      return {
        subject: { kind: query.kind, id: query.id },
        name: who.displayName,
        role: who.role,
        groups: who.groups,
        opensPortal: rights.opensPortal,
        managesRoles: rights.managesRoles,
        permissions: explained(rights, directory.snapshot),
      };
    },
  );

  /** Roles, scopes and assignments as one document. */
  app.get('/api/access/export', { config: READ }, async (): Promise<RightsDocument> => exported(directory.snapshot));

  /** Take a document in, or with `dryRun` say what it would change. */
  app.post<{ Body: { document: RightsDocument; dryRun: boolean; mirror?: string } }>(
    '/api/access/import',
    {
      config: MANAGE,
      bodyLimit: 4 * 2 ** 20,
      schema: {
        body: {
          type: 'object',
          required: ['document'],
          additionalProperties: false,
          properties: {
            document: { type: 'object' },
            dryRun: { type: 'boolean', default: false },
            mirror: text(200),
          },
        },
      },
    },
    async (request): Promise<{ readonly changes: readonly RightsChange[]; readonly dryRun: boolean }> => {
      const { document, dryRun, mirror } = request.body;
      const changes = await imported(access, checkedDocument(document), callerOf(request), dryRun, mirror?.trim());
      return { changes, dryRun };
    },
  );

  /** Which data sources follow the roles here. */
  app.get('/api/access/workloads', { config: READ }, async (): Promise<{ readonly items: readonly Workload[] }> => {
    const { snapshot } = directory;
    return {
      items: DATA_SOURCES.map((source) => ({
        source,
        active: !snapshot.inactive.has(source),
        imported: snapshot.assignments.filter(
          ({ legacy, sources }) => legacy && (sources === 'all' || sources.includes(source)),
        ).length,
      })),
    };
  });

  /** Let a data source follow the roles here, or the imported ones. */
  app.put<{ Params: { source: DataSource }; Body: { active: boolean } }>(
    '/api/access/workloads/:source',
    {
      config: MANAGE,
      schema: {
        params: { type: 'object', properties: { source: { type: 'string', enum: DATA_SOURCES } } },
        body: {
          type: 'object',
          required: ['active'],
          additionalProperties: false,
          properties: { active: { type: 'boolean' } },
        },
      },
    },
    (request): Promise<{ readonly source: DataSource; readonly active: boolean }> => {
      const { source } = request.params;
      const { active } = request.body;
      const caller = callerOf(request);
      return access.changes.run(caller, {
        action: 'workload.update',
        target: `workload/${source}`,
        asked: { active },
        work: async (tx) => {
          if (!caller.principal.rights.managesRoles)
            throw new ParapetError(
              'grant_beyond_own',
              403,
              'Switching a data source changes the rights of everyone on it.',
              'Ask an administrator.',
            );
          await tx.query(
            `insert into access_workload (source, active, changed_at, changed_by) values ($1, $2, $3, $4)
             on conflict (source) do update set active = excluded.active, changed_at = excluded.changed_at, changed_by = excluded.changed_by`,
            [source, active, new Date(access.changes.now()), caller.principal.username],
          );
          return {
            result: { source, active },
            before: { active: !directory.snapshot.inactive.has(source) },
            after: { active },
          };
        },
      });
    },
  );
}

/** GET and PUT /api/access/settings */
export function accessSettingRoutes(app: FastifyInstance, access: AccessService): void {
  const { directory } = access;
  app.get('/api/access/settings', { config: READ }, async (): Promise<AccessSettings> => {
    const { administratorsOpenSiem } = directory.snapshot;
    return { administratorsOpenSiem };
  });

  app.put<{ Body: AccessSettings }>(
    '/api/access/settings',
    {
      config: MANAGE,
      schema: {
        body: {
          type: 'object',
          required: ['administratorsOpenSiem'],
          additionalProperties: false,
          properties: { administratorsOpenSiem: { type: 'boolean' } },
        },
      },
    },
    (request): Promise<AccessSettings> => {
      const { administratorsOpenSiem } = request.body;
      const caller = callerOf(request);
      return access.changes.run(caller, {
        action: 'accessSettings.update',
        target: 'access/settings',
        asked: request.body,
        work: async (tx) => {
          if (!caller.principal.rights.managesRoles)
            throw new ParapetError(
              'grant_beyond_own',
              403,
              'This changes the rights of every Global Administrator.',
              'Ask an administrator.',
            );
          await tx.query('update access_settings set administrators_open_siem = $1', [administratorsOpenSiem]);
          return {
            result: { administratorsOpenSiem },
            before: { administratorsOpenSiem: directory.snapshot.administratorsOpenSiem },
            after: { administratorsOpenSiem },
          };
        },
      });
    },
  );
}

/** The document's shape, as far as what is stored is not checked part by part. @throws ParapetError 400 */
function checkedDocument(document: RightsDocument): RightsDocument {
  const bad = (message: string): ParapetError =>
    new ParapetError('invalid_request', 400, `The document ${message}.`, 'Use what the export gives.');
  if (document.version !== 1) throw bad('is not of version 1');
  const lists = {
    roles: 'groups',
    deviceGroups: 'rules',
    cloudScopes: 'environments',
    rowTags: 'rules',
    assignments: 'subjects',
  } as const;
  const own = document as unknown as Record<string, unknown>;
  for (const [list, part] of Object.entries(lists)) {
    const items = own[list] ?? [];
    if (!Array.isArray(items)) throw bad(`has no list of ${list}`);
    for (const item of items as Record<string, unknown>[]) {
      const shaped =
        typeof item === 'object' &&
        item !== null &&
        typeof item.id === 'string' &&
        typeof item.name === 'string' &&
        (part === 'groups' ? typeof item.groups === 'object' && item.groups !== null : Array.isArray(item[part])) &&
        (item.description === undefined || typeof item.description === 'string');
      if (!shaped) throw bad(`has an entry in ${list} without id, name or ${part}`);
      if (list === 'assignments' && !(Array.isArray(item.scopes) && typeof item.roleId === 'string'))
        throw bad('has an assignment without role or scopes');
      const elements = part === 'groups' ? [] : (item[part] as unknown[]);
      if (elements.some((each) => typeof each !== 'object' || each === null)) throw bad(`has an odd entry in ${part}`);
    }
  }
  return document;
}
