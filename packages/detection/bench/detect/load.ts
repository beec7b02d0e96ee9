import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TelemetryStore } from '@parapet/store';
import { readDocuments } from '../../../ingest/src/formats/index.ts';
import { type IngestOptions, openIngest } from '../../../ingest/src/index.ts';
import { folderUnit, type Source, type Unit } from './units.ts';

/** A single event with a verdict of its own (`saas-audit/`). */
export interface Label {
  readonly rule: string;
  readonly test: string;
  readonly expected: boolean;
}

/** What was loaded: the index of every record names its unit. */
export interface Loaded {
  readonly units: Readonly<Record<string, Unit & { events: number }>>;
  /** Index → verdict. */
  readonly labels: Readonly<Record<string, Label & { unit: string }>>;
}

const CHUNK_EVENTS = 2_000;
const CHUNK_BYTES = 8 * 2 ** 20;
const SENDER = { id: 'bench', name: 'bench' };

/**
 * Send all files through the real readers, buffer and connectors, each unit under an index of its own.
 * @param dir folder of the store; what an earlier call loaded there is used again
 */
export async function load(store: TelemetryStore, dir: string, sources: readonly Source[]): Promise<Loaded> {
  const note = join(dir, 'loaded.json');
  if (existsSync(note)) return JSON.parse(readFileSync(note, 'utf8')) as Loaded;
  mkdirSync(dir, { recursive: true });
  const complain = (context: unknown, text?: string): void => console.error(text ?? context);
  const ingest = await openIngest({
    store,
    dataDir: join(dir, 'ingest'),
    connectorsDir: fileURLToPath(new URL('../../../../content/connectors', import.meta.url)),
    authenticate: async () => SENDER,
    log: { info: () => undefined, warn: complain, error: complain } as unknown as IngestOptions['log'],
  });
  const units: Record<string, Unit & { events: number }> = {};
  const labels: Record<string, Label & { unit: string }> = {};
  let groups = new Map<string, (Uint8Array | string)[]>();
  let pending = 0;
  let bytes = 0;
  const flush = async (): Promise<void> => {
    const request = { groups };
    groups = new Map();
    pending = 0;
    bytes = 0;
    while (request.groups.size > 0)
      try {
        await ingest.appendRequest(SENDER, request);
        return;
      } catch (error) {
        if ((error as { code?: string }).code !== 'buffer_full') throw error;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
  };
  const add = async (index: string, unit: Unit, document: Uint8Array | string): Promise<void> => {
    units[unit.name] ??= { ...unit, events: 0 };
    const entry = units[unit.name];
    if (entry) entry.events += 1;
    const list = groups.get(index) ?? [];
    list.push(document);
    groups.set(index, list);
    pending += 1;
    bytes += document.length;
    if (pending >= CHUNK_EVENTS || bytes > CHUNK_BYTES) await flush();
  };
  try {
    for (const { path, unit, byFolder } of sources)
      for await (const item of readDocuments(path, () => undefined)) {
        if (!('document' in item)) continue;
        const text = item.document.bytes.toString('utf8');
        const value = objectIn(text);
        if (!value) continue;
        if (unit.kind === 'labelled') {
          const index = `${unit.name}#${Object.keys(labels).length}`;
          const { log, expected_alert: expected, rule_id: rule, test } = value;
          labels[index] = { unit: unit.name, rule: String(rule), test: String(test), expected: expected === true };
          await add(index, unit, JSON.stringify(log));
        } else if (byFolder) {
          const entry = item.document.source.split('!').at(-1) ?? '';
          const own = folderUnit(unit, entry);
          await add(`${own.name}#${entry}`, own, item.document.bytes);
        } else await add(unit.name, unit, item.document.bytes);
      }
    await flush();
    await ingest.idle();
  } finally {
    await ingest.close();
  }
  const loaded = { units, labels };
  writeFileSync(note, JSON.stringify(loaded));
  return loaded;
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Unit of an index as `load` names them. */
export const unitOf = (index: string): string => index.split('#')[0] ?? index;
