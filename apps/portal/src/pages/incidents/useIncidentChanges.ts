import type {
  AlertChanges,
  BulkResult,
  IncidentAlert,
  IncidentBulkRequest,
  IncidentChanges,
  IncidentDetail,
  IncidentSummary,
  Page,
} from '@parapet/schema/wire';
import { useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { api } from '../../api/client.ts';
import { asItems } from '../../api/users.ts';
import { notify } from '../../components/Notifier.tsx';
import { plural } from '../../lib/time.ts';

export const incidentKey = (id: string) => ['/api/incidents', 'detail', id] as const;

/** The values that put a row back to what it was before `changes`. */
export function inverse(row: IncidentSummary, changes: IncidentChanges): IncidentChanges {
  const before: Record<string, unknown> = {};
  for (const field of Object.keys(changes)) {
    if (field === 'resolvingComment') continue;
    before[field] = (row as unknown as Record<string, unknown>)[field] ?? null;
  }
  return before as IncidentChanges;
}

/** What a bulk call did, in one line, with the reasons of what failed. */
export function bulkReport(result: BulkResult, what: string): { readonly title: string; readonly body?: string } {
  const failed = result.results.filter((each) => !each.ok);
  const done = result.results.length - failed.length;
  if (failed.length === 0) return { title: `${what}: ${plural(done, 'incident')}` };
  const reasons = new Map<string, string[]>();
  for (const each of failed) {
    const reason = each.error?.message ?? 'No reason given';
    reasons.set(reason, [...(reasons.get(reason) ?? []), each.id]);
  }
  return {
    title: `${what}: ${done} of ${plural(result.results.length, 'incident')}`,
    body: [...reasons].map(([reason, ids]) => `${shortList(ids)}: ${reason}`).join(' '),
  };
}

const shortList = (ids: readonly string[]): string =>
  ids.length > 5 ? `${ids.slice(0, 5).join(', ')} and ${ids.length - 5} more` : ids.join(', ');

/** Change many incidents; reports per item and offers the way back for ten seconds. */
export function useBulkChange(onDone: () => void) {
  const client = useQueryClient();
  return useCallback(
    async (rows: readonly IncidentSummary[], changes: IncidentChanges, what: string) => {
      const send = (ids: readonly string[], body: IncidentChanges) =>
        api.post('/api/incidents/bulk', { ids, changes: body } satisfies IncidentBulkRequest);
      try {
        const result = await send(
          rows.map((row) => row.id),
          changes,
        );
        onDone();
        void client.invalidateQueries({ queryKey: ['/api/home'] });
        const report = bulkReport(result, what);
        const changed = new Set(result.results.filter((each) => each.ok).map((each) => each.id));
        if (changed.size < result.results.length) {
          notify.warning(report.title, report.body);
          return;
        }
        // Reopening would leave the alerts resolved that were resolved along.
        if (changes.status === 'resolved') {
          notify.success(report.title);
          return;
        }
        notify.undoable(report.title, () => {
          // Rows that differed before need different calls to go back.
          const groups = new Map<string, string[]>();
          for (const row of rows.filter((each) => changed.has(each.id))) {
            const body = JSON.stringify(inverse(row, changes));
            groups.set(body, [...(groups.get(body) ?? []), row.id]);
          }
          void Promise.all([...groups].map(([body, ids]) => send(ids, JSON.parse(body) as IncidentChanges))).then(
            () => {
              onDone();
              notify.success('Undone');
            },
            (error: unknown) => notify.failure('It could not be undone', error),
          );
        });
      } catch (error) {
        notify.failure('Nothing was changed', error);
      }
    },
    [client, onDone],
  );
}

/**
 * Resolving an incident resolves its open alerts along, and reopening it leaves them resolved. Undo means all of it.
 * @returns puts the alerts that are open now back to what they are now
 */
async function rememberAlerts(id: string): Promise<() => Promise<void>> {
  const answer = await api.get<Page<IncidentAlert>>(`/api/incidents/${encodeURIComponent(id)}/alerts`, {
    pageSize: 1000,
  });
  const groups = new Map<string, string[]>();
  for (const alert of asItems(answer).filter((each) => each.status !== 'resolved')) {
    const { status, classification, determination } = alert;
    const changes = JSON.stringify({ status, classification, determination } satisfies AlertChanges);
    groups.set(changes, [...(groups.get(changes) ?? []), alert.id]);
  }
  return async () => {
    for (const [changes, ids] of groups)
      await api.post('/api/alerts/bulk', { ids, changes: JSON.parse(changes) as AlertChanges });
  };
}

/** Change the opened incident: shows at once, goes back when the server refuses, offers an undo. */
export function useIncidentChange(id: string) {
  const client = useQueryClient();
  return useCallback(
    async (changes: IncidentChanges, what: string): Promise<boolean> => {
      const key = incidentKey(id);
      const before = client.getQueryData<IncidentDetail>(key);
      await client.cancelQueries({ queryKey: key });
      const { resolvingComment: _comment, ...visible } = changes;
      if (before) client.setQueryData<IncidentDetail>(key, { ...before, ...(visible as Partial<IncidentDetail>) });
      try {
        const restoreAlerts = changes.status === 'resolved' ? await rememberAlerts(id) : async () => {};
        await api.patch(`/api/incidents/${encodeURIComponent(id)}`, changes);
        const refresh = () => void client.invalidateQueries({ queryKey: ['/api/incidents'] });
        refresh();
        if (before)
          notify.undoable(what, () => {
            const back = async () => {
              await api.patch(`/api/incidents/${encodeURIComponent(id)}`, inverse(before, changes));
              await restoreAlerts();
            };
            back().then(
              () => {
                refresh();
                notify.success('Undone');
              },
              (error: unknown) => notify.failure('It could not be undone', error),
            );
          });
        return true;
      } catch (error) {
        if (before) client.setQueryData(key, before);
        notify.failure('The incident was not changed', error);
        return false;
      }
    },
    [client, id],
  );
}
