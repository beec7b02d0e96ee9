/**
 * `npx tsx bench/graph-schema.ts <findings.json> <description>`
 *
 * Takes the alerts that `npm run bench:detect -- --keep <folder> <data>` found (it leaves them in `<folder>/findings.json`), makes incidents
 * of them as the product does, and checks every alert and incident as the public API answers them, with all members and without,
 * against the published description (OpenAPI or CSDL of microsoftgraph/msgraph-metadata). Exit code 1 with any violation.
 */
import { readFileSync } from 'node:fs';
import { accessMigrations } from '../packages/access/src/index.ts';
import { type AlertDraft, correlation } from '../packages/detection/src/index.ts';
import { createIncidents, incidentMigrations } from '../packages/incidents/src/index.ts';
import { wireAlert, wireIncident } from '../packages/public-api/src/graph/records.ts';
import { openState, outboxMigrations } from '../packages/state/src/index.ts';
import { createHunting, type TelemetryStore } from '../packages/store/src/index.ts';

const { check, readDescription } = (await import('../scripts/check-graph-schema.mjs' as string)) as {
  check(value: object, type: string, description: unknown, at: string): string[];
  readDescription(text: string): unknown;
};
const [file = '', description = ''] = process.argv.slice(2);
const drafts = (JSON.parse(readFileSync(file, 'utf8')) as { draft: AlertDraft }[]).map(({ draft }) => draft);
const published = readDescription(readFileSync(description, 'utf8'));

const db = await openState({ dataDir: 'memory://' });
await db.migrate([...outboxMigrations, ...incidentMigrations, ...accessMigrations]);
const store = { insertRows: async () => undefined, schema: { tables: [] } } as unknown as TelemetryStore;
const silent = { info: () => undefined, warn: () => undefined, error: console.error };
const incidents = await createIncidents({
  db,
  store,
  hunting: createHunting(store),
  correlation,
  log: silent,
  audit: async () => undefined,
});
for (let from = 0; from < drafts.length; from += 100) await incidents.accept(drafts.slice(from, from + 100));

const kinds = new Map<string, number>();
const violations: string[] = [];
let objects = 0;
for (const allMembers of [false, true]) {
  const context = { base: 'https://parapet.example', tenantId: '00000000-0000-4000-8000-000000000000', allMembers };
  const look = (wire: Record<string, unknown>): void => {
    objects += 1;
    const type = String(wire['@odata.type']).replace(/^#/, '');
    violations.push(...check(wire, type, published, `${type} ${String(wire.id)}`));
    for (const each of (wire.evidence ?? []) as Record<string, unknown>[])
      kinds.set(String(each['@odata.type']), (kinds.get(String(each['@odata.type'])) ?? 0) + 1);
  };
  for (const [read, wireOf] of [
    [(after?: readonly string[]) => incidents.records.alerts(pageOf(after)), wireAlert],
    [(after?: readonly string[]) => incidents.records.incidents(pageOf(after)), wireIncident],
  ] as const) {
    let place: readonly string[] | undefined;
    do {
      const page = await read(place);
      for (const record of page.items)
        look((wireOf as (record: unknown, context: object) => Record<string, unknown>)(record, context));
      place = page.next;
    } while (place);
  }
}
function pageOf(after?: readonly string[]) {
  return { order: [{ field: 'createdAt', descending: false }], limit: 500, ...(after ? { after } : {}) } as const;
}
for (const violation of violations.slice(0, 100)) console.log(violation);
console.log(`${drafts.length} findings, ${objects} objects, ${violations.length} violations`);
for (const [kind, count] of [...kinds].sort()) console.log(`  ${kind}: ${count}`);
await incidents.close();
await db.close();
process.exitCode = violations.length > 0 ? 1 : 0;
