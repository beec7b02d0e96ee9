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

/**
 * Log messages in the JSON mapping of the OpenTelemetry protocol: names in lowerCamelCase, 64-bit numbers as texts or
 * numbers, ids in hexadecimal, unknown names passed over.
 */

type Fields = Readonly<Record<string, unknown>>;

const KEEP_BYTES = 65_536;

/** @throws SyntaxError when the request is not JSON, RecordError when it is not a request */
export function parseJson(body: Buffer, limits: ReadLimits): ParsedLogs {
  const parsed: ParsedLogs = { records: [], rejected: [] };
  const request = fields(JSON.parse(body.toString('utf8')), 'the request');
  for (const ofResource of list(request.resourceLogs, 'resourceLogs')) {
    const group = fields(ofResource, 'resourceLogs');
    const resource = attributes(optional(group.resource, 'resource').attributes, 0);
    for (const ofScope of list(group.scopeLogs, 'scopeLogs')) {
      const scoped = fields(ofScope, 'scopeLogs');
      const scope = optional(scoped.scope, 'scope');
      const origin = originOf(
        resource,
        scopeJson(text(scope.name), text(scope.version), attributes(scope.attributes, 0)),
      );
      for (const record of list(scoped.logRecords, 'logRecords'))
        take(
          parsed,
          limits,
          () => Buffer.from(JSON.stringify(record) ?? '').subarray(0, KEEP_BYTES),
          () => otlpRecord(readRecord(fields(record, 'a log record')), origin),
        );
    }
  }
  return parsed;
}

function readRecord(record: Fields): LogRecord {
  return {
    timeNanos: nanos(record.timeUnixNano),
    observedNanos: nanos(record.observedTimeUnixNano),
    severityNumber: typeof record.severityNumber === 'number' ? Math.trunc(record.severityNumber) : 0,
    severityText: text(record.severityText),
    body: record.body === undefined || record.body === null ? null : anyValue(record.body, 0),
    attributes: attributes(record.attributes, 0),
    traceId: text(record.traceId).toLowerCase(),
    spanId: text(record.spanId).toLowerCase(),
    flags: typeof record.flags === 'number' ? Math.trunc(record.flags) : 0,
    eventName: text(record.eventName),
  };
}

function fields(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new RecordError(`${what} must be a JSON object.`);
  return value as Fields;
}

function optional(value: unknown, what: string): Fields {
  return value === undefined || value === null ? {} : fields(value, what);
}

function list(value: unknown, what: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new RecordError(`${what} must be an array.`);
  return value;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function nanos(value: unknown): bigint {
  if (typeof value === 'string' && /^\d{1,20}$/.test(value)) return BigInt(value);
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? BigInt(Math.trunc(value)) : 0n;
}

function attributes(value: unknown, depth: number): Attributes {
  const found = new Map<string, AnyValue>();
  for (const item of list(value, 'attributes')) {
    const pair = fields(item, 'an attribute');
    found.set(text(pair.key), anyValue(pair.value, depth));
  }
  return found;
}

function anyValue(value: unknown, depth: number): AnyValue {
  if (depth > MAX_DEPTH) throw new RecordError(`values are nested deeper than ${MAX_DEPTH} levels.`);
  if (value === undefined || value === null) return NULL_VALUE;
  const one = fields(value, 'a value');
  if (one.stringValue !== undefined) return textValue(String(one.stringValue));
  if (one.boolValue !== undefined) return { json: one.boolValue === true ? 'true' : 'false' };
  if (one.intValue !== undefined) {
    const digits = String(one.intValue);
    if (!/^-?\d{1,20}$/.test(digits)) throw new RecordError('intValue must be a whole number.');
    return { json: BigInt(digits).toString() };
  }
  if (one.doubleValue !== undefined) return doubleValue(Number(one.doubleValue));
  if (one.arrayValue !== undefined)
    return arrayValue(
      list(optional(one.arrayValue, 'arrayValue').values, 'values').map((item) => anyValue(item, depth + 1)),
    );
  if (one.kvlistValue !== undefined)
    return mapValue(attributes(optional(one.kvlistValue, 'kvlistValue').values, depth + 1));
  if (one.bytesValue !== undefined) return textValue(String(one.bytesValue));
  return NULL_VALUE;
}
