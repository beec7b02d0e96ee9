/**
 * Many rules over arriving events: `npx tsx bench/sigma/pass.ts <checkout of Sigma rules> <file or folder of events…>`.
 * Imports every rule that translates (the time of that is printed), loads the events through readers and connectors, then shows the
 * batches to the running rules and prints rules × events a second.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openTestState } from '@parapet/state/testing';
import { createHunting, openEmbeddedStore } from '@parapet/store';
import { type CommittedBatch, createDetection, detectionMigrations } from '../../packages/detection/src/index.ts';
import { loadPipelines, type SigmaFile, SigmaImport } from '../../packages/detection/src/sigma/index.ts';
import { readDocuments } from '../../packages/ingest/src/formats/index.ts';
import { type IngestOptions, openIngest } from '../../packages/ingest/src/index.ts';

const [checkout, ...inputs] = process.argv.slice(2);
if (!checkout || inputs.length === 0) {
  console.error('usage: pass.ts <checkout> <file or folder of events…>');
  process.exit(2);
}
const content = fileURLToPath(new URL('../../content', import.meta.url));
const below = (folder: string, suffix: RegExp): string[] =>
  !existsSync(folder)
    ? []
    : statSync(folder).isFile()
      ? [folder]
      : readdirSync(folder, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile() && suffix.test(entry.name))
          .map((entry) => join(entry.parentPath, entry.name))
          .sort();

const dir = mkdtempSync(join(tmpdir(), 'parapet-pass-'));
const store = await openEmbeddedStore({ dataDir: dir });
const hunting = createHunting(store);
const state = await openTestState(detectionMigrations);
const quiet = { info: () => undefined, warn: () => undefined, error: console.error };
let alerts = 0;
const found = new Set<string>();
const detection = await createDetection({
  hunting,
  store,
  state,
  contentDir: mkdtempSync(join(tmpdir(), 'parapet-no-rules-')),
  sink: {
    accept: async (drafts) => {
      alerts += drafts.length;
      for (const { ruleId } of drafts) found.add(ruleId);
      return { created: drafts.length, repeated: 0 };
    },
  },
  log: quiet,
});
try {
  const job = { signal: new AbortController().signal, progress: () => undefined };
  const files: SigmaFile[] = [
    'rules',
    'rules-emerging-threats',
    'rules-threat-hunting',
    'rules-compliance',
    'rules-placeholder',
  ]
    .flatMap((folder) => below(join(checkout, folder), /\.ya?ml$/))
    .map((path) => ({ name: path.slice(checkout.length + 1), text: readFileSync(path, 'utf8') }));
  const sigma = new SigmaImport(
    { hunting, rules: detection.service, names: async () => new Map() },
    loadPipelines(join(content, 'sigma')),
  );
  const started = performance.now();
  const check = await sigma.check(files, 'bench', job);
  const checked = performance.now();
  const done = await sigma.apply(check.id, { state: 'on', warnings: true }, { username: 'bench' }, job);
  const stored = performance.now();
  console.log(
    `${cpus().length} cores; ${check.documents} documents checked in ${((checked - started) / 1000).toFixed(1)} s, ${done.created} rules stored in ${((stored - checked) / 1000).toFixed(1)} s, ${done.failed.length} not`,
  );
  for (const { name, problem } of done.failed.slice(0, 5)) console.log(`  not stored: ${name}: ${problem}`);

  const batches: CommittedBatch[] = [];
  const ingest = await openIngest({
    store,
    dataDir: join(dir, 'ingest'),
    connectorsDir: join(content, 'connectors'),
    authenticate: async () => ({ id: 'bench', name: 'bench' }),
    log: quiet as unknown as IngestOptions['log'],
  });
  ingest.onCommitted(async (batch) => void batches.push(batch));
  let events = 0;
  for (const path of inputs.flatMap((input) => below(input, /./))) {
    let documents: Buffer[] = [];
    const flush = async (): Promise<void> => {
      const part = documents;
      documents = [];
      if (part.length > 0) await ingest.append({ id: 'bench', name: 'bench' }, 'bench', part);
    };
    for await (const item of readDocuments(path, () => undefined)) {
      if (!('document' in item)) continue;
      documents.push(item.document.bytes);
      events++;
      if (documents.length >= 2_000) await flush();
    }
    await flush();
  }
  await ingest.idle();
  await ingest.close();
  const rows = batches.flatMap(({ tables }) => Object.values(tables)).reduce((sum, count) => sum + count, 0);
  console.log(`${events.toLocaleString('en')} events, ${rows.toLocaleString('en')} rows in ${batches.length} batches`);
  for (const round of ['first pass (plans are made)', 'second pass']) {
    const begin = performance.now();
    for (const batch of batches) await detection.onBatch(batch);
    const seconds = (performance.now() - begin) / 1000;
    console.log(
      `${round}: ${seconds.toFixed(1)} s, ${Math.round(events / seconds).toLocaleString('en')} events/s, ${Math.round((events * done.created) / seconds).toExponential(2)} rules × events/s; ${alerts} alerts of ${found.size} rules`,
    );
  }
} finally {
  await detection.close();
  await state.close();
  await store.close();
  rmSync(dir, { recursive: true, force: true });
}
process.exit(0);
