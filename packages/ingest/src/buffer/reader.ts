import type { FileHandle } from 'node:fs/promises';
import type { Position } from './disk-buffer.ts';
import type { BufferFiles } from './files.ts';
import { checkFrame, FRAME_PREFIX, readHeader } from './frame.ts';
import type { Scratch } from './scratch.ts';

/** Bytes that are read at a time. */
export const CHUNK = 4 * 2 ** 20;

export interface Damage {
  readonly segment: number;
  readonly offset: number;
  readonly reason: string;
}

export interface FrameRead {
  readonly payloads: readonly Buffer[];
  readonly events: number;
  readonly bytes: number;
  /** Where the next read starts. */
  readonly next: Position;
}

interface ReadRequest {
  readonly files: BufferFiles;
  path(segment: number): string;
  readonly sizes: ReadonlyMap<number, number>;
  readonly end: Position;
  readonly from: Position;
  readonly limits: { readonly maxEvents: number; readonly maxBytes: number };
  /** Where the memory of the payloads comes from; new memory without it. */
  readonly scratch?: Scratch;
  onDamage(damage: Damage): void;
}

async function fill(handle: FileHandle, position: number, length: number, scratch?: Scratch): Promise<Buffer> {
  const buffer = scratch?.take(length) ?? Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(buffer, done, length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return buffer.subarray(0, done);
}

/** Walk the frames of one file from `offset` to `size`; the callback returns false to stop before a frame. */
async function walk(
  handle: FileHandle,
  offset: number,
  size: number,
  visit: (payload: Buffer, next: number) => boolean,
  skipped: (offset: number, reason: string) => void,
  scratch?: Scratch,
): Promise<{ readonly at: number; readonly stopped: boolean; readonly damage: string | null }> {
  let at = offset;
  let want = CHUNK;
  while (at < size) {
    const bytes = await fill(handle, at, Math.min(want, size - at), scratch);
    want = CHUNK;
    let local = 0;
    for (;;) {
      const check = checkFrame(bytes, local);
      if (check.kind === 'frame') {
        if (!visit(check.payload, at + check.next)) return { at: at + local, stopped: true, damage: null };
        local = check.next;
        if (local === bytes.length) break;
        continue;
      }
      if (check.kind === 'short') {
        if (at + local + check.need > size) return { at: at + local, stopped: false, damage: 'torn frame' };
        want = Math.max(CHUNK, check.need + FRAME_PREFIX);
        break;
      }
      if (check.next === null) return { at: at + local, stopped: false, damage: check.reason };
      // Only this frame is damaged: its length still leads to the next one.
      skipped(at + local, check.reason);
      local = check.next;
      if (local === bytes.length) break;
    }
    at += local;
  }
  return { at, stopped: false, damage: null };
}

/** Length of the intact beginning of a segment, and the sequence number after its last event (0 when it has none). */
export async function scanSegment(
  files: BufferFiles,
  path: string,
  size: number,
): Promise<{ readonly validBytes: number; readonly nextSequence: number }> {
  const handle = await files.openRead(path);
  try {
    let nextSequence = 0;
    let validBytes = 0;
    const visit = (payload: Buffer, next: number): boolean => {
      const header = readHeader(payload);
      nextSequence = header.firstSequence + header.events;
      validBytes = next;
      return true;
    };
    await walk(handle, 0, size, visit, () => undefined);
    return { validBytes, nextSequence };
  } finally {
    await handle.close();
  }
}

/** See `DiskBuffer.read`. */
export async function readFrames(request: ReadRequest): Promise<FrameRead> {
  const payloads: Buffer[] = [];
  let events = 0;
  let bytes = 0;
  let next = request.from;
  const segments = [...request.sizes.keys()].filter((id) => id >= request.from.segment).sort((a, b) => a - b);
  for (const segment of segments) {
    const size = segment === request.end.segment ? request.end.offset : (request.sizes.get(segment) ?? 0);
    const offset = segment === request.from.segment ? request.from.offset : 0;
    if (offset >= size) {
      if (segment < request.end.segment) next = { segment: segment + 1, offset: 0 };
      continue;
    }
    const handle = await request.files.openRead(request.path(segment));
    try {
      const visit = (payload: Buffer): boolean => {
        const header = readHeader(payload);
        const full =
          events > 0 &&
          (events + header.events > request.limits.maxEvents || bytes + payload.length > request.limits.maxBytes);
        if (full) return false;
        payloads.push(payload);
        events += header.events;
        bytes += payload.length;
        return true;
      };
      const skipped = (at: number, reason: string): void => request.onDamage({ segment, offset: at, reason });
      const walked = await walk(handle, offset, size, visit, skipped, request.scratch);
      next = { segment, offset: walked.at };
      if (walked.stopped) return { payloads, events, bytes, next };
      if (walked.damage) {
        // The rest of this segment cannot be trusted; later segments are whole files of their own.
        request.onDamage({ segment, offset: walked.at, reason: walked.damage });
        next = { segment, offset: size };
      }
    } finally {
      await handle.close();
    }
  }
  return { payloads, events, bytes, next };
}
