import {
  type AnyValue,
  type Attributes,
  arrayValue,
  doubleValue,
  type LogRecord,
  MAX_DEPTH,
  mapValue,
  NULL_VALUE,
  originOf,
  otlpRecord,
  type ParsedLogs,
  type ReadLimits,
  RecordError,
  scopeJson,
  take,
  textValue,
} from './record.ts';
import { WireError, WireReader } from './wire.ts';

/**
 * Log messages in protocol buffers. Field numbers: opentelemetry/proto/collector/logs/v1, logs/v1, common/v1 and
 * resource/v1 of the OpenTelemetry protocol, version 1.
 */

const KEEP_BYTES = 65_536;

/** @throws WireError when the request as a whole cannot be read */
export function parseProto(body: Buffer, limits: ReadLimits): ParsedLogs {
  const parsed: ParsedLogs = { records: [], rejected: [] };
  const request = new WireReader(body);
  while (request.next()) {
    if (request.field === 1) resourceLogs(request.message(), parsed, limits);
    else request.skip();
  }
  return parsed;
}

function resourceLogs(reader: WireReader, parsed: ParsedLogs, limits: ReadLimits): void {
  let resource: Attributes = new Map();
  const scopes: WireReader[] = [];
  while (reader.next()) {
    if (reader.field === 1) resource = onlyAttributes(reader.message(), 1);
    else if (reader.field === 2) scopes.push(reader.message());
    else reader.skip();
  }
  for (const scope of scopes) scopeLogs(scope, resource, parsed, limits);
}

function scopeLogs(reader: WireReader, resource: Attributes, parsed: ParsedLogs, limits: ReadLimits): void {
  let scope: string | null = null;
  const records: Buffer[] = [];
  while (reader.next()) {
    if (reader.field === 1) scope = readScope(reader.message());
    else if (reader.field === 2) records.push(reader.slice());
    else reader.skip();
  }
  const origin = originOf(resource, scope);
  for (const raw of records)
    take(
      parsed,
      limits,
      () => Buffer.from(raw.subarray(0, KEEP_BYTES).toString('base64')),
      () => {
        try {
          return otlpRecord(readRecord(new WireReader(raw)), origin);
        } catch (error) {
          // The outer message says where the next record begins: one that is damaged inside is lost alone.
          if (error instanceof WireError) throw new RecordError(error.message);
          throw error;
        }
      },
    );
}

function readScope(reader: WireReader): string | null {
  let name = '';
  let version = '';
  const attributes = new Map<string, AnyValue>();
  while (reader.next()) {
    if (reader.field === 1) name = reader.text();
    else if (reader.field === 2) version = reader.text();
    else if (reader.field === 3) keyValue(reader.message(), attributes, 0);
    else reader.skip();
  }
  return scopeJson(name, version, attributes);
}

function readRecord(reader: WireReader): LogRecord {
  const attributes = new Map<string, AnyValue>();
  const record = {
    timeNanos: 0n,
    observedNanos: 0n,
    severityNumber: 0,
    severityText: '',
    body: null as AnyValue | null,
    attributes,
    traceId: '',
    spanId: '',
    flags: 0,
    eventName: '',
  };
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        record.timeNanos = reader.fixed64();
        break;
      case 2:
        record.severityNumber = reader.number();
        break;
      case 3:
        record.severityText = reader.text();
        break;
      case 5:
        record.body = anyValue(reader.message(), 0);
        break;
      case 6:
        keyValue(reader.message(), attributes, 0);
        break;
      case 8:
        record.flags = reader.fixed32();
        break;
      case 9:
        record.traceId = reader.slice().toString('hex');
        break;
      case 10:
        record.spanId = reader.slice().toString('hex');
        break;
      case 11:
        record.observedNanos = reader.fixed64();
        break;
      case 12:
        record.eventName = reader.text();
        break;
      default:
        reader.skip();
    }
  }
  return record;
}

function onlyAttributes(reader: WireReader, field: number): Attributes {
  const attributes = new Map<string, AnyValue>();
  while (reader.next()) {
    if (reader.field === field) keyValue(reader.message(), attributes, 0);
    else reader.skip();
  }
  return attributes;
}

function keyValue(reader: WireReader, into: Map<string, AnyValue>, depth: number): void {
  let key = '';
  let value = NULL_VALUE;
  while (reader.next()) {
    if (reader.field === 1) key = reader.text();
    else if (reader.field === 2) value = anyValue(reader.message(), depth);
    else reader.skip();
  }
  into.set(key, value);
}

function anyValue(reader: WireReader, depth: number): AnyValue {
  if (depth > MAX_DEPTH) throw new RecordError(`values are nested deeper than ${MAX_DEPTH} levels.`);
  let value = NULL_VALUE;
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        value = textValue(reader.text());
        break;
      case 2:
        value = { json: reader.number() === 0 ? 'false' : 'true' };
        break;
      case 3:
        value = { json: reader.int64().toString() };
        break;
      case 4:
        value = doubleValue(reader.double());
        break;
      case 5: {
        const values: AnyValue[] = [];
        for (const array = reader.message(); array.next(); ) {
          if (array.field === 1) values.push(anyValue(array.message(), depth + 1));
          else array.skip();
        }
        value = arrayValue(values);
        break;
      }
      case 6: {
        const values = new Map<string, AnyValue>();
        for (const list = reader.message(); list.next(); ) {
          if (list.field === 1) keyValue(list.message(), values, depth + 1);
          else list.skip();
        }
        value = mapValue(values);
        break;
      }
      case 7:
        value = textValue(reader.slice().toString('base64'));
        break;
      default:
        reader.skip();
    }
  }
  return value;
}
