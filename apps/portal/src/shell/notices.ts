import type { IncidentSummary, IngestSource, Job } from '@parapet/schema/wire';

/** Kinds of spec D 1.3. */
export type NoticeKind = 'success' | 'ongoing' | 'information' | 'warning' | 'error';

export interface Notice {
  /** Stable: the same event has the same id at every look. */
  readonly id: string;
  readonly kind: NoticeKind;
  readonly title: string;
  readonly body: string;
  /** ISO instant. */
  readonly time: string;
  readonly href?: string;
  /** 0 to 1 of ongoing work; null while nobody knows. */
  readonly progress?: number | null;
}

export interface NoticeSources {
  readonly incidents?: readonly IncidentSummary[] | undefined;
  readonly mine?: readonly IncidentSummary[] | undefined;
  readonly jobs?: readonly Job[] | undefined;
  readonly sources?: readonly IngestSource[] | undefined;
  readonly engine?: { readonly id: string; readonly at: string; readonly reason: string } | null | undefined;
}

const KEPT_MS = 30 * 86_400_000;
const SILENT_MS = 24 * 3_600_000;

/** Everything worth telling of the last thirty days, newest first. Pure, so that tests can hold the clock. */
export function noticesOf({ incidents, mine, jobs, sources, engine }: NoticeSources, now: number): Notice[] {
  const notices: Notice[] = [];
  for (const incident of incidents ?? [])
    notices.push({
      id: `incident:${incident.id}`,
      kind: incident.severity === 'high' ? 'warning' : 'information',
      title: `New incident, ${incident.severity} severity`,
      body: `${incident.id}: ${incident.name}`,
      time: incident.createdAt,
      href: `/incidents/${incident.id}`,
    });
  for (const incident of mine ?? [])
    notices.push({
      id: `mine:${incident.id}:${incident.totalAlerts}`,
      kind: 'information',
      title: 'Your incident has news',
      body: `${incident.id}: ${incident.name} (${incident.activeAlerts} of ${incident.totalAlerts} alerts open)`,
      time: incident.lastUpdate,
      href: `/incidents/${incident.id}`,
    });
  for (const job of jobs ?? []) {
    const running = job.state === 'queued' || job.state === 'running';
    notices.push({
      id: `job:${job.id}:${running ? 'running' : job.state}`,
      kind: running
        ? 'ongoing'
        : job.state === 'succeeded'
          ? 'success'
          : job.state === 'failed'
            ? 'error'
            : 'information',
      title: job.title,
      body: job.detail || (running ? 'Running' : job.state === 'cancelled' ? 'Stopped' : ''),
      time: job.finishedAt ?? job.startedAt ?? job.createdAt,
      ...(running ? { progress: job.progress } : {}),
    });
  }
  for (const source of sources ?? []) {
    if (source.kind === null || !source.enabled) continue;
    const href = `/ingestion/sources/${encodeURIComponent(source.id)}`;
    if (source.state.state === 'failed')
      notices.push({
        id: `source:${source.id}:failed:${source.lastEventAt ?? ''}`,
        kind: 'error',
        title: `Source ${source.name} failed`,
        body: source.state.detail ?? '',
        time: source.lastEventAt ?? source.createdAt ?? new Date(now).toISOString(),
        href,
      });
    else if (source.lastEventAt !== null && now - Date.parse(source.lastEventAt) > SILENT_MS)
      notices.push({
        id: `source:${source.id}:silent:${source.lastEventAt}`,
        kind: 'warning',
        title: `Source ${source.name} is silent`,
        body: 'Nothing has arrived for more than 24 hours.',
        time: new Date(Date.parse(source.lastEventAt) + SILENT_MS).toISOString(),
        href,
      });
  }
  if (engine)
    notices.push({
      id: `engine:${engine.id}`,
      kind: 'warning',
      title: 'The telemetry engine was restarted',
      body: engine.reason,
      time: engine.at,
      href: '/store?tab=engine',
    });
  return notices
    .filter(({ time }) => now - Date.parse(time) < KEPT_MS)
    .sort((a, b) => (a.time === b.time ? (a.id < b.id ? -1 : 1) : a.time < b.time ? 1 : -1));
}

/** What a person has put away, and when they last looked. */
export interface NoticeState {
  readonly seenAt: string;
  readonly dismissed: readonly string[];
}

/** Enough for a month; the oldest are forgotten first. */
const MOST_DISMISSED = 600;

export const dismiss = (state: NoticeState, ids: readonly string[]): NoticeState => ({
  ...state,
  dismissed: [...new Set([...state.dismissed, ...ids])].slice(-MOST_DISMISSED),
});

export const unread = (notices: readonly Notice[], { seenAt, dismissed }: NoticeState): number =>
  notices.filter(({ id, time }) => time > seenAt && !dismissed.includes(id)).length;
