/** Device groups, cloud scopes and row tags: what may be written, and by whom. */
import { randomUUID } from 'node:crypto';
import {
  AUTOMATION_LEVELS,
  type CloudScope,
  type DataSource,
  DEVICE_OPERATORS,
  DEVICE_PROPERTIES,
  type DeviceGroup,
  ENVIRONMENT_KINDS,
  ParapetError,
  type RowTag,
  type ScopeKind,
} from '@parapet/schema';
import type { Queryable } from '@parapet/state';
import { checkedName, type RightsChanges, requireVersion, unknown } from './admin.ts';
import type { Snapshot } from './directory.ts';
import { SCOPED_SOURCES } from './roles.ts';
import type { Caller } from './users.ts';

type Named = { readonly name: string; readonly description?: string };
export type DeviceGroupInput = Named & Pick<DeviceGroup, 'rules' | 'automation'> & { readonly rank?: number };
export type CloudScopeInput = Named & Pick<CloudScope, 'environments'>;
export type RowTagInput = Named & Pick<RowTag, 'rules'>;
export interface ScopeInputs {
  readonly deviceGroup: DeviceGroupInput;
  readonly cloudScope: CloudScopeInput;
  readonly rowTag: RowTagInput;
}
export interface Scopes {
  readonly deviceGroup: DeviceGroup;
  readonly cloudScope: CloudScope;
  readonly rowTag: RowTag;
}

const TABLE = { deviceGroup: 'device_group', cloudScope: 'cloud_scope', rowTag: 'row_tag' } as const;
const CONTENT = { deviceGroup: 'rules', cloudScope: 'environments', rowTag: 'rules' } as const;
export const SCOPE_WORDS = { deviceGroup: 'device group', cloudScope: 'cloud scope', rowTag: 'row tag' } as const;

export const scopesIn = <K extends ScopeKind>(snapshot: Snapshot, kind: K): readonly Scopes[K][] =>
  ({ deviceGroup: snapshot.deviceGroups, cloudScope: snapshot.cloudScopes, rowTag: snapshot.rowTags })[
    kind
  ] as unknown as readonly Scopes[K][];

const bad = (message: string, field: string): ParapetError =>
  new ParapetError('invalid_request', 400, message, undefined, { field });
const MOST_VALUES = 1000;

/** Tables and columns there are, so that a tag about nothing is refused; the server knows them, this room does not. */
export type HasColumn = (table: string, column: string) => boolean;

function checkedContent(kind: ScopeKind, input: ScopeInputs[ScopeKind], hasColumn: HasColumn): unknown {
  if (kind === 'cloudScope') {
    const { environments } = input as CloudScopeInput;
    const known = new Map<string, unknown>();
    for (const each of environments) {
      if (!ENVIRONMENT_KINDS.includes(each.kind))
        throw bad(`There is no kind of environment ${each.kind}.`, 'environments');
      const id = each.id.trim();
      if (!/^[^\s\p{Cc}]{1,200}$/u.test(id)) throw bad('An environment needs its id in one word.', 'environments');
      known.set(`${each.kind}:${id.toLowerCase()}`, { kind: each.kind, id });
    }
    return [...known.values()];
  }
  if (kind === 'deviceGroup') {
    const { rules, automation } = input as DeviceGroupInput;
    if (!AUTOMATION_LEVELS.includes(automation)) throw bad(`There is no automation level ${automation}.`, 'automation');
    if (rules.length === 0) throw bad('A group needs at least one rule.', 'rules');
    for (const { property, operator, values } of rules) {
      if (!DEVICE_PROPERTIES.includes(property)) throw bad(`Devices have no property ${property}.`, 'rules');
      if (!DEVICE_OPERATORS.includes(operator)) throw bad(`There is no operator ${operator}.`, 'rules');
      if (values.length === 0 || values.length > MOST_VALUES || values.some((each) => each.trim() === ''))
        throw bad(`A rule needs 1 to ${MOST_VALUES} values, none of them empty.`, 'rules');
    }
    return rules.map(({ property, operator, values }) => ({ property, operator, values }));
  }
  const { rules } = input as RowTagInput;
  if (rules.length === 0) throw bad('A tag needs at least one rule.', 'rules');
  for (const { table, column, values } of rules) {
    if (!hasColumn(table, column)) throw bad(`There is no column ${table}.${column}.`, 'rules');
    if (values.length === 0 || values.length > MOST_VALUES)
      throw bad(`A rule needs 1 to ${MOST_VALUES} values.`, 'rules');
  }
  return rules.map(({ table, column, values }) => ({ table, column, values }));
}

export class ScopeAdmin {
  readonly #changes: RightsChanges;
  /** Set by the server, which knows the tables. */
  hasColumn: HasColumn = () => false;

  constructor(changes: RightsChanges) {
    this.#changes = changes;
  }

  create<K extends ScopeKind>(kind: K, input: ScopeInputs[K], caller: Caller): Promise<Scopes[K]> {
    const id = randomUUID();
    return this.#changes.run(caller, {
      action: `${kind}.create`,
      target: `${kind}/${id}`,
      asked: input,
      work: async (tx, after) => {
        this.requireWhole(kind, caller);
        await this.write(tx, kind, id, input, caller, true);
        const made = scopesIn(await after(), kind).find((each) => each.id === id) as Scopes[K];
        return { result: made, after: made };
      },
    });
  }

  update<K extends ScopeKind>(
    kind: K,
    id: string,
    input: ScopeInputs[K],
    version: number | undefined,
    caller: Caller,
  ): Promise<Scopes[K]> {
    return this.#changes.run(caller, {
      action: `${kind}.update`,
      target: `${kind}/${id}`,
      asked: input,
      work: async (tx, after) => {
        const known = this.#known(kind, id);
        this.requireWhole(kind, caller);
        requireVersion(known.version, version);
        await this.write(tx, kind, id, input, caller, false);
        const made = scopesIn(await after(), kind).find((each) => each.id === id) as Scopes[K];
        return { result: made, before: known, after: made };
      },
    });
  }

  remove(kind: ScopeKind, id: string, caller: Caller): Promise<void> {
    return this.#changes.run(caller, {
      action: `${kind}.delete`,
      target: `${kind}/${id}`,
      work: async (tx) => {
        const known = this.#known(kind, id);
        this.requireWhole(kind, caller);
        const users = this.#changes.directory.snapshot.assignments.filter(({ scopes }) =>
          scopes.some((ref) => ref.kind === kind && ref.id === id),
        );
        if (users.length > 0)
          throw new ParapetError(
            'scope_in_use',
            409,
            `Assignments are limited to this ${SCOPE_WORDS[kind]}: ${users
              .slice(0, 10)
              .map(({ name }) => name)
              .join(', ')}.`,
            'Change those assignments first: without it they would see nothing.',
          );
        await tx.query(`delete from ${TABLE[kind]} where id = $1`, [id]);
        if (kind === 'deviceGroup') await this.#renumber(tx);
        return { result: undefined, before: known };
      },
    });
  }

  async write<K extends ScopeKind>(
    tx: Queryable,
    kind: K,
    id: string,
    input: ScopeInputs[K],
    caller: Caller,
    isNew: boolean,
  ): Promise<void> {
    const { name, key } = checkedName(input.name);
    const content = JSON.stringify(checkedContent(kind, input, this.hasColumn));
    const values: unknown[] = [
      id,
      name,
      key,
      (input.description ?? '').trim().slice(0, 1000),
      content,
      new Date(this.#changes.now()),
      caller.principal.username,
    ];
    const column = CONTENT[kind];
    let more = '';
    if (kind === 'deviceGroup') {
      const { rank, automation } = input as DeviceGroupInput;
      const last = this.#changes.directory.snapshot.deviceGroups.length + 1;
      const wanted = Math.min(Math.max(1, rank ?? last), last);
      await tx.query('update device_group set rank = rank + 1 where rank >= $1 and id <> $2', [wanted, id]);
      values.push(wanted, automation);
      more = ', rank = $8, automation = $9';
    }
    await tx.query(
      isNew
        ? `insert into ${TABLE[kind]} (id, name, name_key, description, ${column}, updated_at, updated_by${more ? ', rank, automation' : ''})
           values ($1, $2, $3, $4, $5::jsonb, $6, $7${more ? ', $8, $9' : ''})`
        : `update ${TABLE[kind]} set name = $2, name_key = $3, description = $4, ${column} = $5::jsonb, updated_at = $6,
             updated_by = $7, version = version + 1${more} where id = $1`,
      values,
    );
    if (kind === 'deviceGroup') await this.#renumber(tx);
  }

  /** Ranks without gaps. */
  async #renumber(tx: Queryable): Promise<void> {
    await tx.query(
      `update device_group d set rank = n.n from (select id, row_number() over (order by rank, updated_at desc, id) as n from device_group) n
       where n.id = d.id and d.rank <> n.n`,
    );
  }

  #known<K extends ScopeKind>(kind: K, id: string): Scopes[K] {
    const known = scopesIn(this.#changes.directory.snapshot, kind).find((each) => each.id === id);
    if (!known) throw unknown(SCOPE_WORDS[kind]);
    return known;
  }

  /** A scope decides what others see of its sources: it takes the right to give those out whole. */
  requireWhole(kind: ScopeKind, caller: Caller): void {
    const { rights } = caller.principal;
    if (rights.managesRoles) return;
    const missing = SCOPED_SOURCES[kind].filter(
      (source: DataSource) => rights.reach('Auth.Manage').get(source) !== 'whole',
    );
    if (missing.length > 0)
      throw new ParapetError(
        'grant_beyond_own',
        403,
        `A ${SCOPE_WORDS[kind]} needs Auth.Manage for ${missing.join(' and ')} as a whole.`,
        'Ask someone who holds it.',
      );
  }
}
