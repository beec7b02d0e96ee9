import type { SqlParam } from '../types.ts';

/** Collects bound values; equal ones share a parameter. */
export class Params {
  readonly values: Record<string, SqlParam> = {};
  private readonly seen = new Map<string, string>();
  private next = 0;

  /** The placeholder of a value. */
  add(value: SqlParam['value'], type: string): string {
    const key = `${type}\u0000${JSON.stringify(value)}`;
    let name = this.seen.get(key);
    if (!name) {
      name = `p${this.next++}`;
      this.seen.set(key, name);
      this.values[name] = { type, value };
    }
    return `{${name}:${type}}`;
  }

  /** The values that a statement really refers to. */
  used(sql: string): Record<string, SqlParam> {
    const names = new Set([...sql.matchAll(/\{(\w+):/g)].map((m) => m[1]));
    return Object.fromEntries(Object.entries(this.values).filter(([name]) => names.has(name)));
  }

  /** Takes over a caller's own parameters under their own names. */
  adopt(params: Readonly<Record<string, SqlParam>> | undefined): void {
    for (const [name, p] of Object.entries(params ?? {})) this.values[name] = p;
  }
}

/** The only way a name gets into SQL: between back quotes, with the two characters that matter escaped. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}
