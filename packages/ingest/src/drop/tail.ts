import type { FileHandle } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_MS = 250;
const READ_BYTES = 65_536;

/** Why a followed file came to its end. */
export type TailEnd = 'rotated' | 'truncated' | 'stopped';

/**
 * Bytes of a file from its start, and whatever is appended, until nothing more can come: its name belongs to another file
 * or to none and it has been quiet, or it was cut. The stream of a file that is merely read while it stops does not end,
 * because what comes last may be half a line.
 * @param rotated tells whether the name belongs to another file by now
 * @param onEnd told before the stream ends
 */
export async function* tail(
  handle: FileHandle,
  rotated: () => boolean,
  quietMs: number,
  signal: AbortSignal,
  onEnd: (why: TailEnd) => void,
): AsyncGenerator<Buffer> {
  let at = 0;
  let lastGrowth = Date.now();
  while (!signal.aborted) {
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    const { bytesRead } = await handle.read(buffer, 0, READ_BYTES, at);
    if (bytesRead > 0) {
      at += bytesRead;
      lastGrowth = Date.now();
      yield buffer.subarray(0, bytesRead);
      continue;
    }
    const { size } = await handle.stat();
    if (size < at) {
      onEnd('truncated');
      return;
    }
    if (rotated() && Date.now() - lastGrowth >= quietMs) {
      onEnd('rotated');
      return;
    }
    await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
  onEnd('stopped');
  throw signal.reason;
}
