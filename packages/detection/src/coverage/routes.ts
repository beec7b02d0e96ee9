import {
  type Coverage,
  type DetectionInfo,
  type Page,
  ParapetError,
  SUGGESTION_STATES,
  type Suggestion,
  type SuggestionState,
} from '@parapet/schema';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { coverageOf, type TableState, type TechniqueHits } from './matrix.ts';
import { navigatorLayer } from './navigator.ts';
import type { Scenario } from './scenarios.ts';
import { type Feed, type Found, suggestionsOf } from './suggest.ts';

export interface CoverageRoutes {
  /** The state database. */
  readonly db: { query<T>(sql: string, params?: readonly unknown[]): Promise<T[]> };
  readonly detection: { list(): Promise<readonly DetectionInfo[]> };
  readonly scenarios: readonly Scenario[];
  /** Tables with what the caller may know of them. */
  tables(request: FastifyRequest): Promise<readonly TableState[]>;
  /** Alerts by technique since a time, of those the caller may see. */
  hits(request: FastifyRequest, since: Date): Promise<ReadonlyMap<string, TechniqueHits>>;
  feeds(): readonly Feed[];
  /** Texts of hunting queries since a time, of anybody. */
  hunted(since: Date): Promise<readonly string[]>;
  audit(request: FastifyRequest, action: string, target: string, after: unknown): Promise<void>;
}

const DAY = 86_400_000;
const READ = { permission: 'SecData.Read' } as const;
const period = {
  type: 'object',
  properties: { days: { type: 'integer', minimum: 1, maximum: 3650, default: 7 } },
} as const;
interface Period {
  readonly Querystring: { readonly days: number };
}

interface StateRow {
  readonly id: string;
  readonly state: SuggestionState;
  readonly note: string;
  readonly changed_by: string;
  readonly changed_at: Date;
}

/** Tables of `/api/coverage`. */
export const coverageMigrations = [
  {
    id: 'detection/coverage',
    sql: `CREATE TABLE coverage_suggestion (
      id text PRIMARY KEY,
      state text NOT NULL,
      note text NOT NULL,
      changed_by text NOT NULL,
      changed_at timestamptz NOT NULL
    );`,
  },
] as const;

/** `/api/coverage`: the matrix, its export, and what would widen it. */
export function coverageRoutes(app: FastifyInstance, options: CoverageRoutes): void {
  const { db, detection, scenarios, tables, hits, feeds, hunted, audit } = options;
  const read = async (
    request: FastifyRequest,
    days: number,
  ): Promise<{ coverage: Coverage; tables: readonly TableState[]; now: Date }> => {
    const now = new Date();
    const [rules, states, seen] = await Promise.all([
      detection.list(),
      tables(request),
      hits(request, new Date(now.getTime() - days * DAY)),
    ]);
    return { coverage: coverageOf({ rules, tables: states, hits: seen, scenarios, days, now }), tables: states, now };
  };
  const find = async (request: FastifyRequest, days: number): Promise<Found[]> => {
    const { coverage, tables: states, now } = await read(request, days);
    return suggestionsOf({
      coverage,
      tables: states,
      feeds: feeds(),
      hunted: await hunted(new Date(now.getTime() - 30 * DAY)),
      now,
    });
  };

  /** What the rules see of ATT&CK: rules that are on and whose data arrives cover a technique. */
  app.get<Period>(
    '/api/coverage',
    { config: READ, schema: { querystring: period } },
    async (request): Promise<Coverage> => (await read(request, request.query.days)).coverage,
  );

  /** The matrix as a layer file of the ATT&CK Navigator. */
  app.get<Period>(
    '/api/coverage/navigator',
    { config: READ, schema: { querystring: period } },
    async (request, reply) => {
      reply.header('content-disposition', 'attachment; filename="parapet-coverage.json"');
      return navigatorLayer((await read(request, request.query.days)).coverage);
    },
  );

  /** What would make the rules see more: data to connect, rules to turn on or mend, tables nothing reads. */
  app.get<Period>(
    '/api/coverage/suggestions',
    { config: READ, schema: { querystring: period } },
    async (request): Promise<Page<Suggestion>> => {
      const found = await find(request, request.query.days);
      const rows = await db.query<StateRow>('SELECT * FROM coverage_suggestion');
      const states = new Map(rows.map((row) => [row.id, row]));
      const items = found.map((suggestion): Suggestion => {
        const kept = states.get(suggestion.id);
        // What was called done and is found again is not done.
        const state = kept?.state === 'completed' ? 'active' : (kept?.state ?? 'active');
        return {
          ...suggestion,
          state,
          note: kept?.note ?? '',
          changedBy: kept?.changed_by ?? null,
          changedAt: kept?.changed_at.toISOString() ?? null,
        };
      });
      return { items, total: items.length, page: 1, pageSize: Math.max(1, items.length) };
    },
  );

  /** Say what becomes of a suggestion: taken up, or dismissed with the reason. */
  app.put<{ Params: { id: string }; Body: { state: SuggestionState; note: string } }>(
    '/api/coverage/suggestions/:id',
    {
      config: { permission: 'DetTune.Manage' },
      schema: {
        params: {
          type: 'object',
          properties: { id: { type: 'string', pattern: '^[a-z]+(:\\w{1,100})?$', maxLength: 120 } },
        },
        body: {
          type: 'object',
          required: ['state'],
          additionalProperties: false,
          properties: {
            state: { enum: SUGGESTION_STATES.filter((state) => state !== 'completed') },
            note: { type: 'string', maxLength: 2000, default: '' },
          },
        },
      },
    },
    async (request, reply) => {
      const { state } = request.body;
      const note = request.body.note.trim();
      if (state === 'dismissed' && note === '')
        throw new ParapetError(
          'reason_missing',
          400,
          'A dismissed suggestion needs a reason.',
          'Say why it does not apply here.',
        );
      await db.query(
        `INSERT INTO coverage_suggestion (id, state, note, changed_by, changed_at) VALUES ($1, $2, $3, $4, now())
         ON CONFLICT (id) DO UPDATE SET state = $2, note = $3, changed_by = $4, changed_at = now()`,
        [request.params.id, state, note, request.principal.username],
      );
      await audit(request, 'coverage.suggestion', `suggestion/${request.params.id}`, { state, note });
      return reply.code(204).send();
    },
  );
}
