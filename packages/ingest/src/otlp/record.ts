import { hostObject } from '../hec/record.ts';
import type { Growth } from '../http/growth.ts';
import { parseObject, withMembers } from '../http/json.ts';
import { isoFromNanos } from '../http/time.ts';

/** A value of any kind as JSON text; whole numbers keep all their digits. */
export interface AnyValue {
  readonly json: string;
  /** Set for texts. */
  readonly text?: string;
  /** Set for maps. */
  readonly keys?: ReadonlySet<string>;
}

/** Attributes as the JSON text of each value by key. */
export type Attributes = ReadonlyMap<string, AnyValue>;

export interface LogRecord {
  readonly timeNanos: bigint;
  readonly observedNanos: bigint;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: AnyValue | null;
  readonly attributes: Attributes;
  /** Hexadecimal; empty when there is none. */
  readonly traceId: string;
  readonly spanId: string;
  readonly flags: number;
  readonly eventName: string;
}

/** Where records come from; shared by many of them. */
export interface Origin {
  /** JSON text of the resource's attributes; null when it has none. */
  readonly resource: string | null;
  readonly hostName: string | undefined;
  /** JSON text of name, version and attributes; null when it says nothing. */
  readonly scope: string | null;
}

/** Values inside values deeper than this make a record unreadable. */
export const MAX_DEPTH = 64;

/** A record that cannot be read, while those around it can. */
export class RecordError extends Error {}

export const NULL_VALUE: AnyValue = { json: 'null' };

export function textValue(text: string): AnyValue {
  return { json: JSON.stringify(text), text };
}

export function doubleValue(value: number): AnyValue {
  return { json: Number.isFinite(value) ? JSON.stringify(value) : JSON.stringify(String(value)) };
}

export function arrayValue(values: readonly AnyValue[]): AnyValue {
  return { json: `[${values.map((value) => value.json).join(',')}]` };
}

export function mapValue(values: Attributes): AnyValue {
  return { json: mapJson(values), keys: new Set(values.keys()) };
}

function mapJson(values: Attributes): string {
  const parts: string[] = [];
  for (const [key, value] of values) parts.push(`${JSON.stringify(key)}:${value.json}`);
  return `{${parts.join(',')}}`;
}

export function originOf(resource: Attributes, scope: string | null): Origin {
  return {
    resource: resource.size > 0 ? mapJson(resource) : null,
    hostName: resource.get('host.name')?.text,
    scope,
  };
}

export function scopeJson(name: string, version: string, attributes: Attributes): string | null {
  if (name === '' && version === '' && attributes.size === 0) return null;
  return mapJson(
    new Map([
      ...(name ? [['name', textValue(name)] as const] : []),
      ...(version ? [['version', textValue(version)] as const] : []),
      ...(attributes.size > 0 ? [['attributes', mapValue(attributes)] as const] : []),
    ]),
  );
}

/**
 * The record as it is stored. A body that is a map, or a text that holds a JSON object, is the record itself; any other
 * body is `message`. Beside it, where the body has no such key: `@timestamp`, `host` from the resource, `attributes` and
 * `resource` with their dotted keys. The rest of what the protocol says is under `_otlp`.
 */
export function otlpRecord(record: LogRecord, origin: Origin): Buffer {
  const { body } = record;
  let json = '{}';
  let keys: { has(key: string): boolean } = new Set<string>();
  if (body?.keys) {
    json = body.json;
    keys = body.keys;
  } else if (body) {
    const text = body.text ?? body.json;
    const object = body.text?.trimStart().startsWith('{') ? parseObject(text) : null;
    json = object ? text.trim() : `{"message":${JSON.stringify(text)}}`;
    keys = new Set(object ? Object.keys(object) : ['message']);
  }
  const more: string[] = [];
  const say = (name: string, value: string | null): void => {
    if (value !== null) more.push(`"${name}":${value}`);
  };
  const attributes = record.attributes.size > 0 ? mapJson(record.attributes) : null;
  const { resource, hostName: host } = origin;
  const observed = isoFromNanos(record.observedNanos);
  say('event_name', record.eventName ? JSON.stringify(record.eventName) : null);
  say('severity_text', record.severityText ? JSON.stringify(record.severityText) : null);
  say('severity_number', record.severityNumber ? String(record.severityNumber) : null);
  say('trace_id', record.traceId ? JSON.stringify(record.traceId) : null);
  say('span_id', record.spanId ? JSON.stringify(record.spanId) : null);
  say('flags', record.flags ? String(record.flags) : null);
  say('observed_timestamp', observed && JSON.stringify(observed));
  say('scope', origin.scope);
  if (keys.has('attributes')) say('attributes', attributes);
  if (keys.has('resource')) say('resource', resource);
  const timestamp = isoFromNanos(record.timeNanos) ?? observed;
  return withMembers(Buffer.from(json, 'utf8'), keys, {
    '@timestamp': timestamp && JSON.stringify(timestamp),
    host: host ? hostObject(host) : null,
    attributes,
    resource,
    _otlp: more.length > 0 ? `{${more.join(',')}}` : null,
  });
}

export interface ParsedLogs {
  readonly records: Buffer[];
  /** Records that cannot be stored, with the bytes that were sent. */
  readonly rejected: { readonly reason: string; readonly detail: string; readonly raw: Uint8Array }[];
}

export interface ReadLimits {
  /** One record as it is stored. */
  readonly maxBytes: number;
  readonly growth: Growth;
}

/** Take one record into the result, or set it aside. */
export function take(parsed: ParsedLogs, limits: ReadLimits, raw: () => Uint8Array, read: () => Buffer): void {
  const { maxBytes, growth } = limits;
  const number = parsed.records.length + parsed.rejected.length;
  try {
    const record = read();
    growth.add(record.length);
    if (record.length <= maxBytes) {
      parsed.records.push(record);
      return;
    }
    const detail = `Record ${number} has ${record.length} bytes; the limit is ${maxBytes}.`;
    parsed.rejected.push({ reason: 'line_too_long', detail, raw: raw() });
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    parsed.rejected.push({ reason: 'malformed_event', detail: `Record ${number}: ${error.message}`, raw: raw() });
  }
}
