import { randomBytes } from 'node:crypto';
import { ParapetError, type SourceLimits } from '@parapet/schema';
import type { Sealer } from '@parapet/state';
import { isUniqueViolation, type Queryable, type StateDb } from '@parapet/state';
import type { Sender } from '../types.ts';
import { checkSettings } from './settings.ts';
import type { Source, SourceKind } from './types.ts';

interface SourceRow {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly enabled: boolean;
  readonly connector: string | null;
  readonly limits: SourceLimits;
  readonly settings: Record<string, unknown>;
  readonly created_at: Date;
  readonly created_by: string;
}

/** What may be given when a source is made or changed. */
export interface SourceInput {
  readonly name: string;
  readonly kind: string;
  readonly enabled?: boolean;
  readonly connector?: string | null;
  readonly limits?: SourceLimits;
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** Whoever holds a verified key. */
export interface KeyHolder {
  readonly id: string;
  readonly name: string;
  /** Source the key belongs to. */
  readonly sourceId: string;
}

export const NO_LIMITS: SourceLimits = { eventsPerSecond: null, bytesPerSecond: null };
/** Kind of keys that were made without saying how their holder will send. */
const DEFAULT_KIND = 'elastic';

/**
 * The configured sources. All are held in memory, because every request asks; this process is the only writer.
 */
export class SourceRegistry {
  private readonly sources = new Map<string, Source>();
  private readonly listeners = new Set<(id: string, source: Source | null) => void>();

  private constructor(
    private readonly db: StateDb,
    private readonly kinds: ReadonlyMap<string, SourceKind>,
    private readonly sealer: Sealer,
    private readonly now: () => number,
  ) {}

  static async load(
    db: StateDb,
    kinds: readonly SourceKind[],
    sealer: Sealer,
    now: () => number = Date.now,
  ): Promise<SourceRegistry> {
    const registry = new SourceRegistry(db, new Map(kinds.map((kind) => [kind.id, kind])), sealer, now);
    const rows = await db.query<SourceRow>(
      'select id, name, kind, enabled, connector, limits, settings, created_at, created_by from ingest_source where removed_at is null',
    );
    for (const row of rows) registry.hold(row);
    return registry;
  }

  list(): readonly Source[] {
    return [...this.sources.values()].sort((a, b) => a.name.localeCompare(b.name));
  }

  get(id: string): Source | undefined {
    return this.sources.get(id);
  }

  kind(id: string): SourceKind | undefined {
    return this.kinds.get(id);
  }

  allKinds(): readonly SourceKind[] {
    return [...this.kinds.values()];
  }

  /** Told of every source that is made, changed (`source`) or removed (null). Returns the function that ends it. */
  onChange(listener: (id: string, source: Source | null) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /**
   * The sender behind a verified key. A key that was made on its own becomes a source by its name with the first use.
   * @throws ParapetError `source_disabled` (403)
   */
  async senderOf(key: KeyHolder): Promise<Sender> {
    let source = this.sources.get(key.sourceId);
    if (!source) {
      await this.create({ name: key.name, kind: DEFAULT_KIND }, 'system', { id: key.sourceId, anyName: true });
      source = this.sources.get(key.sourceId);
    }
    if (!source) throw new ParapetError('source_not_found', 403, 'The source of this key was removed.');
    return this.sender(source);
  }

  /** @throws ParapetError `source_disabled` (403) */
  sender(source: Source): Sender {
    if (!source.enabled)
      throw new ParapetError(
        'source_disabled',
        403,
        `The source ${source.name} is switched off; nothing was stored.`,
        'Switch it on under Sources & connectors.',
      );
    return { id: source.id, name: source.name, ...(source.connector ? { connector: source.connector } : {}) };
  }

  /**
   * @throws ParapetError `invalid_request` for an unknown kind or a bad setting, `source_name_taken` 409
   */
  async create(
    input: SourceInput,
    by: string,
    options: {
      readonly id?: string;
      readonly anyName?: boolean;
      readonly also?: (tx: Queryable) => Promise<void>;
    } = {},
  ): Promise<Source> {
    const kind = this.knownKind(input.kind);
    const id = options.id ?? randomBytes(15).toString('base64url');
    const settings = await this.sealed(kind, checkSettings(kind, input.settings ?? {}), {});
    const insert = async (name: string): Promise<SourceRow> => {
      const row: SourceRow = {
        id,
        name,
        kind: kind.id,
        enabled: input.enabled ?? true,
        connector: input.connector ?? null,
        limits: input.limits ?? NO_LIMITS,
        settings,
        created_at: new Date(this.now()),
        created_by: by,
      };
      await this.db.transaction(async (tx) => {
        await tx.query(
          'insert into ingest_source (id, name, kind, enabled, connector, limits, settings, created_at, created_by, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $8) on conflict (id) do nothing',
          [row.id, row.name, row.kind, row.enabled, row.connector, row.limits, row.settings, row.created_at, by],
        );
        await options.also?.(tx);
      });
      return row;
    };
    const name = cleanName(input.name);
    let row: SourceRow;
    try {
      row = await insert(name);
    } catch (error) {
      if (!isUniqueViolation(error, 'ingest_source_name')) throw error;
      if (!options.anyName) throw nameTaken(name);
      row = await insert(`${name.slice(0, 80)} (${id.slice(0, 8)})`);
    }
    const source = this.hold(row);
    this.changed(id, source);
    return source;
  }

  /** @throws ParapetError `source_not_found` 404, `invalid_request`, `source_name_taken` 409 */
  async update(
    id: string,
    change: Partial<Omit<SourceInput, 'kind'>>,
    also?: (tx: Queryable) => Promise<void>,
  ): Promise<Source> {
    const old = this.existing(id);
    const kind = this.knownKind(old.kind);
    const settings = change.settings
      ? await this.sealed(kind, checkSettings(kind, change.settings, old.settings), old.settings)
      : old.settings;
    const row: SourceRow = {
      id,
      name: change.name === undefined ? old.name : cleanName(change.name),
      kind: old.kind,
      enabled: change.enabled ?? old.enabled,
      connector: change.connector === undefined ? old.connector : change.connector,
      limits: change.limits ?? old.limits,
      settings: settings as Record<string, unknown>,
      created_at: new Date(old.createdAt),
      created_by: old.createdBy,
    };
    try {
      await this.db.transaction(async (tx) => {
        await tx.query(
          'update ingest_source set name = $2, enabled = $3, connector = $4, limits = $5, settings = $6, updated_at = $7 where id = $1 and removed_at is null',
          [id, row.name, row.enabled, row.connector, row.limits, row.settings, new Date(this.now())],
        );
        await also?.(tx);
      });
    } catch (error) {
      if (isUniqueViolation(error, 'ingest_source_name')) throw nameTaken(row.name);
      throw error;
    }
    const source = this.hold(row);
    this.changed(id, source);
    return source;
  }

  /** @throws ParapetError `source_not_found` 404 */
  async remove(id: string, also?: (tx: Queryable) => Promise<void>): Promise<void> {
    this.existing(id);
    await this.db.transaction(async (tx) => {
      await tx.query('update ingest_source set removed_at = $2 where id = $1', [id, new Date(this.now())]);
      await also?.(tx);
    });
    this.sources.delete(id);
    this.changed(id, null);
  }

  /** The settings with their secrets readable, for the receiver only. */
  async opened(source: Source): Promise<Source> {
    const settings = { ...source.settings };
    for (const field of this.knownKind(source.kind).fields) {
      const value = settings[field.name];
      if (field.type === 'secret' && typeof value === 'string' && value !== '')
        settings[field.name] = await this.sealer.open(value);
    }
    return { ...source, settings };
  }

  private async sealed(
    kind: SourceKind,
    settings: Readonly<Record<string, unknown>>,
    old: Readonly<Record<string, unknown>>,
  ): Promise<Record<string, unknown>> {
    const out = { ...settings };
    for (const field of kind.fields) {
      if (field.type !== 'secret') continue;
      const value = out[field.name];
      // A form shows no secret; left empty it keeps the one that is stored.
      if (value === undefined || value === '') {
        if (old[field.name] !== undefined) out[field.name] = old[field.name];
      } else if (value !== old[field.name]) out[field.name] = await this.sealer.seal(String(value));
    }
    return out;
  }

  private existing(id: string): Source {
    const source = this.sources.get(id);
    if (!source)
      throw new ParapetError(
        'source_not_found',
        404,
        `There is no source ${id.slice(0, 100)}.`,
        'It may have been removed. See the list under Sources & connectors.',
      );
    return source;
  }

  private knownKind(id: string): SourceKind {
    const kind = this.kinds.get(id);
    if (!kind)
      throw new ParapetError(
        'invalid_request',
        400,
        `There is no kind of source ${id.slice(0, 100)}.`,
        `Known kinds: ${[...this.kinds.keys()].join(', ')}.`,
        { field: 'kind' },
      );
    return kind;
  }

  private hold(row: SourceRow): Source {
    const source: Source = {
      id: row.id,
      name: row.name,
      kind: row.kind,
      enabled: row.enabled,
      connector: row.connector,
      limits: { ...NO_LIMITS, ...row.limits },
      settings: row.settings,
      createdAt: row.created_at.toISOString(),
      createdBy: row.created_by,
    };
    this.sources.set(source.id, source);
    return source;
  }

  private changed(id: string, source: Source | null): void {
    for (const listener of this.listeners) listener(id, source);
  }
}

function cleanName(name: string): string {
  const clean = name.trim();
  if (clean === '' || clean.length > 100 || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(clean))
    throw new ParapetError(
      'invalid_request',
      400,
      'The name must hold 1 to 100 visible characters in one line.',
      undefined,
      { field: 'name' },
    );
  return clean;
}

function nameTaken(name: string): ParapetError {
  return new ParapetError('source_name_taken', 409, `A source is already named "${name}".`, 'Choose another name.', {
    field: 'name',
  });
}
