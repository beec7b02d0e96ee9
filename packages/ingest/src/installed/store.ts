import { ParapetError } from '@parapet/schema';
import type { StateDb } from '@parapet/state';
import type { InstalledConnector } from '../types.ts';

export interface ConnectorVersion {
  readonly version: number;
  readonly savedAt: string;
  readonly savedBy: string;
}

interface Row {
  readonly id: string;
  readonly version: number;
  readonly text: string;
}

/** Versions of one connector that are kept; older ones are forgotten. */
const KEEP_VERSIONS = 50;

/** Connectors that people wrote here, with their versions. The engine gets the newest of each. */
export class ConnectorStore {
  constructor(
    private readonly db: StateDb,
    private readonly now: () => number = Date.now,
  ) {}

  /** What `openIngest` and `reloadConnectors` take. */
  async all(): Promise<InstalledConnector[]> {
    const rows = await this.db.query<Row>(
      `select distinct on (v.id) v.id, v.version, v.text from ingest_connector_version v
       join ingest_connector c on c.id = v.id and c.removed_at is null order by v.id, v.version desc`,
    );
    return rows.map((row) => ({ file: `${row.id}.yaml`, text: row.text }));
  }

  /** The newest text, or that of a version; undefined when there is none. */
  async text(id: string, version?: number): Promise<string | undefined> {
    const [row] = await this.db.query<Row>(
      `select v.id, v.version, v.text from ingest_connector_version v
       join ingest_connector c on c.id = v.id and c.removed_at is null
       where v.id = $1 and ($2::int is null or v.version = $2) order by v.version desc limit 1`,
      [id, version ?? null],
    );
    return row?.text;
  }

  async versions(id: string): Promise<ConnectorVersion[]> {
    const rows = await this.db.query<{ version: number; saved_at: Date; saved_by: string }>(
      `select v.version, v.saved_at, v.saved_by from ingest_connector_version v
       join ingest_connector c on c.id = v.id and c.removed_at is null where v.id = $1 order by v.version desc`,
      [id],
    );
    return rows.map((row) => ({
      version: row.version,
      savedAt: row.saved_at.toISOString(),
      savedBy: row.saved_by,
    }));
  }

  /** Save a text as the newest version of a connector. */
  async save(id: string, text: string, by: string): Promise<number> {
    return this.db.transaction(async (tx) => {
      await tx.query('insert into ingest_connector (id) values ($1) on conflict (id) do update set removed_at = null', [
        id,
      ]);
      const [row] = await tx.query<{ version: number }>(
        `insert into ingest_connector_version (id, version, text, saved_at, saved_by)
         select $1, coalesce(max(version), 0) + 1, $2, $3, $4 from ingest_connector_version where id = $1 returning version`,
        [id, text, new Date(this.now()), by],
      );
      const version = row?.version ?? 1;
      await tx.query('delete from ingest_connector_version where id = $1 and version <= $2', [
        id,
        version - KEEP_VERSIONS,
      ]);
      return version;
    });
  }

  /** Take a connector out of use; its versions stay for the case that it is saved again. */
  async remove(id: string): Promise<void> {
    const removed = await this.db.query(
      'update ingest_connector set removed_at = $2 where id = $1 and removed_at is null returning id',
      [id, new Date(this.now())],
    );
    if (removed.length === 0)
      throw new ParapetError(
        'connector_not_installed',
        404,
        `No connector ${id.slice(0, 100)} was installed here.`,
        'Connectors of the release cannot be removed; a source can be set to another one.',
      );
  }
}
