/** Functions over dynamic values that need their whole tree. Values come and go as JSON text. */
import { type RawJson, readRaw, writeRaw } from './json-raw.ts';
import type { HostFamily } from './registry.ts';

/** Keys in order of their characters at every level. */
function canonical(value: RawJson): RawJson {
  if (value.kind === 'array') return { kind: 'array', items: value.items.map(canonical) };
  if (value.kind === 'scalar') return value;
  const entries = value.entries.map(([k, v]): [string, RawJson] => [k, canonical(v)]);
  return { kind: 'bag', entries: entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)) };
}

/** Steps of a path such as `$.a['b c'].d`; undefined when it has other parts. */
function steps(path: string): string[] | undefined {
  if (!/^\$[.[]/.test(path)) return [path];
  const out: string[] = [];
  const step = /\.([A-Za-z_][\w-]*)|\[(['"])(.*?)\2\]/gy;
  step.lastIndex = 1;
  while (step.lastIndex < path.length) {
    const m = step.exec(path);
    if (!m) return undefined;
    out.push(m[1] ?? m[3]!);
  }
  return out;
}

function withKey(bag: RawJson & { kind: 'bag' }, path: readonly string[], value: RawJson): RawJson {
  const [key, ...rest] = path as [string, ...string[]];
  const at = bag.entries.findIndex(([k]) => k === key);
  const old = at < 0 ? undefined : bag.entries[at]![1];
  const inner: RawJson =
    rest.length === 0 ? value : withKey(old?.kind === 'bag' ? old : { kind: 'bag', entries: [] }, rest, value);
  const entries = [...bag.entries];
  if (at < 0) entries.push([key, inner]);
  else entries[at] = [key, inner];
  return { kind: 'bag', entries };
}

function without(value: RawJson, path: readonly string[]): RawJson {
  if (value.kind !== 'bag') return value;
  const [key, ...rest] = path as [string, ...string[]];
  return {
    kind: 'bag',
    entries: value.entries.flatMap(([k, v]): [string, RawJson][] =>
      k !== key ? [[k, v]] : rest.length ? [[k, without(v, rest)]] : [],
    ),
  };
}

interface Shape {
  readonly names: Set<string>;
  bag?: Map<string, Shape>;
  items?: Shape;
}

function scalarName(text: string): string | undefined {
  if (text === 'null') return undefined;
  if (text === 'true' || text === 'false') return 'bool';
  if (!text.startsWith('"')) return /^-?\d+$/.test(text) ? 'long' : 'double';
  const inner = text.slice(1, -1);
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(inner)) return 'datetime';
  if (/^-?(\d+\.)?\d\d:\d\d:\d\d(\.\d+)?$/.test(inner)) return 'timespan';
  return 'string';
}

function note(shape: Shape, value: RawJson): void {
  if (value.kind === 'scalar') {
    const name = scalarName(value.text);
    if (name) shape.names.add(name);
  } else if (value.kind === 'array') {
    shape.items ??= { names: new Set() };
    for (const item of value.items) note(shape.items, item);
  } else {
    shape.bag ??= new Map();
    for (const [key, item] of value.entries) {
      const inner = shape.bag.get(key) ?? { names: new Set<string>() };
      shape.bag.set(key, inner);
      note(inner, item);
    }
  }
}

function schemaOf(shape: Shape): unknown {
  const all: unknown[] = [...shape.names].sort();
  const fields: Record<string, unknown> = {};
  if (shape.bag) for (const [key, inner] of shape.bag) fields[key] = schemaOf(inner);
  if (shape.items) fields['`indexer`'] = schemaOf(shape.items);
  if (shape.bag || shape.items) all.push(fields);
  return all.length === 1 ? all[0] : all.length ? all : null;
}

/** Every path of a tree: `['a']`, `['a']['b']`. An array has one entry `[0]` that stands for all its elements. */
function paths(value: RawJson, prefix: string, out: Set<string>): void {
  if (value.kind === 'bag') {
    for (const [key, inner] of value.entries) {
      out.add(`${prefix}['${key}']`);
      paths(inner, `${prefix}['${key}']`, out);
    }
  } else if (value.kind === 'array') {
    for (const inner of value.items) {
      out.add(`${prefix}[0]`);
      paths(inner, `${prefix}[0]`, out);
    }
  }
}

const parsed = (text: string | null): RawJson | undefined => (text === null || text === '' ? undefined : readRaw(text));

export const BAG_HOST: HostFamily = {
  canonical: (json: string | null) => {
    const value = parsed(json);
    return value ? writeRaw(canonical(value)) : '';
  },
  setKey: (json: string | null, key: string | null, value: string | null) => {
    const bag = parsed(json);
    const path = steps(key ?? '');
    if (bag?.kind !== 'bag' || !path?.length) return '';
    return writeRaw(withKey(bag, path, parsed(value) ?? { kind: 'scalar', text: 'null' }));
  },
  removeKeys: (json: string | null, keys: string[] | null) => {
    let bag = parsed(json);
    if (bag?.kind !== 'bag') return '';
    for (const key of keys ?? []) {
      const path = steps(String(key));
      if (path?.length) bag = without(bag, path);
    }
    return writeRaw(bag);
  },
  schema: (values: string[] | null) => {
    const shape: Shape = { names: new Set() };
    for (const text of values ?? []) {
      const value = parsed(text);
      if (value) note(shape, value);
    }
    return schemaOf(shape);
  },
  paths: (json: string | null) => {
    const value = parsed(json);
    if (!value || value.kind === 'scalar') return null;
    const out = new Set<string>();
    paths(value, '', out);
    return [...out];
  },
};
