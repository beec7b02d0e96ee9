/**
 * Elasticsearch's `filter_path`: keep only the named paths of an answer. `*` matches one key, `**` any number;
 * arrays are looked through; what becomes empty is dropped.
 */
export function filterPath(value: unknown, filter: string): unknown {
  const patterns = filter
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '' && !part.startsWith('-'))
    .map((part) => part.split('.'));
  if (patterns.length === 0) return value;
  return keep(value, patterns) ?? {};
}

function keep(value: unknown, patterns: readonly (readonly string[])[]): unknown {
  if (patterns.some((pattern) => pattern.length === 0)) return value;
  if (Array.isArray(value)) {
    const kept = value.map((item) => keep(item, patterns)).filter((item) => item !== undefined);
    return kept.length > 0 ? kept : undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const out: Record<string, unknown> = {};
  for (const [key, child] of Object.entries(value)) {
    const below: (readonly string[])[] = [];
    for (const pattern of patterns) {
      const [head, ...rest] = pattern;
      if (head === '**') below.push(pattern, ...(rest[0] === key || rest[0] === '*' ? [rest.slice(1)] : []));
      else if (head !== undefined && matches(head, key)) below.push(rest);
    }
    if (below.length === 0) continue;
    const kept = keep(child, below);
    if (kept !== undefined) out[key] = kept;
  }
  return Object.keys(out).length > 0 ? out : undefined;
}

function matches(pattern: string, key: string): boolean {
  if (!pattern.includes('*')) return pattern === key;
  const parts = pattern.split('*');
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  if (!key.startsWith(first) || !key.endsWith(last) || key.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = key.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at <= key.length - last.length;
}
