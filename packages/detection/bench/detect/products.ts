import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createHunting, openEmbeddedStore, type TelemetryStore } from '@parapet/store';
import { readDocuments } from '../../../ingest/src/formats/index.ts';
import { type IngestOptions, openIngest } from '../../../ingest/src/index.ts';
import { ProductAlerts } from '../../src/products/intake.ts';
import type { Delivery } from '../../src/runtime/deliver.ts';
import { createEnricher } from '../../src/runtime/enrich.ts';
import { memoryState } from '../../src/runtime/memory-state.ts';
import type { AlertDraft } from '../../src/types.ts';
import { asAlert, percent } from './incidents.ts';
import { type Alerted, incidentsOf, inQueue, type PlacedIncident } from './place.ts';

/** Labelled alerts of other products: how much less there is to look at, and whether the attack is still there. */
const LABELLED = /^alerts\/.*\.zip$/;
const SENDER = { id: 'bench', name: 'bench' };
const CHUNK = 5_000;
const QUIET = { info: () => undefined, warn: console.error, error: console.error };

/** Reports of one title, host, address and hour with the publisher's labels. */
interface Truth {
  readonly scenario: string;
  readonly count: number;
  /** Reports that the publisher ties to a step of the attack. */
  readonly attack: number;
  /** Phases by time, of reports that belong to the attack, else of all in the window. */
  readonly phases: ReadonlySet<string>;
}

interface Labelled extends Alerted {
  readonly truth: Truth;
}

const keyOf = (title: string, host: string, address: string, hour: number): string =>
  [title, host.toLowerCase(), address, hour].join('\n');
const HOUR = 3_600_000;

/**
 * Send the alert recordings of a data folder through the real readers, connectors and intake, and place what comes out by the product's
 * correlation, each scenario alone.
 * @param dir what an earlier call loaded there is used again
 * @returns empty when the folder has none
 */
export async function productAlerts(folder: string, dir: string): Promise<string> {
  const paths = readFileSync(join(folder, 'MANIFEST.csv'), 'utf8')
    .split('\n')
    .map((line) => line.split(',')[0] ?? '')
    .filter((path) => LABELLED.test(path));
  if (paths.length === 0) return '';
  const store = await openEmbeddedStore({ dataDir: join(dir, 'alerts-store') });
  const hunting = createHunting(store);
  try {
    await load(store, dir, folder, paths);
    const drafts = new Map<string, AlertDraft>();
    const intake = new ProductAlerts(
      store,
      {
        sink: {
          async accept(list: readonly AlertDraft[]) {
            for (const draft of list) drafts.set(draft.dedupeKey, draft);
            return { created: list.length, repeated: 0 };
          },
        },
        state: memoryState(),
        enricher: createEnricher(hunting, QUIET),
        now: () => new Date(),
      } as unknown as Delivery,
      QUIET,
    );
    const through = await highest(store);
    await intake.start(new Map([['product-alerts', { through: 0 } as never]]), through);
    return await report(store, [...drafts.values()]);
  } finally {
    await hunting.close();
    await store.close();
  }
}

async function load(store: TelemetryStore, dir: string, folder: string, paths: readonly string[]): Promise<void> {
  const note = join(dir, 'alerts-loaded.json');
  if (existsSync(note)) return;
  mkdirSync(dir, { recursive: true });
  const ingest = await openIngest({
    store,
    dataDir: join(dir, 'alerts-ingest'),
    connectorsDir: fileURLToPath(new URL('../../../../content/connectors', import.meta.url)),
    authenticate: async () => SENDER,
    log: QUIET as unknown as IngestOptions['log'],
  });
  try {
    let groups = new Map<string, (Uint8Array | string)[]>();
    let pending = 0;
    const flush = async (): Promise<void> => {
      const request = { groups };
      groups = new Map();
      pending = 0;
      while (request.groups.size > 0)
        try {
          return void (await ingest.appendRequest(SENDER, request));
        } catch (error) {
          if ((error as { code?: string }).code !== 'buffer_full') throw error;
          await new Promise((resolve) => setTimeout(resolve, 200));
        }
    };
    for (const path of paths)
      for await (const item of readDocuments(join(folder, path), () => undefined)) {
        if (!('document' in item)) continue;
        const scenario = (item.document.source.split('!').at(-1) ?? path).replace(/_alerts\.csv$/, '');
        const list = groups.get(scenario) ?? [];
        list.push(item.document.bytes);
        groups.set(scenario, list);
        pending += 1;
        if (pending >= CHUNK) await flush();
      }
    await flush();
    await ingest.idle();
  } finally {
    await ingest.close();
  }
  writeFileSync(note, JSON.stringify(paths));
}

async function highest(store: TelemetryStore): Promise<number> {
  const { rows } = await store.query('SELECT max(_Batch) FROM hunting.AlertInfo', { lane: 'background' });
  return Number(rows[0]?.[0] ?? 0);
}

async function truths(store: TelemetryStore): Promise<Map<string, Truth>> {
  const field = (name: string): string => `JSONExtractString(toString(RawEventData), '${name}')`;
  const { rows } = await store.query(
    `SELECT IndexName, ${field('name')}, ${field('host')}, ${field('ip')}, intDiv(toInt64OrZero(${field('time')}), 3600) AS hour,
            ${field('time_label')} AS phase, ${field('event_label')} AS step, count()
     FROM hunting.ParapetRawEvents GROUP BY ALL`,
    { lane: 'background' },
  );
  const found = new Map<string, Truth>();
  for (const [scenario, title, host, address, hour, phase, step, count] of rows) {
    const key = keyOf(String(title), String(host), String(address), Number(hour) * HOUR);
    const known = found.get(key) ?? { scenario: String(scenario), count: 0, attack: 0, phases: new Set<string>() };
    const attack = String(step) !== '-' && String(step) !== '' && String(step) !== 'false_positive';
    const phases = new Set(known.phases);
    if (String(phase) !== 'false_positive') phases.add(attack ? String(phase) : `(${String(phase)})`);
    found.set(key, {
      ...known,
      count: known.count + Number(count),
      attack: known.attack + (attack ? Number(count) : 0),
      phases,
    });
  }
  return found;
}

async function report(store: TelemetryStore, drafts: readonly AlertDraft[]): Promise<string> {
  const known = await truths(store);
  const scenarios = new Map<string, Labelled[]>();
  let lost = 0;
  for (const draft of drafts) {
    const host = draft.evidence.find(({ type }) => type === 'device')?.fields.deviceName ?? '';
    const address = draft.evidence.find(({ type }) => type === 'ip')?.fields.ip ?? '';
    const hour = Math.floor(Date.parse(draft.firstActivity) / HOUR) * HOUR;
    const truth = known.get(keyOf(draft.title, host, address, hour));
    if (!truth) {
      lost += 1;
      continue;
    }
    scenarios.set(truth.scenario, [...(scenarios.get(truth.scenario) ?? []), { alert: asAlert(draft), truth }]);
  }
  const lines = ['\nAlerts of other products (labelled): what is left to look at'];
  if (lost > 0) lines.push(`  ${lost} alerts without a label`);
  const all = { reports: 0, items: 0 };
  const reports = new Map<string, { reports: number; attack: number; phases: Set<string> }>();
  for (const truth of known.values()) {
    const sum = reports.get(truth.scenario) ?? { reports: 0, attack: 0, phases: new Set<string>() };
    sum.reports += truth.count;
    sum.attack += truth.attack;
    for (const phase of truth.phases) sum.phases.add(phase);
    reports.set(truth.scenario, sum);
  }
  for (const [scenario, sum] of [...reports].sort()) {
    const incidents = incidentsOf(scenarios.get(scenario) ?? []);
    const shown = incidents.filter(inQueue);
    all.reports += sum.reports;
    all.items += shown.length;
    lines.push(...scenarioLines(scenario, sum, incidents, shown));
  }
  lines.push(
    `  all: ${all.reports} reports, ${all.items} items in the queue, ${((1 - all.items / all.reports) * 100).toFixed(2)}% fewer`,
  );
  return lines.join('\n');
}

type Sum = { readonly reports: number; readonly attack: number; readonly phases: ReadonlySet<string> };

function scenarioLines(
  scenario: string,
  sum: Sum,
  incidents: readonly PlacedIncident<Labelled>[],
  shown: readonly PlacedIncident<Labelled>[],
): string[] {
  const alerts = incidents.reduce((count, each) => count + each.alerts.length, 0);
  const total = (incident: PlacedIncident<Labelled>, of: (truth: Truth) => number): number =>
    incident.alerts.reduce((count, { truth }) => count + of(truth), 0);
  const phasesOf = (list: readonly PlacedIncident<Labelled>[]): Set<string> =>
    new Set(list.flatMap((each) => each.alerts.flatMap(({ truth }) => [...truth.phases])));
  // A phase whose reports the publisher ties to no step is judged by what was reported in its window.
  const named = new Set([...sum.phases].map((phase) => phase.replace(/[()]/g, '')));
  const seen = (list: readonly PlacedIncident<Labelled>[]): string[] => {
    const there = phasesOf(list);
    return [...named].filter((phase) => there.has(phase) || (!sum.phases.has(phase) && there.has(`(${phase})`)));
  };
  const main = [...shown].sort((a, b) => total(b, ({ attack }) => attack) - total(a, ({ attack }) => attack))[0];
  const missing = [...named].filter((phase) => !seen(shown).includes(phase));
  const attackShown = shown.reduce((count, each) => count + total(each, ({ attack }) => attack), 0);
  return [
    `  ${scenario}: ${sum.reports} reports, ${alerts} alerts, ${shown.length} items in the queue and ${incidents.length - shown.length} in the background, ${((1 - shown.length / sum.reports) * 100).toFixed(2)}% fewer`,
    `    phases in the queue ${seen(shown).length}/${named.size}${missing.length > 0 ? ` (not: ${missing.join(', ')})` : ''}, in any incident ${seen(incidents).length}/${named.size}; attack reports in the queue ${percent(attackShown, sum.attack)}`,
    ...(main
      ? [
          `    largest attack incident: ${main.alerts.length} alerts, phases ${seen([main]).length}/${named.size}, complete ${percent(
            total(main, ({ attack }) => attack),
            sum.attack,
          )}, pure ${percent(
            total(main, ({ attack }) => attack),
            total(main, ({ count }) => count),
          )}`,
        ]
      : []),
  ];
}
