/**
 * Functions that run in a helper process beside the engine because SQL cannot express them. They are pure: values in,
 * value out. A family is loaded when one of its functions is first called.
 */

/** JSON as it arrives: whole numbers beyond 2^53 as text, NaN and infinities as the texts "NaN", "inf" and "-inf". */
export type HostValue = string | number | boolean | null | HostValue[] | { [key: string]: HostValue };

/** `undefined` and `null` both stand for null. */
// biome-ignore lint/suspicious/noExplicitAny: arguments are narrowed by each function, JSON has no static type.
export type HostFunction = (...args: any[]) => unknown;

export type HostFamily = Readonly<Record<string, HostFunction>>;

/** Families by name; a function is called `family.name`. */
const FAMILIES: Readonly<Record<string, () => Promise<HostFamily>>> = {
  agent: async () => (await import('./agent.ts')).AGENT_HOST,
  bag: async () => (await import('./bag.ts')).BAG_HOST,
  encode: async () => (await import('./encode.ts')).ENCODE_HOST,
  geo: async () => (await import('./geo.ts')).GEO_HOST,
  parse: async () => (await import('./parse.ts')).PARSE_HOST,
  relation: async () => (await import('./relation.ts')).RELATION_HOST,
  series: async () => (await import('./series.ts')).SERIES_HOST,
  sketch: async () => (await import('./sketch.ts')).SKETCH_HOST,
  stat: async () => (await import('./stat.ts')).STAT_HOST,
  text: async () => (await import('./text.ts')).TEXT_HOST,
  time: async () => (await import('./time.ts')).TIME_HOST,
};

const loaded = new Map<string, HostFamily>();

/** Finds a function by its full name, loading its family. Undefined when there is none. */
export async function hostFunction(name: string): Promise<HostFunction | undefined> {
  const dot = name.indexOf('.');
  const family = name.slice(0, dot);
  let functions = loaded.get(family);
  if (!functions) {
    if (!Object.hasOwn(FAMILIES, family)) return undefined;
    functions = await FAMILIES[family]!();
    loaded.set(family, functions);
  }
  const own = name.slice(dot + 1);
  return Object.hasOwn(functions, own) ? functions[own] : undefined;
}
