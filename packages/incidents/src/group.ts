/** Items by key, keys in order of first occurrence. */
export function groupBy<T, K>(items: Iterable<T>, keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/** The earlier of two ISO times. */
export const earlier = (a: string, b: string): string => (a.localeCompare(b) <= 0 ? a : b);
/** The later of two ISO times. */
export const later = (a: string, b: string): string => (a.localeCompare(b) >= 0 ? a : b);
