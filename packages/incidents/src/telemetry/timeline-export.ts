import type { EntityType, TimelineEvent } from '@parapet/schema';
import { csvLine } from '../csv.ts';
import type { TelemetryService } from './service.ts';
import type { TimelineQuery } from './timeline.ts';

export const MOST_EXPORTED = 100_000;
const PAGE = 500;

const COLUMNS = [
  'Time (UTC)',
  'Kind',
  'Table',
  'Action',
  'Event',
  'Severity',
  'Techniques',
  'Flagged by',
  'Flag note',
  'Alert',
  'Record',
];

const cells = (event: TimelineEvent): unknown[] => [
  event.time,
  event.group,
  event.table,
  event.actionType,
  event.title,
  event.severity ?? '',
  (event.techniques ?? []).join(' '),
  event.flag?.by ?? '',
  event.flag?.note ?? '',
  event.alertId ?? '',
  event.row,
];

/**
 * A timeline as a file, page by page: exactly the rows that the list shows for the same filter, newest first, at most
 * {@link MOST_EXPORTED}. The first page is read before anything is written, so that a refusal is still an answer of its own.
 */
export async function exportTimeline(
  service: TelemetryService,
  type: EntityType,
  key: string,
  query: TimelineQuery,
  format: 'csv' | 'jsonl',
): Promise<AsyncGenerator<string>> {
  let page = await service.timeline(type, key, { ...query, limit: PAGE });
  // The range is fixed: rows that arrive meanwhile do not move the pages.
  const fixed: TimelineQuery = { ...query, from: page.from, to: page.to, limit: PAGE };
  const line = (event: TimelineEvent): string =>
    format === 'csv' ? csvLine(cells(event)) : `${JSON.stringify({ ...event, position: undefined })}\n`;
  return (async function* lines() {
    if (format === 'csv') yield csvLine(COLUMNS);
    let written = 0;
    for (;;) {
      const rest = page.items.slice(0, MOST_EXPORTED - written);
      written += rest.length;
      yield rest.map(line).join('');
      if (page.nextCursor === null || written >= MOST_EXPORTED) return;
      page = await service.timeline(type, key, { ...fixed, cursor: page.nextCursor });
    }
  })();
}
