/** Coverage of ATT&CK: the detection room's figures over what the store, the connectors and the hunters know. */
import { coverageRoutes, loadScenarios, type TableState, type TechniqueHits } from '@parapet/detection';
import type { DetectionInfo } from '@parapet/schema';
import type { StateDb } from '@parapet/state';
import type { Hunting } from '@parapet/store';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { SightOf } from './hunting/scopes.ts';

export interface CoverageOptions {
  readonly db: StateDb;
  readonly detection: { list(): Promise<readonly DetectionInfo[]> };
  readonly hunting: Hunting;
  /** Folder of scenario files. */
  readonly scenariosDir: string;
  readonly scopes: SightOf;
  tables(): Promise<readonly TableState[]>;
  /** Whether the caller sees every row of some tables. */
  wholeOf(request: FastifyRequest): Promise<(tables: readonly string[]) => boolean>;
  feeds(): readonly { readonly id: string; readonly title: string; readonly tables: readonly string[] }[];
  audit(request: FastifyRequest, action: string, target: string, after: unknown): Promise<void>;
}

/** Alerts by technique; an alert has one row for each of its changes. */
const HITS = `AlertInfo
| summarize arg_max(Timestamp, AttackTechniques) by AlertId
| mv-expand Technique = extract_all(@'(T\\d{4}(?:\\.\\d{3})?)', AttackTechniques) to typeof(string)
| summarize Alerts = count(), Last = max(Timestamp) by Technique`;

/** Whoever does not see a table whole learns the day its data is of, and whether there is any: enough to say what is covered. */
function coarse({ rows, newest, oldest }: TableState): Pick<TableState, 'rows' | 'newest' | 'oldest'> {
  const day = (time: string | null): string | null => time && `${time.slice(0, 10)}T00:00:00.000Z`;
  return { rows: Math.min(rows, 1), newest: day(newest), oldest: day(oldest) };
}

/** Texts of hunting queries that are looked through for names of tables. */
const MOST_TEXTS = 5_000;

export function registerCoverage(app: FastifyInstance, options: CoverageOptions): void {
  const { db, detection, hunting, scenariosDir, scopes, tables, wholeOf, feeds, audit } = options;
  coverageRoutes(app, {
    db,
    detection,
    scenarios: loadScenarios(scenariosDir),
    async tables(request) {
      const whole = await wholeOf(request);
      return (await tables()).map((table) => (whole([table.name]) ? table : { ...table, ...coarse(table) }));
    },
    feeds,
    audit,
    async hits(request, since) {
      const range = { from: since, to: new Date() };
      const found = await hunting.run(HITS, { timeRange: range, ...(await scopes(request.principal)) });
      return new Map(
        found.rows.map(([technique, alerts, last]): [string, TechniqueHits] => [
          String(technique),
          { alerts: Number(alerts), last: String(last) },
        ]),
      );
    },
    async hunted(since) {
      const rows = await db.query<{ query: string }>(
        'SELECT query FROM hunting_runs WHERE started_at > $1 ORDER BY started_at DESC LIMIT $2',
        [since, MOST_TEXTS],
      );
      return rows.map((row) => row.query);
    },
  });
}
