/** What the benches that kill and starve processes share: a server to kill, events to send and to look for by content. */
import { type ChildProcess, fork } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type EmbeddedStore, openEmbeddedStore } from '@parapet/store';
import { type IngestOptions, openIngest } from '../../src/index.ts';

export interface Running {
  readonly child: ChildProcess;
  readonly url: string;
  /** Process id of its engine, which may have been started again meanwhile. */
  engine(): Promise<number>;
}

/** Random numbers that a seed repeats. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A folder with the connectors of some vendors: what is looked for is the way of the events, and few start sooner. */
export function connectorsOf(dir: string, vendors: readonly string[]): string {
  const source = fileURLToPath(new URL('../../../../content/connectors', import.meta.url));
  const target = join(dir, 'connectors');
  mkdirSync(target, { recursive: true });
  for (const name of vendors) cpSync(join(source, name), join(target, name), { recursive: true });
  for (const part of ['_endpoint.yaml', '_gateway.yaml', '_gateway-time.yaml'])
    cpSync(join(source, part), join(target, part));
  return target;
}

/** Start a server. A killed one frees its folder a moment later: tried until it is free. */
export async function startServer(dir: string, connectorsDir: string, tries = 120): Promise<Running> {
  try {
    const child = fork(fileURLToPath(new URL('../../test/crash-child.ts', import.meta.url)), [dir, connectorsDir], {
      execArgv: ['--import', 'tsx'],
      stdio: 'ignore',
    });
    const said = await new Promise<{ url: string }>((resolve, reject) => {
      child.once('message', (message) => resolve(message as { url: string }));
      child.once('exit', (code) => reject(new Error(`the server stopped at once (${code})`)));
    });
    const engine = (): Promise<number> =>
      new Promise((resolve) => {
        child.once('message', (message) => resolve((message as { engine: number }).engine));
        child.send('engine');
      });
    return { child, url: said.url, engine };
  } catch (error) {
    if (tries === 0) throw error;
    await sleep(250);
    return startServer(dir, connectorsDir, tries - 1);
  }
}

export function stopProcess(pid: number): void {
  try {
    if (pid > 0) process.kill(pid, 'SIGKILL');
  } catch {
    // Gone by itself.
  }
}

export async function killServer(running: Running): Promise<void> {
  const gone = new Promise((resolve) => running.child.once('exit', resolve));
  running.child.kill('SIGKILL');
  await gone;
}

/** Kinds of events, each with the tables in which every one must stand once. */
const KINDS = ['aws', 'windows'] as const;

/** An event that can be told by its id, of one kind or the other. */
export function eventOf(id: string, kind: (typeof KINDS)[number], filler: string): string {
  return JSON.stringify(
    kind === 'aws'
      ? { eventTime: '2024-01-01T00:00:00Z', eventSource: 's', eventName: 'E', eventID: id, filler }
      : {
          '@timestamp': '2024-01-01T00:00:00Z',
          Channel: 'Microsoft-Windows-Sysmon/Operational',
          SourceName: 'Microsoft-Windows-Sysmon',
          Hostname: 'pc-1.corp.example',
          EventID: 1,
          UtcTime: '2024-01-01 00:00:00.000',
          Image: 'C:\\Windows\\System32\\cmd.exe',
          CommandLine: id,
          ParentImage: 'C:\\Windows\\explorer.exe',
          CurrentDirectory: filler,
        },
  );
}

const TABLES = [
  ['aws', 'ParapetRawEvents', "JSONExtractString(RawEventData, 'eventID')"],
  ['aws', 'CloudAuditEvents', 'ReportId'],
  ['aws', 'AWSCloudTrail', 'AwsEventId'],
  ['windows', 'ParapetRawEvents', "JSONExtractString(RawEventData, 'CommandLine')"],
  ['windows', 'WindowsEvent', "JSONExtractString(EventData, 'CommandLine')"],
  ['windows', 'DeviceProcessEvents', 'ProcessCommandLine'],
] as const;

/** Kind of an event by its id. */
export const kindOf = (id: string): (typeof KINDS)[number] => (id.startsWith('windows') ? 'windows' : 'aws');

/**
 * Let the buffer run empty in this process, then look for every event by its content.
 * @param wanted ids that were acknowledged
 */
export async function judge(
  dir: string,
  connectorsDir: string,
  wanted: ReadonlySet<string>,
): Promise<{ readonly report: Record<string, unknown>; readonly bad: number }> {
  const store = await openAgain(dir);
  const ingest = await openIngest({
    store,
    dataDir: join(dir, 'ingest'),
    connectorsDir,
    authenticate: async () => null,
    log: { info: () => undefined, warn: () => undefined, error: console.error } as unknown as IngestOptions['log'],
  });
  await ingest.idle();
  let bad = 0;
  const report: Record<string, unknown> = { batches: ingest.lastCommittedBatch() };
  for (const [kind, table, id] of TABLES) {
    const found = await store.query(
      `SELECT ${id} AS id, count() AS times FROM hunting.${table} WHERE id LIKE '${kind}-%' GROUP BY id`,
    );
    const times = new Map(found.rows.map(([name, count]) => [String(name), Number(count)]));
    const lost = [...wanted].filter((name) => kindOf(name) === kind && !times.has(name)).length;
    const doubled = [...times.values()].filter((count) => count !== 1).length;
    bad += lost + doubled;
    report[`${kind} in ${table}`] = { events: times.size, lost, doubled };
  }
  await ingest.close();
  await store.close();
  return { report, bad };
}

async function openAgain(dir: string, tries = 120): Promise<EmbeddedStore> {
  return openEmbeddedStore({ dataDir: dir }).catch(async (error: unknown) => {
    if (tries === 0) throw error;
    await sleep(250);
    return openAgain(dir, tries - 1);
  });
}
