/**
 * `node scripts/check-graph-schema.mjs <description> [--url <base> --token <token> | <answers.json>…]`
 *
 * Checks answers of the public API against the published description of the Graph API: the OpenAPI file (YAML or JSON) or
 * the CSDL metadata (XML) of microsoftgraph/msgraph-metadata. With `--url` and `--token` every page of alerts and incidents
 * is read from a running server; otherwise the files hold answers. Names, types, enumeration members, the concrete type of
 * every evidence and what must not be null are checked. Exit code 0 without a violation, 1 with any, 2 for a wrong call.
 */
import { readFileSync } from 'node:fs';

/** @typedef {{ type: string, list: boolean, nullable: boolean }} Property */
/** @typedef {{ base?: string, open: boolean, properties: Map<string, Property> }} Shape */

const NAMESPACE = 'microsoft.graph.security';

/** Types and enumerations of either form of the description, by full name. */
export function readDescription(text) {
  return /^\s*</.test(text) ? readCsdl(text) : readOpenApi(text);
}

function readCsdl(text) {
  const shapes = new Map();
  const enums = new Map();
  for (const [, attributes, body] of text.matchAll(/<Schema ([^>]*)>([\s\S]*?)<\/Schema>/g)) {
    const namespace = /Namespace="([^"]+)"/.exec(attributes)?.[1] ?? '';
    const alias = /Alias="([^"]+)"/.exec(attributes)?.[1];
    const full = (name) =>
      name
        .replace(/^graph\./, 'microsoft.graph.')
        .replace(/^self\./, `${namespace}.`)
        .replace(new RegExp(`^${alias ?? '\\0'}\\.`), `${namespace}.`);
    const blocks = body.matchAll(/<(EntityType|ComplexType|EnumType) ([^>]*?)(?:\/>|>([\s\S]*?)<\/\1>)/g);
    for (const [, kind, head, inner = ''] of blocks) {
      const name = `${namespace}.${/Name="([^"]+)"/.exec(head)?.[1]}`;
      if (kind === 'EnumType') {
        enums.set(name, new Set([...inner.matchAll(/<Member Name="([^"]+)"/g)].map((member) => member[1])));
        continue;
      }
      const properties = new Map();
      for (const [, what, property] of inner.matchAll(/<(Property|NavigationProperty) ([^>]*)>/g)) {
        const type = /Type="([^"]+)"/.exec(property)?.[1] ?? '';
        const list = /^Collection\((.+)\)$/.exec(type)?.[1];
        properties.set(/Name="([^"]+)"/.exec(property)?.[1], {
          type: full(list ?? type),
          list: list !== undefined,
          nullable: what === 'NavigationProperty' || !/Nullable="false"/.test(property),
        });
      }
      const base = /BaseType="([^"]+)"/.exec(head)?.[1];
      shapes.set(name, { base: base && full(base), open: /OpenType="true"/.test(head), properties });
    }
  }
  return { shapes, enums };
}

async function loadYaml() {
  return (await import('yaml')).parse;
}
const parseYaml = await loadYaml().catch(() => undefined);

function readOpenApi(text) {
  const document = /^\s*\{/.test(text) ? JSON.parse(text) : parseYaml(text, { maxAliasCount: -1 });
  const shapes = new Map();
  const enums = new Map();
  for (const [name, schema] of Object.entries(document.components?.schemas ?? {})) {
    if (schema.enum) {
      enums.set(name, new Set(schema.enum));
      continue;
    }
    const parts = schema.allOf ?? [schema];
    const base = parts
      .find((part) => part.$ref)
      ?.$ref.split('/')
      .at(-1);
    const properties = new Map();
    for (const part of parts)
      for (const [key, property] of Object.entries(part.properties ?? {})) {
        const list = property.type === 'array';
        const value = list ? property.items : property;
        const reference = [value, ...(value.anyOf ?? []), ...(value.oneOf ?? [])].find((each) => each.$ref)?.$ref;
        const scalars = { string: 'Edm.String', boolean: 'Edm.Boolean', integer: 'Edm.Int64', number: 'Edm.Double' };
        const formats = { 'date-time': 'Edm.DateTimeOffset', uuid: 'Edm.Guid', int32: 'Edm.Int32', int64: 'Edm.Int64' };
        const type = reference?.split('/').at(-1) ?? formats[value.format] ?? scalars[value.type] ?? 'Edm.Untyped';
        const nullable = property.nullable === true || (property.anyOf ?? []).some((each) => each.nullable);
        properties.set(key, { type, list, nullable: nullable || !(reference && !property.anyOf) });
      }
    const open = parts.some((part) => part.additionalProperties) || properties.size === 0;
    shapes.set(name, { base, open, properties });
  }
  return { shapes, enums };
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z$/;
const GUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const SCALARS = {
  'Edm.String': (value) => typeof value === 'string',
  'Edm.Boolean': (value) => typeof value === 'boolean',
  'Edm.Int32': (value) => Number.isInteger(value) && Math.abs(value) < 2 ** 31,
  'Edm.Int64': (value) => Number.isInteger(value),
  'Edm.Double': (value) => typeof value === 'number',
  'Edm.Guid': (value) => typeof value === 'string' && GUID.test(value),
  'Edm.DateTimeOffset': (value) => typeof value === 'string' && TIME.test(value),
};

/** @returns {string[]} one line a violation */
export function check(value, type, description, at = type) {
  const { shapes, enums } = description;
  const found = [];
  const scalar = SCALARS[type];
  if (scalar) return scalar(value) ? [] : [`${at}: ${JSON.stringify(value)} is not ${type}`];
  const members = enums.get(type);
  if (members) {
    const parts = typeof value === 'string' ? value.split(',').map((part) => part.trim()) : [];
    return parts.length > 0 && parts.every((part) => members.has(part))
      ? []
      : [`${at}: ${JSON.stringify(value)} is not a member of ${type}`];
  }
  if (type === 'Edm.Untyped') return [];
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [`${at}: is not an object of ${type}`];
  const named = String(value['@odata.type'] ?? `#${type}`).replace(/^#/, '');
  if (!shapes.has(named)) return [`${at}: there is no type ${named}`];
  if (!inherits(named, type, shapes)) return [`${at}: ${named} is not a ${type}`];
  const properties = propertiesOf(named, shapes);
  for (const [key, each] of Object.entries(value)) {
    if (key.includes('@')) continue;
    const property = properties.get(key);
    if (!property) {
      if (!isOpen(named, shapes)) found.push(`${at}.${key}: ${named} has no such property`);
      continue;
    }
    if (each === null) {
      if (!property.nullable || property.list) found.push(`${at}.${key}: must not be null`);
      continue;
    }
    if (property.list !== Array.isArray(each)) found.push(`${at}.${key}: ${property.list ? 'is not' : 'is'} a list`);
    else if (property.list)
      for (const [index, item] of each.entries())
        found.push(...check(item, property.type, description, `${at}.${key}[${index}]`));
    else found.push(...check(each, property.type, description, `${at}.${key}`));
  }
  for (const [key, property] of properties)
    if (!property.nullable && !property.list && property.type.startsWith(NAMESPACE) && !(key in value))
      found.push(`${at}.${key}: is missing`);
  return found;
}

function inherits(name, type, shapes) {
  for (let at = name; at !== undefined; at = shapes.get(at)?.base) if (at === type) return true;
  return false;
}

function propertiesOf(name, shapes) {
  const all = new Map();
  for (let at = name; at !== undefined; at = shapes.get(at)?.base)
    for (const [key, property] of shapes.get(at)?.properties ?? []) if (!all.has(key)) all.set(key, property);
  return all;
}

function isOpen(name, shapes) {
  for (let at = name; at !== undefined; at = shapes.get(at)?.base) if (shapes.get(at)?.open) return true;
  return false;
}

/** Objects of an answer: a list, or one. */
function objectsOf(answer) {
  return Array.isArray(answer.value) ? answer.value : [answer];
}

async function fromServer(base, token) {
  const objects = [];
  for (const path of ['/v1.0/security/alerts_v2?$top=1000', '/v1.0/security/incidents?$top=200&$expand=alerts']) {
    let next = base + path;
    while (next) {
      const response = await fetch(next, { headers: { authorization: `Bearer ${token}` } });
      if (response.status === 429) {
        await new Promise((resolve) => setTimeout(resolve, Number(response.headers.get('retry-after') ?? 5) * 1000));
        continue;
      }
      if (!response.ok) throw new Error(`${next} answered ${response.status}: ${await response.text()}`);
      const page = await response.json();
      objects.push(...page.value);
      next = page['@odata.nextLink'];
    }
  }
  return objects;
}

async function main(arguments_) {
  const option = (name) => (arguments_.includes(name) ? arguments_.splice(arguments_.indexOf(name), 2)[1] : undefined);
  const base = option('--url');
  const token = option('--token') ?? process.env.PARAPET_TOKEN;
  const [file, ...answers] = arguments_;
  if (!file || (base ? !token : answers.length === 0)) {
    console.error(
      'Usage: check-graph-schema.mjs <openapi.yaml or metadata.csdl> [--url <base> --token <token> | <answers.json>…]',
    );
    return 2;
  }
  const description = readDescription(readFileSync(file, 'utf8'));
  const objects = base
    ? await fromServer(base, token)
    : answers.flatMap((each) => objectsOf(JSON.parse(readFileSync(each, 'utf8'))));
  const violations = objects.flatMap((object) =>
    check(
      object,
      String(object['@odata.type'] ?? '').replace(/^#/, ''),
      description,
      `${object['@odata.type']} ${object.id}`,
    ),
  );
  const kinds = new Map();
  const count = (object) => {
    for (const each of object.evidence ?? []) kinds.set(each['@odata.type'], (kinds.get(each['@odata.type']) ?? 0) + 1);
    for (const alert of object.alerts ?? []) count(alert);
  };
  for (const object of objects) count(object);
  for (const violation of violations.slice(0, 100)) console.log(violation);
  console.log(`${objects.length} objects, ${violations.length} violations`);
  for (const [kind, n] of [...kinds].sort()) console.log(`  ${kind}: ${n}`);
  return violations.length > 0 ? 1 : 0;
}

if (process.argv[1] && import.meta.url.endsWith(process.argv[1].split('/').at(-1) ?? '')) {
  process.exitCode = await main(process.argv.slice(2));
}
