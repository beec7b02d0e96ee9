/**
 * Remembers what was read from a shape: a query asks for the same shapes in row after row. Shapes arrive as new objects
 * each time; they are told apart by a number over their coordinates, then compared, which is far cheaper than their text.
 */
import type { HostValue } from '../registry.ts';

const MOST = 256;

/** A number that is the same for equal values. */
function digest(value: HostValue, start: number): number {
  if (typeof value === 'number') return start * 0.618034 + value;
  if (Array.isArray(value)) {
    let n = start + 1;
    for (const v of value) n = digest(v, n);
    return n;
  }
  if (value !== null && typeof value === 'object') {
    let n = start + 2;
    for (const key in value) n = digest(value[key]!, n);
    return n;
  }
  return typeof value === 'string' ? start * 0.618034 + value.length : start;
}

function equal(a: HostValue, b: HostValue): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!equal(a[i]!, b[i]!)) return false;
    return true;
  }
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object' || Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((k) => Object.hasOwn(b, k) && equal(a[k]!, b[k]!));
}

/** A function of one JSON value that remembers its last results. */
export function cached<T>(read: (value: HostValue) => T): (value: HostValue | undefined) => T | undefined {
  const known = new Map<number, { value: HostValue; made: T }>();
  return (value) => {
    if (value === undefined || value === null) return undefined;
    const key = digest(value, 0);
    const hit = known.get(key);
    if (hit && equal(hit.value, value)) return hit.made;
    const made = read(value);
    if (known.size >= MOST && !known.has(key)) known.delete(known.keys().next().value!);
    known.set(key, { value, made });
    return made;
  };
}
