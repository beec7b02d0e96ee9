import { crc32 } from 'node:zlib';

/**
 * A frame is the unit the disk buffer writes and checks: the events of one request (or a slice of a large one).
 *
 *     u32 length of the payload · u32 crc32 of the payload · payload
 *
 * The payload starts with a fixed header and then holds ClickHouse `RowBinary` rows, so that a batch file is a plain
 * concatenation of payload bodies and no event is touched twice in JavaScript.
 */
export const FRAME_PREFIX = 8;
/** u32 rows · u32 kind (0 events, 1 rejected lines, 2 events of a source that names its connector) · u64 sequence of the first row · f64 milliseconds of acceptance. */
export const PAYLOAD_HEADER = 24;
/** A frame never grows beyond one event line (10 MB by default) plus its fields; anything larger is not a frame. */
export const MAX_PAYLOAD = 128 * 2 ** 20;

/** Columns of one row, in the order the bytes hold them. */
export const ROW_STRUCTURE =
  "Sequence Int64, ReceivedTime DateTime64(7, 'UTC'), SourceId String, SourceName String, IndexName String, RawEventData String";

export interface FrameHeader {
  readonly events: number;
  /** The rows are rejected lines on their way to the dead-letter table. */
  readonly rejected: boolean;
  /** The source of the events names the connector that reads them. */
  readonly pinned: boolean;
  readonly firstSequence: number;
  readonly acceptedAt: number;
}

export interface FrameInput {
  readonly rejected?: boolean;
  readonly pinned?: boolean;
  readonly firstSequence: number;
  /** Milliseconds since the epoch. */
  readonly acceptedAt: number;
  readonly sourceId: string;
  readonly sourceName: string;
  readonly indexName: string;
  /** The raw JSON text of each event, without line ends. */
  readonly documents: readonly Uint8Array[];
}

/** Bytes of an unsigned LEB128 number, as RowBinary writes string lengths. */
export function varintSize(value: number): number {
  let size = 1;
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) size++;
  return size;
}

function writeVarint(target: Buffer, value: number, offset: number): number {
  let rest = value;
  let at = offset;
  while (rest >= 128) {
    target[at++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  target[at++] = rest;
  return at;
}

function stringField(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  const out = Buffer.allocUnsafe(varintSize(bytes.length) + bytes.length);
  bytes.copy(out, writeVarint(out, bytes.length, 0));
  return out;
}

/**
 * Encode a complete frame, prefix included.
 * @param allocate gives the memory of the frame
 * Ticks of `ReceivedTime` are 100 ns since the epoch, as `DateTime64(7)` stores them.
 */
export function encodeFrame(
  input: FrameInput,
  allocate: (bytes: number) => Buffer = (bytes) => Buffer.allocUnsafe(bytes),
): Buffer {
  const clock = Buffer.allocUnsafe(8);
  clock.writeBigInt64LE(BigInt(Math.trunc(input.acceptedAt)) * 10_000n);
  /** What is the same in every row: it stands between the sequence number and the document. */
  const fields = Buffer.concat([
    clock,
    stringField(input.sourceId),
    stringField(input.sourceName),
    stringField(input.indexName),
  ]);
  let size = FRAME_PREFIX + PAYLOAD_HEADER;
  for (const document of input.documents) size += 8 + fields.length + varintSize(document.length) + document.length;
  const frame = allocate(size);
  let at = FRAME_PREFIX;
  at = frame.writeUInt32LE(input.documents.length, at);
  at = frame.writeUInt32LE(input.rejected ? 1 : input.pinned ? 2 : 0, at);
  at = frame.writeBigUInt64LE(BigInt(input.firstSequence), at);
  at = frame.writeDoubleLE(input.acceptedAt, at);
  let sequence = input.firstSequence;
  for (const document of input.documents) {
    at = frame.writeUInt32LE(sequence % 2 ** 32, at);
    at = frame.writeUInt32LE(Math.floor(sequence / 2 ** 32), at);
    at += fields.copy(frame, at);
    at = writeVarint(frame, document.length, at);
    frame.set(document, at);
    at += document.length;
    sequence++;
  }
  sealFrame(frame);
  return frame;
}

/** Fill in length and checksum of a frame whose payload stands at {@link FRAME_PREFIX}. */
export function sealFrame(frame: Buffer): void {
  const payload = frame.subarray(FRAME_PREFIX);
  frame.writeUInt32LE(payload.length, 0);
  frame.writeUInt32LE(crc32(payload), 4);
}

/** Header of a payload that {@link scanFrames} found intact. */
export function readHeader(payload: Buffer): FrameHeader {
  return {
    events: payload.readUInt32LE(0),
    rejected: payload.readUInt32LE(4) === 1,
    pinned: payload.readUInt32LE(4) === 2,
    firstSequence: Number(payload.readBigUInt64LE(8)),
    acceptedAt: payload.readDoubleLE(16),
  };
}

/** The RowBinary rows of a payload. */
export function frameRows(payload: Buffer): Buffer {
  return payload.subarray(PAYLOAD_HEADER);
}

export type FrameCheck =
  | { readonly kind: 'frame'; readonly payload: Buffer; readonly next: number }
  /** More bytes are needed before anything can be said: a torn tail, or the end of what was read. */
  | { readonly kind: 'short'; readonly need: number }
  | { readonly kind: 'corrupt'; readonly reason: string; readonly next: number | null };

/** Look at the frame that starts at `offset`. `next` of a corrupt frame is null when its length cannot be believed. */
export function checkFrame(bytes: Buffer, offset: number): FrameCheck {
  if (bytes.length - offset < FRAME_PREFIX) return { kind: 'short', need: FRAME_PREFIX };
  const length = bytes.readUInt32LE(offset);
  if (length < PAYLOAD_HEADER || length > MAX_PAYLOAD)
    return { kind: 'corrupt', reason: `impossible frame length ${length}`, next: null };
  const end = offset + FRAME_PREFIX + length;
  if (bytes.length < end) return { kind: 'short', need: FRAME_PREFIX + length };
  const payload = bytes.subarray(offset + FRAME_PREFIX, end);
  if (crc32(payload) !== bytes.readUInt32LE(offset + 4))
    return { kind: 'corrupt', reason: 'checksum does not match', next: end };
  return { kind: 'frame', payload, next: end };
}
