/**
 * Sigma rules of a checkout (a folder with rule files, e.g. SigmaHQ/sigma) through our translation:
 *
 *     npx tsx bench/sigma/run.ts <checkout> [--rules folder,folder] [--no-compile] [--run] [--recordings] [--json out.json]
 *
 * Says how many documents translate, with a warning, or are refused and why; that each query compiles; with `--run` that each
 * runs on the engine; with `--recordings` whether each rule that the checkout has a recording for (`regression_data`) finds it
 * after the recording went through our readers and connectors. Nothing of the checkout is kept.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { KQL_RESULT_SETTINGS } from '@parapet/kql';
import { createHunting, openEmbeddedStore } from '@parapet/store';
import { parse } from 'yaml';
import {
  convertSigma,
  loadPipelines,
  type SigmaFile,
  type SigmaResult,
} from '../../packages/detection/src/sigma/index.ts';
import { readDocuments } from '../../packages/ingest/src/formats/index.ts';
import { type IngestOptions, openIngest } from '../../packages/ingest/src/index.ts';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rules: {
      type: 'string',
      default: 'rules,rules-emerging-threats,rules-threat-hunting,rules-compliance,rules-placeholder',
    },
    'no-compile': { type: 'boolean', default: false },
    run: { type: 'boolean', default: false },
    recordings: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const checkout = positionals[0];
if (!checkout) {
  console.error('usage: run.ts <checkout> [--rules folders] [--no-compile] [--run] [--recordings] [--json file]');
  process.exit(2);
}
const content = fileURLToPath(new URL('../../content', import.meta.url));
const percent = (part: number, whole: number): string => `${((100 * part) / Math.max(1, whole)).toFixed(1)}%`;

function below(folder: string, suffix: RegExp): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && suffix.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

const dir = mkdtempSync(join(tmpdir(), 'parapet-sigma-'));
const store = await openEmbeddedStore({ dataDir: dir });
const hunting = createHunting(store);

try {
  const wanted = options.rules.split(',').map((folder) => join(checkout, folder));
  const paths = wanted.some(existsSync)
    ? wanted.flatMap((folder) => below(folder, /\.ya?ml$/))
    : below(checkout, /\.ya?ml$/);
  const files: SigmaFile[] = paths.map((path) => ({
    name: path.slice(checkout.length + 1),
    text: readFileSync(path, 'utf8'),
  }));
  await hunting.compile('DeviceEvents | take 1');
  const started = performance.now();
  const report = await convertSigma(files, {
    pipelines: loadPipelines(join(content, 'sigma')),
    ...(options['no-compile']
      ? {}
      : {
          check: async (query: string) => {
            const compiled = await hunting.compile(query);
            return compiled.ok ? undefined : (compiled.errors[0]?.message ?? 'unknown');
          },
        }),
  });
  const seconds = (performance.now() - started) / 1000;
  console.log(`${files.length} files, ${report.documents} documents in ${seconds.toFixed(1)} s`);
  console.log(
    `translated ${report.translated} (${percent(report.translated, report.documents)}), with a warning ${report.warnings} (${percent(report.warnings, report.documents)}), refused ${report.refused}`,
  );
  summary(report.results);
  if (options.run) await runAll(report.results);
  if (options.recordings) await replay(report.results);
  if (options.json) writeFileSync(options.json, JSON.stringify(report, undefined, 1));
} finally {
  await store.close();
  rmSync(dir, { recursive: true, force: true });
}
process.exit(0);

function summary(results: readonly SigmaResult[]): void {
  const products = new Map<string, { all: number; clean: number; warned: number }>();
  const refusals = new Map<string, number>();
  const warnings = new Map<string, number>();
  const held = { all: 0, converted: 0 };
  for (const result of results) {
    const product = result.logSource.split('/')[0] ?? '-';
    const line = products.get(product) ?? { all: 0, clean: 0, warned: 0 };
    line.all++;
    if (result.status === 'translated') line.clean++;
    if (result.status === 'warning') line.warned++;
    products.set(product, line);
    const notHeld = result.reasons[0]?.startsWith('no table holds');
    if (!notHeld) held.all++;
    if (!notHeld && result.status !== 'refused') held.converted++;
    const counted = result.status === 'refused' ? refusals : warnings;
    for (const reason of result.status === 'translated' ? [] : result.reasons)
      counted.set(
        reason.replace(/%[\w-]+%/, '%…%').replace(/"[^"]+"/, '"…"'),
        (counted.get(reason.replace(/%[\w-]+%/, '%…%').replace(/"[^"]+"/, '"…"')) ?? 0) + 1,
      );
  }
  console.log(
    `log sources that our tables hold: ${held.converted} of ${held.all} (${percent(held.converted, held.all)})`,
  );
  for (const [product, { all, clean, warned }] of [...products].sort((a, b) => b[1].all - a[1].all))
    console.log(
      `  ${product.padEnd(14)} ${String(all).padStart(5)}  translated ${percent(clean, all).padStart(6)}  or with a warning ${percent(clean + warned, all).padStart(6)}`,
    );
  for (const [title, counted] of [
    ['refused', refusals],
    ['warnings', warnings],
  ] as const) {
    console.log(`${title}:`);
    for (const [reason, count] of [...counted].sort((a, b) => b[1] - a[1]).slice(0, 40))
      console.log(`  ${String(count).padStart(4)}  ${reason}`);
  }
}

/** Every statement on the real engine: an expression that it does not take, or a type that does not fit, shows here. */
async function runAll(results: readonly SigmaResult[]): Promise<void> {
  const started = performance.now();
  let failed = 0;
  let ran = 0;
  for (const { rule, file } of results) {
    if (!rule) continue;
    const compiled = await hunting.compile(`${rule.query}\n| count`);
    if (!compiled.ok) {
      failed++;
      console.log(`  does not compile: ${file}: ${compiled.errors[0]?.message}`);
      continue;
    }
    try {
      ran++;
      await store.query(compiled.sql, { params: compiled.params, settings: KQL_RESULT_SETTINGS });
    } catch (error) {
      failed++;
      console.log(`  does not run: ${file}: ${(error as Error).message.slice(0, 200)}`);
    }
  }
  console.log(`ran ${ran} queries in ${((performance.now() - started) / 1000).toFixed(1)} s, ${failed} failed`);
}

interface Recording {
  readonly info: string;
  readonly ids: readonly string[];
  readonly files: readonly string[];
}

async function replay(results: readonly SigmaResult[]): Promise<void> {
  const ingest = await openIngest({
    store,
    dataDir: join(dir, 'ingest'),
    connectorsDir: join(content, 'connectors'),
    authenticate: async () => ({ id: 'bench', name: 'bench' }),
    log: { info: () => undefined, warn: console.error, error: console.error } as unknown as IngestOptions['log'],
  });
  const recordings: Recording[] = [];
  for (const info of below(join(checkout as string, 'regression_data'), /^info\.ya?ml$/)) {
    const data = parse(readFileSync(info, 'utf8')) as { rule_metadata?: { id: string }[] };
    const folder = below(dirname(info), /\.(evtx|json|raw)$/).filter((path) => dirname(path) === dirname(info));
    const evtx = folder.filter((path) => path.endsWith('.evtx'));
    recordings.push({
      info,
      ids: (data.rule_metadata ?? []).map(({ id }) => id),
      files: evtx.length > 0 ? evtx : folder,
    });
  }
  let events = 0;
  for (const [index, recording] of recordings.entries())
    for (const path of recording.files) {
      const documents: Buffer[] = [];
      for await (const item of readDocuments(path, () => undefined))
        if ('document' in item) documents.push(item.document.bytes);
      events += documents.length;
      for (let start = 0; start < documents.length; start += 1000)
        await ingest.append({ id: 'bench', name: 'bench' }, `recording-${index}`, documents.slice(start, start + 1000));
    }
  await ingest.idle();
  const byId = new Map(results.map((result) => [result.id, result]));
  const counts = { found: 0, missed: 0, refused: 0, absent: 0 };
  for (const [index, { info, ids }] of recordings.entries())
    for (const id of ids) {
      const result = byId.get(id);
      const name = info.slice((checkout as string).length + 17).replace('/info.yml', '');
      if (!result) counts.absent++;
      if (!result?.rule) {
        if (result) counts.refused++;
        console.log(`  ${result ? `refused: ${result.reasons[0]}` : 'not in the rules'}: ${name}`);
        continue;
      }
      const table = result.table as string;
      const sql = `arrayStringConcat(arraySlice(splitByChar(':', _ItemId), 1, 2), ':') IN (SELECT _ItemId FROM hunting.ParapetRawEvents WHERE IndexName = 'recording-${index}')`;
      const compiled = await hunting.compile(`${result.rule.query}\n| count`, {
        restrictions: { [table]: { sql, params: {} } },
      });
      if (!compiled.ok) throw new Error(`${name}: ${compiled.errors[0]?.message}`);
      const { rows } = await store.query(compiled.sql, { params: compiled.params, settings: KQL_RESULT_SETTINGS });
      if (Number(rows[0]?.[0]) > 0) counts.found++;
      else {
        counts.missed++;
        console.log(`  missed: ${name} (${id})`);
      }
    }
  console.log(
    `recordings: ${recordings.length} with ${events} events; found ${counts.found}, missed ${counts.missed}, refused ${counts.refused}, rule not in the set ${counts.absent}`,
  );
  await ingest.close();
}
