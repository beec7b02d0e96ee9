import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TelemetryStore } from '@parapet/store';
import { readDocuments } from '../../ingest/src/formats/index.ts';
import { type IngestOptions, openIngest } from '../../ingest/src/index.ts';
import type { CheckedRule } from '../src/rules/load.ts';
import { ruleText } from '../src/stored/text.ts';
import { load } from './detect/load.ts';
import { sourcesOf } from './detect/units.ts';

const SENDER = { id: 'bench', name: 'bench' };

/** Rows of each hunting table, and the highest batch, after the recordings of a data folder were sent through the ingest path. */
export async function loadEvents(
  store: TelemetryStore,
  dir: string,
  folder: string,
): Promise<{ readonly tables: ReadonlyMap<string, number>; readonly last: number }> {
  await load(store, dir, sourcesOf(folder, ['endpoint-windows']));
  const tables = new Map<string, number>();
  let last = 0;
  for (const { name, physical } of store.schema.tables) {
    if (!physical.startsWith('hunting.') || name.startsWith('Parapet')) continue;
    const { rows } = await store.query(`SELECT count(), max(_Batch) FROM ${physical}`);
    const count = Number(rows[0]?.[0] ?? 0);
    if (count > 0) tables.set(name, count);
    last = Math.max(last, Number(rows[0]?.[1] ?? 0));
  }
  return { tables, last };
}

/** The rules as a folder of files, with one more that alerts on every row whose command line holds `mark-<number>`. */
export function writeRuleFolder(rules: readonly CheckedRule[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'parapet-speed-rules-'));
  mkdirSync(join(folder, 'endpoint'));
  const write = (name: string, definition: Record<string, unknown>): void =>
    writeFileSync(
      join(folder, 'endpoint', `${name}.yaml`),
      ruleText({
        description: 'Made for measuring.',
        severity: 'low',
        category: 'SuspiciousActivity',
        techniques: [],
        kind: 'continuous',
        recommendedActions: ['None'],
        falsePositives: ['All'],
        blindSpots: ['None'],
        tests: [
          { name: 'a', expect: 'hit', rows: { DeviceProcessEvents: [{ FileName: 'a' }] } },
          { name: 'b', expect: 'miss', rows: { DeviceProcessEvents: [{ FileName: 'b' }] } },
        ],
        ...definition,
      }),
    );
  for (const [index, rule] of rules.entries())
    write(`r${index}`, {
      id: rule.id,
      title: `Rule ${index}`,
      query: rule.query,
      entities: rule.entities.map(({ type, roles, fields }) => ({
        type,
        roles,
        fields: Object.fromEntries(Object.entries(fields).filter(([, column]) => rule.columns.includes(column))),
      })),
      groupBy: rule.groupBy,
    });
  write('mark', {
    id: '99999999-9999-4999-8999-999999999999',
    title: 'Mark {{ProcessCommandLine}}',
    query: 'DeviceProcessEvents\n| where ProcessCommandLine contains "mark-"',
    entities: [{ preset: 'device', roles: ['attacked'] }],
    groupBy: ['ProcessCommandLine'],
  });
  return folder;
}

/** Recorded Windows events in memory, and how to make one more that carries a mark. */
export async function recordedEvents(
  folder: string,
  most: number,
): Promise<{ readonly documents: readonly string[]; mark(number: number): string }> {
  const documents: string[] = [];
  let start: Record<string, unknown> | undefined;
  for (const { path } of sourcesOf(folder, ['endpoint-windows'])) {
    if (!path.includes('otrf')) continue;
    for await (const item of readDocuments(path, () => undefined)) {
      if (!('document' in item)) continue;
      const text = item.document.bytes.toString('utf8');
      documents.push(text);
      if (!start && /"EventID"\s*:\s*1\b/.test(text) && /"CommandLine"/.test(text)) {
        const value = JSON.parse(text) as Record<string, unknown>;
        if (typeof value.CommandLine === 'string') start = value;
      }
      if (documents.length >= most && start) break;
    }
    if (documents.length >= most && start) break;
  }
  const origin = start;
  if (!origin) throw new Error('No process start was found among the recordings.');
  return {
    documents,
    mark: (number) =>
      JSON.stringify({ ...origin, CommandLine: `tool.exe mark-${number}`, RecordNumber: 10_000_000 + number }),
  };
}

/** The ingest path as the server opens it. */
export function openBenchIngest(store: TelemetryStore, dir: string): ReturnType<typeof openIngest> {
  const complain = (context: unknown, text?: string): void => console.error(text ?? context);
  return openIngest({
    store,
    dataDir: join(dir, 'ingest'),
    connectorsDir: fileURLToPath(new URL('../../../content/connectors', import.meta.url)),
    authenticate: async () => SENDER,
    log: { info: () => undefined, warn: complain, error: complain } as unknown as IngestOptions['log'],
  });
}

export { SENDER };
