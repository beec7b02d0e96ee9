import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { BinXmlReader } from './binxml.ts';
import { type Json, renderRecord } from './render.ts';
import { EvtxError } from './values.ts';

/**
 * Windows event log files (EVTX), read chunk by chunk: memory stays at one chunk however large the file is. Files that
 * were not closed (dirty), cut off or damaged give every record that can still be read, and say what could not.
 *
 * Format: a file header of 4,096 bytes (`ElfFile`), then chunks of 65,536 bytes (`ElfChnk`) that stand on their own:
 * names and templates of a record are in its chunk.
 */

export const FILE_SIGNATURE = Buffer.from('ElfFile\0', 'latin1');
const CHUNK_SIGNATURE = Buffer.from('ElfChnk\0', 'latin1');
const RECORD_SIGNATURE = Buffer.from([0x2a, 0x2a, 0, 0]);
const HEADER_BYTES = 4_096;
const CHUNK_BYTES = 65_536;
const CHUNK_HEADER_BYTES = 512;
/** Signature, size, number, time before the binary XML of a record, and the size again behind it. */
const RECORD_HEAD = 24;
const RECORD_TAIL = 4;

export interface EvtxRecord {
  /** Number of the record in its log. */
  readonly number: string;
  readonly value: Json;
}

export interface EvtxProblem {
  /** Where: `chunk 3`, `chunk 3, record 1234`. */
  readonly place: string;
  readonly problem: string;
}

/** Whether a file starts as an EVTX file does. */
export function isEvtx(head: Buffer): boolean {
  return head.subarray(0, FILE_SIGNATURE.length).equals(FILE_SIGNATURE);
}

/**
 * The records of an EVTX file, in the order of the file.
 * @param stream the file from its first byte
 */
export async function* readEvtx(stream: Readable): AsyncGenerator<EvtxRecord | EvtxProblem> {
  let dirty = false;
  let header = true;
  let chunk = 0;
  /** Blocks in a row that are not chunks. */
  let foreign = 0;
  for await (const block of blocks(stream)) {
    if (header) {
      header = false;
      if (!isEvtx(block)) {
        yield { place: 'header', problem: 'not an event log file' };
        return;
      }
      if (block.length < HEADER_BYTES) {
        yield { place: 'header', problem: 'the file ends inside its header' };
        return;
      }
      dirty = (block.readUInt32LE(120) & 1) === 1;
      continue;
    }
    chunk++;
    if (isChunk(block)) {
      if (foreign > 0) yield noChunks(chunk - foreign, chunk - 1);
      foreign = 0;
      yield* readChunk(block, `chunk ${chunk}`, dirty);
    } else if (foreign > 0 || block.some((byte) => byte !== 0)) foreign++;
  }
  if (foreign > 0) yield noChunks(chunk - foreign + 1, chunk);
  if (header) yield { place: 'header', problem: 'the file is empty' };
}

function isChunk(block: Buffer): boolean {
  return block.length >= CHUNK_HEADER_BYTES && block.subarray(0, 8).equals(CHUNK_SIGNATURE);
}

/** A log grows ahead of its records: blocks that were never used hold zeros (not reported) or what was there before. */
function noChunks(from: number, to: number): EvtxProblem {
  return {
    place: from === to ? `chunk ${from}` : `chunks ${from} to ${to}`,
    problem: 'no records here: never used, or damaged',
  };
}

/** The header, then chunks; the last one may be cut off. Every block is a buffer of its own. */
async function* blocks(stream: Readable): AsyncGenerator<Buffer> {
  let want = HEADER_BYTES;
  let block = Buffer.alloc(want);
  let filled = 0;
  for await (const piece of stream as AsyncIterable<Buffer>) {
    let at = 0;
    while (at < piece.length) {
      const taken = piece.copy(block, filled, at, Math.min(piece.length, at + want - filled));
      filled += taken;
      at += taken;
      if (filled < want) continue;
      yield block;
      want = CHUNK_BYTES;
      block = Buffer.alloc(want);
      filled = 0;
    }
  }
  if (filled > 0) yield block.subarray(0, filled);
}

function* readChunk(chunk: Buffer, place: string, dirty: boolean): Generator<EvtxRecord | EvtxProblem> {
  const free = Math.min(chunk.readUInt32LE(48), chunk.length);
  if (!dirty && chunk.length === CHUNK_BYTES && free >= CHUNK_HEADER_BYTES) {
    const stored = chunk.readUInt32LE(52);
    const head = crc32(chunk.subarray(128, CHUNK_HEADER_BYTES), crc32(chunk.subarray(0, 120)));
    if (head !== chunk.readUInt32LE(124) || crc32(chunk.subarray(CHUNK_HEADER_BYTES, free)) !== stored)
      yield { place, problem: 'the checksum is wrong: the chunk is damaged; records that can be read are taken' };
  }
  const reader = new BinXmlReader(chunk);
  let at = CHUNK_HEADER_BYTES;
  let last = -1n;
  while (at + RECORD_HEAD + RECORD_TAIL <= chunk.length) {
    const known = chunk.subarray(at, at + 4).equals(RECORD_SIGNATURE);
    const size = known ? chunk.readUInt32LE(at + 4) : 0;
    const number = known ? chunk.readBigUInt64LE(at + 8) : 0n;
    // Behind the end that the header tells, only what follows on is taken: the header of an open log lags behind.
    if (at >= free && (!known || number !== last + 1n)) return;
    if (!known || size < RECORD_HEAD + RECORD_TAIL || at + size > chunk.length) {
      if (known && at + size > chunk.length && chunk.length < CHUNK_BYTES) {
        yield { place: `${place}, record ${number}`, problem: 'the file ends inside this record' };
        return;
      }
      const next = chunk.indexOf(RECORD_SIGNATURE, at + 4);
      yield {
        place,
        problem: `no record at byte ${at}${next === -1 || next >= free ? '; the rest of the chunk is left out' : ''}`,
      };
      if (next === -1 || next >= free) return;
      at = next;
      continue;
    }
    try {
      yield {
        number: number.toString(),
        value: renderRecord(chunk, reader, at + RECORD_HEAD, at + size - RECORD_TAIL),
      };
      last = number;
    } catch (error) {
      last = number;
      // Anything but a report of our own would be a read outside of the chunk: the bytes are at fault all the same.
      const reason = error instanceof EvtxError || error instanceof RangeError ? error.message : null;
      if (reason === null) throw error;
      yield { place: `${place}, record ${number}`, problem: reason };
    }
    at += size;
  }
  if (chunk.length < CHUNK_BYTES) yield { place, problem: 'the file ends inside this chunk' };
}
