import { createHash, randomBytes } from 'node:crypto';
import { type OsqueryAnswer, type OsqueryNode, type OsqueryQuery, ParapetError } from '@parapet/schema';
import type { StateDb } from '@parapet/state';

/** A machine seen again is noted this often. */
const NOTE_SEEN_MS = 60_000;
/** A question that was handed over and not answered is handed over again after this time. */
const ASK_AGAIN_MS = 10 * 60_000;
const MAX_NODES = 200_000;
const MAX_OPEN_QUERIES = 200;

interface NodeRow {
  readonly id: string;
  readonly source_id: string;
  readonly host_identifier: string;
  readonly key_hash: string;
  readonly hostname: string;
  readonly platform: string;
  readonly os: string;
  readonly version: string;
  readonly address: string;
  readonly enrolled_at: Date;
  readonly last_seen_at: Date;
}

interface QueryRow {
  readonly id: string;
  readonly source_id: string;
  readonly name: string;
  readonly sql: string;
  readonly nodes: readonly string[] | null;
  readonly created_at: Date;
  readonly created_by: string;
  readonly expires_at: Date;
}

/** What a machine says about itself when it enrols. */
export interface Enrolment {
  readonly sourceId: string;
  readonly hostIdentifier: string;
  readonly hostname: string;
  readonly platform: string;
  readonly os: string;
  readonly version: string;
  readonly address: string;
}

/** A machine that enrolled. */
export interface Node {
  readonly id: string;
  readonly sourceId: string;
  readonly hostIdentifier: string;
  readonly hostname: string;
  readonly platform: string;
  readonly os: string;
  readonly version: string;
  readonly enrolledAt: Date;
  address: string;
  lastSeenAt: number;
  notedAt: number;
}

interface OpenQuery {
  readonly row: QueryRow;
  readonly answered: Set<string>;
  readonly asked: Map<string, number>;
}

const NODE_COLUMNS =
  'id, source_id, host_identifier, key_hash, hostname, platform, os, version, address, enrolled_at, last_seen_at';
const QUERY_COLUMNS = 'id, source_id, name, sql, nodes, created_at, created_by, expires_at';

/**
 * Machines that run osquery, and questions put to them. All are held in memory, because each machine asks every few
 * seconds; this process is the only writer.
 */
export class Fleet {
  private readonly byKey = new Map<string, Node>();
  private readonly byHost = new Map<string, Node>();
  private readonly keyOf = new Map<string, string>();
  private readonly open = new Map<string, OpenQuery>();

  private constructor(
    private readonly db: StateDb,
    private readonly now: () => number,
  ) {}

  static async load(db: StateDb, now: () => number = Date.now): Promise<Fleet> {
    const fleet = new Fleet(db, now);
    for (const row of await db.query<NodeRow>(`select ${NODE_COLUMNS} from osquery_node`))
      fleet.hold(toNode(row), row.key_hash);
    const open = await db.query<QueryRow>(`select ${QUERY_COLUMNS} from osquery_query where expires_at > $1`, [
      new Date(now()),
    ]);
    for (const row of open) fleet.open.set(row.id, { row, answered: new Set(), asked: new Map() });
    const answers = await db.query<{ query_id: string; node_id: string }>(
      'select query_id, node_id from osquery_answer where query_id in (select id from osquery_query where expires_at > $1)',
      [new Date(now())],
    );
    for (const { query_id, node_id } of answers) fleet.open.get(query_id)?.answered.add(node_id);
    return fleet;
  }

  /**
   * Give a machine a key. One that enrols again keeps its id; its old key no longer counts.
   * @throws ParapetError `too_many_nodes` (503)
   */
  async enrol(given: Enrolment): Promise<string> {
    const known = this.byHost.get(hostKey(given));
    if (!known && this.byKey.size >= MAX_NODES)
      throw new ParapetError('too_many_nodes', 503, `More than ${MAX_NODES} machines have enrolled.`);
    const key = randomBytes(32).toString('base64url');
    const at = new Date(this.now());
    const row: NodeRow = {
      id: known?.id ?? randomBytes(12).toString('base64url'),
      source_id: given.sourceId,
      host_identifier: given.hostIdentifier,
      key_hash: hash(key),
      hostname: given.hostname,
      platform: given.platform,
      os: given.os,
      version: given.version,
      address: given.address,
      enrolled_at: at,
      last_seen_at: at,
    };
    const [stored] = await this.db.query<{ id: string }>(
      `insert into osquery_node (${NODE_COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
       on conflict (source_id, host_identifier) do update set key_hash = excluded.key_hash, hostname = excluded.hostname,
         platform = excluded.platform, os = excluded.os, version = excluded.version, address = excluded.address,
         enrolled_at = excluded.enrolled_at, last_seen_at = excluded.last_seen_at
       returning id`,
      [
        row.id,
        row.source_id,
        row.host_identifier,
        row.key_hash,
        row.hostname,
        row.platform,
        row.os,
        row.version,
        row.address,
        row.enrolled_at,
        row.last_seen_at,
      ],
    );
    // Two enrolments at once: the id is that of the first, the key that of the last.
    const id = stored?.id ?? row.id;
    this.forget(id);
    this.hold(toNode({ ...row, id }), row.key_hash);
    return key;
  }

  /** The machine that holds a key, noted as seen; null when it must enrol again. */
  seen(key: unknown, address: string): Node | null {
    const node = typeof key === 'string' ? this.byKey.get(hash(key)) : undefined;
    if (!node) return null;
    node.lastSeenAt = this.now();
    node.address = address;
    if (node.lastSeenAt - node.notedAt >= NOTE_SEEN_MS) {
      node.notedAt = node.lastSeenAt;
      // Only a hint for people: lost, it is written a minute later.
      this.db
        .query('update osquery_node set last_seen_at = $2, address = $3 where id = $1', [
          node.id,
          new Date(node.lastSeenAt),
          address,
        ])
        .catch(() => undefined);
    }
    return node;
  }

  nodes(sourceId: string): OsqueryNode[] {
    return [...this.byKey.values()]
      .filter((node) => node.sourceId === sourceId)
      .map((node) => ({
        id: node.id,
        hostIdentifier: node.hostIdentifier,
        hostname: node.hostname,
        platform: node.platform,
        os: node.os,
        version: node.version,
        address: node.address,
        enrolledAt: node.enrolledAt.toISOString(),
        lastSeenAt: new Date(node.lastSeenAt).toISOString(),
      }))
      .sort((a, b) => b.lastSeenAt.localeCompare(a.lastSeenAt));
  }

  /** Forget a machine; it has to enrol again. False when there is none. */
  async remove(sourceId: string, id: string): Promise<boolean> {
    const gone = await this.db.query('delete from osquery_node where id = $1 and source_id = $2 returning id', [
      id,
      sourceId,
    ]);
    if (gone.length > 0) this.forget(id);
    return gone.length > 0;
  }

  /**
   * Put a question to machines.
   * @throws ParapetError `too_many_queries` (409)
   */
  async ask(
    sourceId: string,
    query: {
      readonly name: string;
      readonly sql: string;
      readonly nodes: readonly string[] | null;
      readonly minutes: number;
    },
    by: string,
  ): Promise<OsqueryQuery> {
    this.dropExpired();
    if ([...this.open.values()].filter(({ row }) => row.source_id === sourceId).length >= MAX_OPEN_QUERIES)
      throw new ParapetError(
        'too_many_queries',
        409,
        `${MAX_OPEN_QUERIES} questions wait for answers already.`,
        'Wait until some have ended.',
      );
    const row: QueryRow = {
      id: randomBytes(12).toString('base64url'),
      source_id: sourceId,
      name: query.name,
      sql: query.sql,
      nodes: query.nodes,
      created_at: new Date(this.now()),
      created_by: by,
      expires_at: new Date(this.now() + query.minutes * 60_000),
    };
    await this.db.query(`insert into osquery_query (${QUERY_COLUMNS}) values ($1, $2, $3, $4, $5::jsonb, $6, $7, $8)`, [
      row.id,
      row.source_id,
      row.name,
      row.sql,
      row.nodes === null ? null : JSON.stringify(row.nodes),
      row.created_at,
      row.created_by,
      row.expires_at,
    ]);
    this.open.set(row.id, { row, answered: new Set(), asked: new Map() });
    return this.describe(row, 0);
  }

  /** Questions for a machine by id, noted as handed over. */
  questions(node: Node): Record<string, string> {
    this.dropExpired();
    const questions: Record<string, string> = {};
    for (const { row, answered, asked } of this.open.values()) {
      if (row.source_id !== node.sourceId || (row.nodes && !row.nodes.includes(node.id)) || answered.has(node.id))
        continue;
      const before = asked.get(node.id);
      if (before !== undefined && this.now() - before < ASK_AGAIN_MS) continue;
      asked.set(node.id, this.now());
      questions[row.id] = row.sql;
    }
    return questions;
  }

  /** The question an answer belongs to; null when the machine was never asked or answered before. */
  expected(node: Node, queryId: string): { readonly name: string } | null {
    const open = this.open.get(queryId);
    if (!open || open.row.source_id !== node.sourceId || open.answered.has(node.id)) return null;
    return open.asked.has(node.id) || !open.row.nodes || open.row.nodes.includes(node.id) ? open.row : null;
  }

  /** Note that an answer was stored. */
  async answered(
    node: Node,
    queryId: string,
    outcome: { status: number; message: string; rows: number },
  ): Promise<void> {
    this.open.get(queryId)?.answered.add(node.id);
    await this.db.query(
      'insert into osquery_answer (query_id, node_id, host, answered_at, status, message, row_count) values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing',
      [
        queryId,
        node.id,
        node.hostname || node.hostIdentifier,
        new Date(this.now()),
        outcome.status,
        outcome.message.slice(0, 1_000),
        outcome.rows,
      ],
    );
  }

  /** The newest questions of a source. */
  async queries(sourceId: string): Promise<OsqueryQuery[]> {
    const rows = await this.db.query<QueryRow & { answers: number }>(
      `select ${QUERY_COLUMNS}, (select count(*)::int from osquery_answer where query_id = osquery_query.id) as answers
       from osquery_query where source_id = $1 order by created_at desc, id limit 200`,
      [sourceId],
    );
    return rows.map((row) => this.describe(row, row.answers));
  }

  /** A question and who answered it; null when there is none. */
  async query(sourceId: string, id: string): Promise<{ query: OsqueryQuery; answers: OsqueryAnswer[] } | null> {
    const [row] = await this.db.query<QueryRow>(
      `select ${QUERY_COLUMNS} from osquery_query where id = $1 and source_id = $2`,
      [id, sourceId],
    );
    if (!row) return null;
    const answers = await this.db.query<{
      node_id: string;
      host: string;
      answered_at: Date;
      status: number;
      message: string;
      row_count: number;
    }>(
      'select node_id, host, answered_at, status, message, row_count from osquery_answer where query_id = $1 order by answered_at limit 10000',
      [id],
    );
    return {
      query: this.describe(row, answers.length),
      answers: answers.map((answer) => ({
        nodeId: answer.node_id,
        host: answer.host,
        answeredAt: answer.answered_at.toISOString(),
        status: answer.status,
        message: answer.message,
        rows: answer.row_count,
      })),
    };
  }

  private describe(row: QueryRow, answers: number): OsqueryQuery {
    return {
      id: row.id,
      name: row.name,
      sql: row.sql,
      nodes: row.nodes,
      createdAt: row.created_at.toISOString(),
      createdBy: row.created_by,
      expiresAt: row.expires_at.toISOString(),
      answers,
    };
  }

  private hold(node: Node, keyHash: string): void {
    this.byKey.set(keyHash, node);
    this.keyOf.set(node.id, keyHash);
    this.byHost.set(hostKey(node), node);
  }

  private forget(id: string): void {
    const keyHash = this.keyOf.get(id);
    const node = keyHash === undefined ? undefined : this.byKey.get(keyHash);
    if (node) this.byHost.delete(hostKey(node));
    if (keyHash !== undefined) this.byKey.delete(keyHash);
    this.keyOf.delete(id);
  }

  private dropExpired(): void {
    for (const [id, { row }] of this.open) if (row.expires_at.getTime() <= this.now()) this.open.delete(id);
  }
}

function hostKey({ sourceId, hostIdentifier }: { sourceId: string; hostIdentifier: string }): string {
  return `${sourceId}\n${hostIdentifier}`;
}

function hash(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

function toNode(row: NodeRow): Node {
  return {
    id: row.id,
    sourceId: row.source_id,
    hostIdentifier: row.host_identifier,
    hostname: row.hostname,
    platform: row.platform,
    os: row.os,
    version: row.version,
    address: row.address,
    enrolledAt: row.enrolled_at,
    lastSeenAt: row.last_seen_at.getTime(),
    notedAt: row.last_seen_at.getTime(),
  };
}
