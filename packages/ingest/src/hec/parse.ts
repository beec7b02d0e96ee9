import type { Growth } from '../http/growth.ts';
import { asUtf8, endOfValue, members, skipSpace } from '../http/json.ts';
import type { RejectedLine } from '../types.ts';
import { HEC, type HecCode } from './codes.ts';
import { type HecMeta, hecRecord } from './record.ts';

export interface ParsedEvents {
  /** Records by index name. */
  readonly groups: Map<string, Buffer[]>;
  readonly accepted: number;
  readonly rejected: readonly RejectedLine[];
  /** The first event that was refused, counted from 0, and why. */
  readonly failure: { readonly answer: HecCode; readonly number: number } | null;
}

export interface EventOptions {
  /** Longest event in bytes. */
  readonly maxBytes: number;
  /** From the address of the request; what an event says itself comes first. */
  readonly defaults: HecMeta;
  /** Indexes a sender may name; null allows every one. */
  readonly indexes: ReadonlySet<string> | null;
  readonly growth: Growth;
}

const KEEP_BYTES = 65_536;
const OBJECT = 123;
const CLOSE_OBJECT = 125;
const NEWLINE = 10;

/**
 * Read a body of JSON objects that follow each other with or without something between them. Reading stops at the first
 * bad event, which is set aside: the events before it are stored, those behind it are not, and the answer says where to
 * go on. A sender that sends the rest from `invalid-event-number` on so neither doubles nor loses any.
 */
export function parseEvents(body: Buffer, options: EventOptions): ParsedEvents {
  const groups = new Map<string, Buffer[]>();
  const rejected: RejectedLine[] = [];
  let accepted = 0;
  let number = 0;
  let failure: ParsedEvents['failure'] = null;
  const refuse = (answer: HecCode, reason: string, detail: string, raw: Uint8Array): void => {
    failure = { answer, number };
    rejected.push({ reason, detail: `Event ${number}: ${detail}`, raw: raw.subarray(0, KEEP_BYTES) });
  };
  for (let at = skipSeparators(body, 0); at < body.length && !failure; number++, at = skipSeparators(body, at)) {
    const end = body[at] === OBJECT ? endOfValue(body, at) : -1;
    if (end === -1) {
      refuse(HEC.invalidFormat, 'malformed_json', 'no complete JSON object begins here.', body.subarray(at));
      continue;
    }
    const bytes = body.subarray(at, end);
    if (bytes.length > options.maxBytes) {
      const detail = `it has ${bytes.length} bytes; the limit is ${options.maxBytes}.`;
      refuse(HEC.invalidFormat, 'line_too_long', detail, bytes);
      continue;
    }
    let envelope: Record<string, unknown>;
    try {
      envelope = JSON.parse(bytes.toString('utf8')) as Record<string, unknown>;
    } catch (error) {
      refuse(HEC.invalidFormat, 'malformed_json', shorten(error), bytes);
      continue;
    }
    at = end;
    const problem = problemOf(envelope, options);
    if (problem) {
      refuse(problem, 'malformed_event', problem[2], bytes);
      continue;
    }
    const { time, host, source, sourcetype, index, fields } = { ...options.defaults, ...envelope };
    const record = hecRecord(objectOf(bytes, envelope.event), envelope.event, {
      time,
      host,
      source,
      sourcetype,
      index,
      fields,
    });
    options.growth.add(record.length);
    const name = typeof index === 'string' ? index.slice(0, 255) : '';
    const group = groups.get(name);
    if (group) group.push(record);
    else groups.set(name, [record]);
    accepted++;
  }
  return { groups, accepted, rejected, failure };
}

/** Looking for the end of an object that spans lines may read the same bytes again and again; this bounds how often. */
class Patience {
  private left: number;

  constructor(body: Buffer) {
    this.left = 4 * body.length + 1_000_000;
  }

  /** False once it has run out. */
  waste(bytes: number): boolean {
    this.left -= bytes;
    return this.left > 0;
  }
}

function problemOf(envelope: Record<string, unknown>, options: EventOptions): HecCode | null {
  const { event, fields, index } = envelope;
  if (event === undefined || event === null) return HEC.eventRequired;
  if (event === '') return HEC.eventBlank;
  if (fields !== undefined && fields !== null && (typeof fields !== 'object' || Array.isArray(fields)))
    return HEC.invalidFields;
  if (index !== undefined && index !== null && typeof index !== 'string') return HEC.incorrectIndex;
  if (options.indexes && typeof index === 'string' && index !== '' && !options.indexes.has(index))
    return HEC.incorrectIndex;
  return null;
}

function objectOf(bytes: Buffer, event: unknown): Parameters<typeof hecRecord>[0] {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) return null;
  const span = members(bytes).get('event');
  return span ? { bytes: bytes.subarray(span.start, span.end), keys: new Set(Object.keys(event)) } : null;
}

/** Events may be parted by white space or commas, and some senders put the whole in an array. */
function skipSeparators(body: Buffer, from: number): number {
  let at = skipSpace(body, from);
  for (let byte = body[at]; byte === 44 || byte === 91 || byte === 93; byte = body[at]) at = skipSpace(body, at + 1);
  return at;
}

function shorten(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 200) : 'not JSON.';
}

/** How the raw endpoint cuts its body: each line, the whole body, or lines with the indented ones that follow. */
export type LineBreaking = 'line' | 'body' | 'indent';

/** Read a raw body: lines of text, or objects one after the other; as far as the first that is too long. */
export function parseRaw(body: Buffer, breaking: LineBreaking, options: EventOptions): ParsedEvents {
  const records: Buffer[] = [];
  const rejected: RejectedLine[] = [];
  let failure: ParsedEvents['failure'] = null;
  let number = 0;
  for (const part of cut(asUtf8(body), breaking)) {
    if (part.length > options.maxBytes) {
      const detail = `Event ${number}: it has ${part.length} bytes; the limit is ${options.maxBytes}.`;
      failure = { answer: HEC.invalidFormat, number };
      rejected.push({ reason: 'line_too_long', detail, raw: part.subarray(0, KEEP_BYTES) });
      break;
    }
    const record = hecRecord(null, part.toString('utf8'), options.defaults);
    options.growth.add(record.length);
    records.push(record);
    number++;
  }
  const { index } = options.defaults;
  const groups = new Map(records.length > 0 ? [[typeof index === 'string' ? index.slice(0, 255) : '', records]] : []);
  return { groups, accepted: records.length, rejected, failure };
}

function* cut(body: Buffer, breaking: LineBreaking): Generator<Buffer> {
  if (breaking === 'body') {
    if (skipSpace(body, 0) < body.length) yield body;
    return;
  }
  const patience = new Patience(body);
  let start = skipBlankLines(body, 0);
  while (start < body.length) {
    let end = lineEnd(body, start);
    // An object written over several lines is one event all the same.
    if (body[start] === OBJECT && body[end - 1] !== CLOSE_OBJECT && patience.waste(0)) {
      const close = endOfValue(body, start);
      if (close > end && isJson(body.subarray(start, close))) end = lineEnd(body, close);
      else patience.waste((close === -1 ? body.length : close) - start);
    }
    let next = end + 1;
    if (breaking === 'indent')
      while (next < body.length && (body[next] === 32 || body[next] === 9)) {
        end = lineEnd(body, next);
        next = end + 1;
      }
    const stop = end > start && body[end - 1] === 13 ? end - 1 : end;
    yield body.subarray(start, stop);
    start = skipBlankLines(body, next);
  }
}

function isJson(text: Buffer): boolean {
  try {
    JSON.parse(text.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

function lineEnd(body: Buffer, from: number): number {
  const end = body.indexOf(NEWLINE, from);
  return end === -1 ? body.length : end;
}

/** Start of the next line that is not blank; its indentation is kept. */
function skipBlankLines(body: Buffer, from: number): number {
  const at = skipSpace(body, from);
  if (at >= body.length) return body.length;
  const before = body.lastIndexOf(NEWLINE, at);
  return Math.max(from, before + 1);
}
