/** The description of the API as TypeScript types: what the portal's client checks its calls against. */
import type { ApiDocument, JsonSchema, Operation } from '../../apps/server/src/openapi/document.ts';

const HEAD = `/**
 * Written by \`npm run docs\` from the description of the API; do not edit.
 * \`Operations['GET /api/incidents/:id']\` has the parameters, the query, the body and the answer of a call.
 */
`;

/** The text of \`apps/portal/src/api/operations.ts\`. */
export function clientTypes(document: ApiDocument): string {
  const used = new Set<string>();
  const operations: string[] = [];
  for (const [path, methods] of Object.entries(document.paths)) {
    if (!path.startsWith('/api/')) continue;
    for (const [method, operation] of Object.entries(methods)) {
      const name = `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`;
      operations.push(`  '${name}': ${entry(operation, used)};`);
    }
  }
  const schemas = new Map<string, string>();
  const shared = new Set<string>();
  for (const name of used) {
    const schema = document.components.schemas[name] ?? {};
    if (schema['x-shared']) shared.add(name);
    else if (!schemas.has(name)) schemas.set(name, type(schema, used));
  }
  const named = (text: string): string =>
    text.replace(/Schemas\['(\w+)'\]/g, (whole, name: string) => (shared.has(name) ? name : whole));
  const components = [...schemas]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, text]) => `  ${name}: ${named(text)};`);
  const imports = `import type { ${[...shared].sort().join(', ')} } from '@parapet/schema/wire';`;
  return `${HEAD}\n${imports}\n\nexport interface Schemas {\n${components.join('\n')}\n}\n\nexport interface Operations {\n${named(operations.join('\n'))}\n}\n`;
}

function entry(operation: Operation, used: Set<string>): string {
  const of = (place: 'path' | 'query'): string => {
    const found = (operation.parameters ?? []).filter((parameter) => parameter.in === place);
    if (found.length === 0) return 'Record<never, never>';
    return `{ ${found.map((p) => `${key(p.name)}${p.required ? '' : '?'}: ${place === 'path' ? 'string' : type(p.schema, used)}`).join('; ')} }`;
  };
  const body = operation.requestBody?.content['application/json']?.schema;
  const answer = Object.entries(operation.responses).find(([status]) => status.startsWith('2'))?.[1];
  const answered = answer?.content?.['application/json']?.schema;
  return `{ params: ${of('path')}; query: ${of('query')}; body: ${body ? type(body, used) : 'undefined'}; answer: ${answered ? type(answered, used) : 'undefined'} }`;
}

const key = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));

/** Names found are added to `used`; who walks `used` meanwhile sees them too. */
function type(schema: JsonSchema, used: Set<string>): string {
  if (typeof schema.$ref === 'string') {
    const name = schema.$ref.split('/').at(-1)!;
    used.add(name);
    return `Schemas['${name}']`;
  }
  if ('const' in schema) return JSON.stringify(schema.const);
  if (Array.isArray(schema.enum)) return [...new Set(schema.enum.map((value) => JSON.stringify(value)))].join(' | ');
  const options = (schema.anyOf ?? schema.oneOf) as readonly JsonSchema[] | undefined;
  if (options) return options.map((option) => inUnion(type(option, used))).join(' | ');
  if (Array.isArray(schema.type)) {
    return schema.type.map((one: string) => inUnion(type({ ...schema, type: one }, used))).join(' | ');
  }
  switch (schema.type) {
    case 'string':
      return 'string';
    case 'number':
    case 'integer':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'null':
      return 'null';
    case 'array':
      if (Array.isArray(schema.prefixItems)) {
        return `readonly [${schema.prefixItems.map((item: JsonSchema) => type(item, used)).join(', ')}]`;
      }
      return `readonly ${inUnion(type((schema.items ?? {}) as JsonSchema, used))}[]`;
    case 'object':
      return object(schema, used);
    default:
      return 'unknown';
  }
}

const inUnion = (text: string): string => (/^readonly |[|&]/.test(text) ? `(${text})` : text);

function object(schema: JsonSchema, used: Set<string>): string {
  const properties = Object.entries((schema.properties ?? {}) as Readonly<Record<string, JsonSchema>>);
  const required = new Set((schema.required ?? []) as readonly string[]);
  const more = schema.additionalProperties;
  const index =
    more && typeof more === 'object'
      ? `Readonly<Record<string, ${type(more as JsonSchema, used)}>>`
      : 'Readonly<Record<string, unknown>>';
  if (properties.length === 0) return index;
  const fields = properties.map(
    ([name, value]) => `readonly ${key(name)}${required.has(name) ? '' : '?'}: ${type(value, used)}`,
  );
  const text = `{ ${fields.join('; ')} }`;
  return more && typeof more === 'object' && Object.keys(more).length ? `${text} & ${index}` : text;
}
