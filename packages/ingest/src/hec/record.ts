import { isIP } from 'node:net';
import { asUtf8, parseObject, withMembers } from '../http/json.ts';
import { isoFromSeconds } from '../http/time.ts';

/** What the sender says about an event, beside the event itself. */
export interface HecMeta {
  readonly time?: unknown;
  readonly host?: unknown;
  readonly source?: unknown;
  readonly sourcetype?: unknown;
  readonly index?: unknown;
  readonly fields?: unknown;
}

const META = ['time', 'host', 'source', 'sourcetype', 'index', 'fields'] as const;

/**
 * The record of an event. An event that is an object, or a text that holds one, is the record itself; any other becomes
 * `message`. What the sender says about it goes under `_hec`; its time and host also come under `@timestamp` and `host`
 * where the event has none, so that connectors need not know how it was sent.
 * @param object bytes of the event when it is an object
 * @param event the event when it is none
 */
export function hecRecord(
  object: { readonly bytes: Buffer; readonly keys: { has(key: string): boolean } } | null,
  event: unknown,
  meta: HecMeta,
): Buffer {
  let bytes = object?.bytes;
  let keys = object?.keys;
  if (!bytes || !keys) {
    const text = typeof event === 'string' ? event : JSON.stringify(event);
    const parsed = text.trimStart().startsWith('{') ? parseObject(text) : null;
    bytes = parsed ? Buffer.from(text.trim(), 'utf8') : Buffer.from(JSON.stringify({ message: text }), 'utf8');
    keys = parsed ? new Set(Object.keys(parsed)) : new Set(['message']);
  }
  const timestamp = isoFromSeconds(meta.time);
  const said: Record<string, unknown> = {};
  for (const name of META) if (meta[name] !== undefined && meta[name] !== null) said[name] = meta[name];
  return withMembers(asUtf8(bytes), keys, {
    '@timestamp': timestamp && JSON.stringify(timestamp),
    host: typeof meta.host === 'string' && meta.host !== '' ? hostObject(meta.host) : null,
    _hec: Object.keys(said).length > 0 ? JSON.stringify(said) : null,
  });
}

/** An ECS `host` object: by name, or by address when that is what was given. */
export function hostObject(host: string): string {
  return JSON.stringify(isIP(host) ? { ip: host } : { hostname: host });
}
