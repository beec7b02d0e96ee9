import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { appendWhenRoom } from '../src/sources/receivers.ts';
import type { ReceiverContext } from '../src/sources/types.ts';
import type { Ingest } from '../src/types.ts';
import { silent } from './setup.ts';

/** What a receiver gets from the product, for a source that is not in the registry. */
export function receiverContext(
  ingest: Ingest,
  kind: string,
  id: string,
  dir: string,
  settings: Record<string, unknown>,
): ReceiverContext {
  const dataDir = join(dir, id);
  mkdirSync(dataDir, { recursive: true });
  const sender = { id, name: id };
  return {
    ingest,
    source: {
      id,
      name: id,
      kind,
      enabled: true,
      connector: null,
      limits: { eventsPerSecond: null, bytesPerSecond: null },
      settings,
      createdAt: '2024-01-01T00:00:00Z',
      createdBy: 'test',
    },
    sender,
    dataDir,
    log: silent,
    appendWhenRoom: (request, signal) => appendWhenRoom(ingest, sender, request, signal),
  };
}

export async function until(check: () => boolean | Promise<boolean>, ms = 20_000): Promise<void> {
  for (const end = Date.now() + ms; Date.now() < end; await sleep(20)) if (await check()) return;
  throw new Error('it did not happen in time');
}
