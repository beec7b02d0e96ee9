/** To which data sources alerts belong: written with each alert, and once for those stored before. */
import type { AlertDraft } from '@parapet/detection';
import { dataSourcesOfAlert, loadHuntingSchema } from '@parapet/schema';
import type { StateDb } from '@parapet/state';

const categoryOf = (table: string): string | undefined => loadHuntingSchema().byName.get(table)?.category;

export function sourcesOfDraft(draft: Pick<AlertDraft, 'serviceSource' | 'events'>): readonly string[] {
  const tables = [...new Set(draft.events.map(({ table }) => table))];
  return dataSourcesOfAlert({ serviceSource: draft.serviceSource, tables }, categoryOf);
}

const BATCH = 1000;

/** Alerts and incidents of before data sources were written get theirs. Repeating it changes nothing. */
export async function fillDataSources(db: StateDb): Promise<void> {
  for (;;) {
    const rows = await db.query<{ id: string; service_source: string; tables: readonly string[] }>(
      `select a.id, a.service_source, array(select distinct table_name from alert_event v where v.alert_id = a.id) as tables
       from alert a where a.data_sources = '{}' limit ${BATCH}`,
    );
    if (rows.length === 0) break;
    await db.query(
      `update alert a set data_sources = array(select jsonb_array_elements_text(s.sources))
       from jsonb_to_recordset($1::jsonb) as s(id text, sources jsonb) where a.id = s.id`,
      [
        JSON.stringify(
          rows.map(({ id, service_source, tables }) => ({
            id,
            sources: dataSourcesOfAlert({ serviceSource: service_source, tables }, categoryOf),
          })),
        ),
      ],
    );
  }
  await db.query(
    `update incident i set data_sources = array(select distinct s from alert a, unnest(a.data_sources) s where a.incident_id = i.id order by s)
     where i.data_sources = '{}' and exists (select 1 from alert a where a.incident_id = i.id)`,
  );
}
