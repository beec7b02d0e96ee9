/** Remembers what was read from a shape: a query asks for the same shapes in row after row. */
import type { HostValue } from '../registry.ts';

const MOST = 256;
const LONGEST = 1 << 20;

/** A function of one JSON value that remembers its last results. */
export function cached<T>(read: (value: HostValue) => T): (value: HostValue | undefined) => T | undefined {
  const known = new Map<string, T>();
  return (value) => {
    if (value === undefined || value === null) return undefined;
    const key = JSON.stringify(value);
    const hit = known.get(key);
    if (hit !== undefined) return hit;
    const made = read(value);
    if (key.length > LONGEST) return made;
    if (known.size >= MOST) known.delete(known.keys().next().value!);
    known.set(key, made);
    return made;
  };
}
