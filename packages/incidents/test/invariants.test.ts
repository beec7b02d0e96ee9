import type { IncidentChanges } from '@parapet/schema';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { alertId } from '../src/sink/identity.ts';
import { at, draft, evidence, openWorld, type World } from './support.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

/** What anybody may do, in any order. Devices and processes are few, so that alerts join, bridge and merge. */
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('accept' as const),
      drafts: fc.array(
        fc.record({
          key: fc.integer({ min: 0, max: 25 }),
          device: fc.integer({ min: 0, max: 4 }),
          processes: fc.uniqueArray(fc.integer({ min: 0, max: 5 }), { maxLength: 2 }),
          minute: fc.integer({ min: 0, max: 3000 }),
          severity: fc.constantFrom('high', 'medium', 'low', 'informational' as const),
          category: fc.constantFrom('Execution', 'CredentialAccess', 'LateralMovement', 'Malware' as const),
          events: fc.integer({ min: 1, max: 4 }),
        }),
        { minLength: 1, maxLength: 6 },
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('incident' as const),
      pick: fc.nat(),
      changes: fc.constantFrom<IncidentChanges>(
        { status: 'resolved' },
        { status: 'resolved', classification: 'truePositive', determination: 'malware' },
        { status: 'active' },
        { status: 'inProgress' },
        { assignedTo: 'ann' },
        { assignedTo: 'bob' },
        { assignedTo: null },
        { name: 'Named' },
        { severity: 'low' },
        { classification: 'falsePositive' },
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('alert' as const),
      pick: fc.nat(),
      status: fc.constantFrom('new', 'inProgress', 'resolved' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.oneof(
      fc.record({ kind: fc.constant('undo' as const), pick: fc.nat() }),
      fc.record({ kind: fc.constant('split' as const), pick: fc.nat() }),
    ),
  },
);

async function invariants(keys: ReadonlySet<string>): Promise<void> {
  const { db } = world;
  const one = async (sql: string): Promise<unknown> => (await db.query<{ v: unknown }>(sql))[0]?.v;
  // Each finding is one alert, in an incident that is not a signpost.
  expect(await one('select count(*) as v from alert')).toBe(keys.size);
  expect(await one('select count(distinct dedupe_key) as v from alert')).toBe(keys.size);
  expect(
    await one(
      "select count(*) as v from alert a join incident i on i.id = a.incident_id where i.status = 'redirected'",
    ),
  ).toBe(0);
  expect(
    await one(
      "select count(*) as v from incident i where status <> 'redirected' and not exists (select 1 from alert a where a.incident_id = i.id)",
    ),
  ).toBe(0);
  // Sums on the incident are those of its alerts.
  const wrong = await db.query(
    `select i.id from incident i
     left join (select incident_id, count(*) as total, count(*) filter (where status <> 'resolved') as open, max(severity) as severity,
                       min(first_activity) as first, max(last_activity) as last from alert group by 1) s on s.incident_id = i.id
     where i.total_alerts <> coalesce(s.total, 0) or i.active_alerts <> coalesce(s.open, 0)
        or (i.status <> 'redirected' and (i.first_activity <> s.first or i.last_activity <> s.last))
        or (i.status <> 'redirected' and i.severity_is_automatic and i.severity <> s.severity)`,
  );
  expect(wrong).toEqual([]);
  // Priority terms explain the score; signposts lead to a place; every incident has a beginning in its log.
  const incidents = await db.query<{ id: number; priority_score: number; priority_terms: { points: number }[] }>(
    'select id, priority_score, priority_terms from incident',
  );
  for (const { priority_score, priority_terms } of incidents) {
    const sum = priority_terms.reduce((total, { points }) => total + points, 0);
    expect(priority_score).toBe(Math.max(0, Math.min(100, sum)));
  }
  expect(
    await one(
      "select count(*) as v from incident i join incident t on t.id = i.redirect_incident_id where t.status = 'redirected'",
    ),
  ).toBe(0);
  // What a person took apart stays apart.
  expect(
    await one(
      `select count(*) as v from incident_separation s join incident l on l.id = s.left_id join incident r on r.id = s.right_id
       where coalesce(l.redirect_incident_id, l.id) = coalesce(r.redirect_incident_id, r.id)`,
    ),
  ).toBe(0);
  // Only alerts that support others are in the background.
  expect(
    await one(
      'select count(*) as v from alert a join incident i on i.id = a.incident_id where i.background_key is not null and a.severity >= 2',
    ),
  ).toBe(0);
  expect(
    await one(
      "select count(*) as v from incident i where not exists (select 1 from incident_activity a where a.incident_id = i.id and a.category = 'created')",
    ),
  ).toBe(0);
}

describe('whatever happens in whatever order', () => {
  test('every alert is in exactly one incident and all sums agree', async () => {
    let merges = 0;
    let undone = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        await world.db.query('alter table incident_activity disable trigger all');
        await world.db.query(
          'truncate incident, alert, alert_evidence, alert_event, alert_key, incident_comment, incident_activity, incident_proposal, incident_merge, incident_merge_alert, incident_separation, incident_task, outbox cascade',
        );
        await world.db.query('alter table incident_activity enable trigger all');
        world = await fresh(world);
        const keys = new Set<string>();
        const resolved = new Map<string, number>();
        for (const each of steps) {
          if (each.kind === 'accept') {
            const drafts = each.drafts.map(({ key, device, processes, minute, severity, category, events }) => ({
              ...draft(`d${device}`, at(minute), {
                ruleId: `rule-${key % 4}`,
                severity,
                category,
                eventCount: events,
                extra: processes.map((p) =>
                  evidence('process', { deviceId: `id-d${p % 5}`, processUniqueId: `p${p}`, fileName: 'x.exe' }),
                ),
              }),
              dedupeKey: `key-${key}`,
            }));
            // Two calls at once, the second repeating a part of the first.
            await Promise.all([world.incidents.accept(drafts), world.incidents.accept(drafts.slice(0, 2))]);
            for (const { dedupeKey } of drafts) keys.add(dedupeKey);
          } else if (each.kind === 'incident') {
            const ids = await world.db.query<{ id: string }>('select i.id::text as id from incident i order by i.id');
            const target = ids[each.pick % Math.max(1, ids.length)];
            if (!target) continue;
            const { status } = await world.call('PATCH', `/api/incidents/${target.id}`, each.changes);
            expect([200, 409]).toContain(status);
          } else if (each.kind === 'undo') {
            const rows = await world.db.query<{ id: string; target: string }>(
              'select id::text as id, target_id::text as target from incident_merge order by id',
            );
            const merge = rows[each.pick % Math.max(1, rows.length)];
            if (!merge) continue;
            const { status } = await world.call('POST', `/api/incidents/${merge.target}/merges/${merge.id}/undo`, {});
            expect([200, 409]).toContain(status);
            undone += Number(status === 200);
            resolved.clear();
          } else if (each.kind === 'split') {
            const rows = await world.db.query<{ id: string; incident: string }>(
              `select a.id, a.incident_id::text as incident from alert a join incident i on i.id = a.incident_id
               where i.total_alerts > 1 order by a.id`,
            );
            const alert = rows[each.pick % Math.max(1, rows.length)];
            if (!alert) continue;
            expect(
              (await world.call('POST', `/api/incidents/${alert.incident}/split`, { alertIds: [alert.id] })).status,
            ).toBe(200);
            resolved.clear();
          } else {
            const ids = await world.db.query<{ id: string }>('select id from alert order by id');
            const target = ids[each.pick % Math.max(1, ids.length)];
            if (target)
              expect((await world.call('PATCH', `/api/alerts/${target.id}`, { status: each.status })).status).toBe(200);
          }
          await invariants(keys);
          merges += (await world.db.query("select 1 from incident where status = 'redirected'")).length;
          // A resolved incident never grows.
          const rows = await world.db.query<{ id: string; total: number; status: string }>(
            'select i.id::text as id, i.total_alerts as total, i.status from incident i',
          );
          for (const { id, total, status } of rows) {
            if (status === 'resolved' && resolved.has(id)) expect(total).toBe(resolved.get(id));
            if (status === 'resolved') resolved.set(id, total);
            else resolved.delete(id);
          }
        }
      }),
      { numRuns: 25, seed: 20260310, endOnFailure: true },
    );
    // Otherwise the sequences would not have tried what is hard.
    expect(merges).toBeGreaterThan(0);
    expect(undone).toBeGreaterThan(0);
  }, 240_000);

  test('the same alerts in any order end in the same incidents', async () => {
    const make = () =>
      Array.from({ length: 14 }, (_, n) => ({
        ...draft(`o${n % 4}`, at(n * 7), {
          ruleId: `rule-${n % 3}`,
          category: (['Execution', 'CredentialAccess', 'LateralMovement'] as const)[n % 3],
          extra: [evidence('process', { deviceId: `id-o${n % 4}`, processUniqueId: `op${n % 6}`, fileName: 'x.exe' })],
        }),
        dedupeKey: `order-${n}`,
      }));
    const partition = async (order: readonly number[]): Promise<string[]> => {
      const own = await openWorld();
      const drafts = make();
      for (const n of order) await own.incidents.accept([drafts[n]!]);
      const rows = await own.db.query<{ ids: string[] }>(
        'select array_agg(id order by id) as ids from alert group by incident_id',
      );
      await own.close();
      return rows.map(({ ids }) => ids.join(' ')).sort();
    };
    const forward = Array.from({ length: 14 }, (_, n) => n);
    const expected = await partition(forward);
    expect(expected.flatMap((ids) => ids.split(' '))).toHaveLength(14);
    expect(alertId(make()[0]!)).toMatch(/^ed/);
    expect(await partition([...forward].reverse())).toEqual(expected);
    expect(await partition([7, 0, 13, 3, 9, 1, 12, 5, 2, 11, 4, 8, 6, 10])).toEqual(expected);
  });
});

/** A service without memory of what was truncated, on the same database. */
async function fresh(old: World): Promise<World> {
  await old.incidents.idle();
  const next = await openWorld({ db: old.db });
  await old.release();
  return next;
}
