import type { Queryable } from '@parapet/state';
import { PastAlerts } from './alerts/history.ts';
import { AlertService } from './alerts/service.ts';
import { LiveIncidents } from './desk/live.ts';
import { TaskService } from './desk/tasks.ts';
import { ViewService } from './desk/views.ts';
import { HomeService } from './home.ts';
import { RowLinker } from './incidents/link.ts';
import { IncidentService } from './incidents/service.ts';
import { MarkService } from './marks/service.ts';
import { createMirror } from './mirror/relay.ts';
import { ProposalService } from './proposals/service.ts';
import { RecordService } from './query/service.ts';
import { RiskKeeper } from './risk/keeper.ts';
import { RiskService } from './risk/service.ts';
import { SearchService } from './search/service.ts';
import { fillDataSources } from './sight/backfill.ts';
import { mayChange } from './sight/changes.ts';
import { type Sight, Sights } from './sight/sight.ts';
import { AlertCache } from './sink/alert-cache.ts';
import { Sink } from './sink/sink.ts';
import { TelemetryService } from './telemetry/service.ts';
import type { CallersView, Context, Incidents, IncidentsOptions } from './types.ts';

/**
 * Alerts, incidents and the pages about entities.
 * @param options `db` must have `incidentMigrations` and the state room's `outboxMigrations`
 */
export async function createIncidents(options: IncidentsOptions): Promise<Incidents> {
  const { db, store, hunting, correlation, log, audit, clock = () => new Date() } = options;
  const mirror = createMirror(options);
  let keeper: RiskKeeper | undefined;
  const sights = new Sights(options);
  const live = new LiveIncidents(db);
  const context: Context = {
    deviceGroupNames: async () => {
      const names = new Map((options.deviceGroups?.() ?? []).map(({ id, name }) => [id, name]));
      const byDevice = new Map<string, string>();
      if (names.size === 0) return byDevice;
      for (const [id, devices] of await sights.groups.members())
        for (const { key } of devices) byDevice.set(key, names.get(id) ?? id);
      return byDevice;
    },
    db,
    store,
    hunting,
    correlation,
    log,
    audit,
    now: clock,
    committed: () => {
      mirror.wake();
      keeper?.wake();
      live.changed();
    },
  };
  const cache = new AlertCache();
  const sink = new Sink(context, cache);
  const alerts = new AlertService(context, cache);
  const incidents = new IncidentService(context, cache);
  const telemetry = new TelemetryService(context, new RiskService(context, true));
  await fillDataSources(db);
  const risk = new RiskKeeper({ ...context, committed: () => mirror.wake() });
  keeper = risk;
  risk.wake();
  const views = new WeakMap<Sight, CallersView>();
  return {
    async as({ rights }) {
      const sight = await sights.of(rights);
      const known = views.get(sight);
      if (known) return known;
      const own: Context = { ...context, db: sight.db, store: sight.store, mayChange: mayChange(sight) };
      const ownRisk = new RiskService(own, sight.allAlerts);
      const seen = new TelemetryService(own, ownRisk);
      const view: CallersView = {
        records: new RecordService(own, cache, sight.allAlerts),
        incidents: new IncidentService(own, cache),
        alerts: new AlertService(own, cache),
        proposals: new ProposalService(own, cache),
        links: new RowLinker(own, sink),
        tasks: new TaskService(own),
        telemetry: seen,
        search: new SearchService(own),
        home: new HomeService(own, seen),
        risk: ownRisk,
        marks: new MarkService(own, seen, {
          all: sight.allAlerts && sight.managed === sight.db,
          mayChange: ({ type, key }) => sight.manages(type, key),
        }),
        history: new PastAlerts(sight.db),
        sight,
        countAlertsByRule: (since) => countByRule(sight.db, since),
      };
      views.set(sight, view);
      return view;
    },
    noteExport: (actor, what, filter) =>
      audit({
        actor: actor.username,
        action: 'export',
        target: what,
        after: filter,
        remoteAddress: actor.remoteAddress,
      }),
    deviceGroupMembers: () => sights.groups.members(),
    incidents,
    alerts,
    proposals: new ProposalService(context, cache),
    tasks: new TaskService(context),
    views: new ViewService(context),
    live,
    telemetry,
    records: new RecordService(context, cache),
    search: new SearchService(context),
    home: new HomeService(context, telemetry),
    risk: new RiskService(context, true),
    noteBehaviors: (behaviors) => risk.noteBehaviors(behaviors),
    history: new PastAlerts(db),
    accept: (drafts) => sink.accept(drafts),
    countAlertsByRule: () => countByRule(db),
    flushMirror: () => mirror.flush(),
    async idle() {
      await sink.idle();
      await risk.flush();
      await mirror.flush();
    },
    async close() {
      await sink.close();
      await risk.close();
      await mirror.close();
    },
  };
}

async function countByRule(db: Queryable, since?: Date): Promise<Map<string, number>> {
  const rows = await db.query<{ rule_id: string; alerts: number }>(
    `select rule_id, count(*) as alerts from alert ${since ? 'where created_at >= $1' : ''} group by rule_id`,
    since ? [since] : [],
  );
  return new Map(rows.map((row) => [row.rule_id, row.alerts]));
}
