/** The description of the API as the pages need it: a list of operations, examples of bodies, commands to paste. */

export type Schema = Readonly<Record<string, unknown>>;

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required: boolean;
  readonly schema: Schema;
  readonly description?: string;
}

interface RawOperation {
  readonly summary: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }>
  >;
  readonly security: readonly Readonly<Record<string, unknown>>[];
  readonly 'x-permission'?: string;
}

export interface ApiDocument {
  readonly info: { readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, RawOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

export interface Operation {
  /** `GET /api/incidents/{id}`: what the address of the page holds. */
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly room: string;
  readonly summary: string;
  readonly permission: string | undefined;
  /** Takes a key or token; otherwise only a session. */
  readonly keys: boolean;
  readonly open: boolean;
  readonly parameters: readonly Parameter[];
  readonly body: Schema | undefined;
  readonly status: string;
  readonly answer: Schema | undefined;
}

/** Every operation, by room, path and method. */
export function operationsOf(document: ApiDocument): readonly Operation[] {
  return Object.entries(document.paths)
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, raw]): Operation => {
        const [status, answer] = Object.entries(raw.responses).find(([code]) => code.startsWith('2')) ?? ['200', {}];
        return {
          id: `${method.toUpperCase()} ${path}`,
          method: method.toUpperCase(),
          path,
          room: raw.tags[0] ?? '',
          summary: raw.summary,
          permission: raw['x-permission'],
          keys: raw.security.some((way) => 'key' in way),
          open: raw.security.some((way) => Object.keys(way).length === 0),
          parameters: raw.parameters ?? [],
          body: raw.requestBody?.content['application/json']?.schema,
          status,
          answer: answer.content?.['application/json']?.schema,
        };
      }),
    )
    .sort((a, b) => a.room.localeCompare(b.room) || a.path.localeCompare(b.path) || a.method.localeCompare(b.method));
}

/** Operations whose text has every word that was typed. */
export function matching(operations: readonly Operation[], search: string): readonly Operation[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return operations.filter(({ id, summary, permission, room }) => {
    const text = `${id} ${summary} ${permission ?? ''} ${room}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** The schema behind a reference; the same schema when it is none. */
export function resolve(schema: Schema, document: ApiDocument): Schema {
  const name = typeof schema.$ref === 'string' ? schema.$ref.split('/').at(-1) : undefined;
  return name ? (document.components.schemas[name] ?? {}) : schema;
}

export const nameOf = (schema: Schema): string | undefined =>
  typeof schema.$ref === 'string' ? schema.$ref.split('/').at(-1) : undefined;

/** A body to begin with: every required field with a value of its type. */
export function exampleOf(schema: Schema, document: ApiDocument, depth = 0): unknown {
  const found = resolve(schema, document);
  if (depth > 6) return null;
  if ('const' in found) return found.const;
  if ('default' in found) return found.default;
  if (Array.isArray(found.enum)) return found.enum[0];
  const options = (found.anyOf ?? found.oneOf) as readonly Schema[] | undefined;
  if (options?.[0]) return exampleOf(options[0], document, depth + 1);
  switch ([found.type].flat()[0]) {
    case 'string':
      return '';
    case 'integer':
    case 'number':
      return typeof found.minimum === 'number' ? found.minimum : 0;
    case 'boolean':
      return false;
    case 'array':
      return [];
    case 'object': {
      const required = new Set((found.required ?? []) as readonly string[]);
      const properties = Object.entries((found.properties ?? {}) as Readonly<Record<string, Schema>>);
      return Object.fromEntries(
        properties
          .filter(([name]) => required.has(name))
          .map(([name, of]) => [name, exampleOf(of, document, depth + 1)]),
      );
    }
    default:
      return null;
  }
}

/** What a type is called in a table: `string`, `"high" | "low"`, `Comment[]`. */
export function typeName(schema: Schema, document: ApiDocument, depth = 0): string {
  const name = nameOf(schema);
  if (name) return name;
  if ('const' in schema) return JSON.stringify(schema.const);
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const options = (schema.anyOf ?? schema.oneOf) as readonly Schema[] | undefined;
  if (options) return options.map((option) => typeName(option, document, depth + 1)).join(' | ');
  if (Array.isArray(schema.type)) return schema.type.join(' | ');
  if (schema.type === 'array') {
    const items = typeName((schema.items ?? {}) as Schema, document, depth + 1);
    return items.includes(' | ') ? `(${items})[]` : `${items}[]`;
  }
  return typeof schema.type === 'string' ? schema.type : 'any';
}

/** What an explorer's call is made of. */
export interface Request {
  readonly method: string;
  /** With its query: `/api/incidents?pageSize=5`. */
  readonly path: string;
  readonly body: string;
}

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/**
 * The same call for a shell.
 * @param origin `https://portal.example`
 * @param keys whether the call takes a key; otherwise the session's own cookie and token are named
 */
export function curlOf({ method, path, body }: Request, origin: string, keys: boolean): string {
  const lines = [`curl ${quote(origin + path)}`];
  if (method !== 'GET') lines[0] = `curl -X ${method} ${quote(origin + path)}`;
  // Double quotes: the shell puts the secret in, so that it is in no history and no ticket.
  if (keys) lines.push('-H "Authorization: Bearer $PARAPET_KEY"');
  else {
    lines.push('-H "Cookie: $PARAPET_COOKIE"');
    if (method !== 'GET') lines.push('-H "X-CSRF-Token: $PARAPET_CSRF"');
  }
  if (method !== 'GET' && body.trim()) lines.push("-H 'Content-Type: application/json'", `--data-raw ${quote(body)}`);
  return lines.join(' \\\n  ');
}

/** The path of an operation with values in place of its parameters; what is empty stays to be filled. */
export function fill(path: string, values: Readonly<Record<string, string>>): string {
  return path.replace(/\{(\w+)\}/g, (whole, name: string) => (values[name] ? encodeURIComponent(values[name]) : whole));
}

/** Names of path parameters that are not filled yet. */
export const unfilled = (path: string): readonly string[] => [...path.matchAll(/\{(\w+)\}/g)].map((found) => found[1]!);

/** The operation an address belongs to, written segments before parameters. */
export function operationAt(operations: readonly Operation[], method: string, path: string): Operation | undefined {
  const given = (path.split('?')[0] ?? '').split('/');
  const score = (operation: Operation): number => {
    const wanted = operation.path.split('/');
    if (operation.method !== method || wanted.length !== given.length) return -1;
    let written = 0;
    for (const [i, segment] of wanted.entries()) {
      if (segment === given[i]) written++;
      else if (!segment.startsWith('{')) return -1;
    }
    return written;
  };
  return operations
    .map((operation) => ({ operation, score: score(operation) }))
    .filter((found) => found.score >= 0)
    .sort((a, b) => b.score - a.score)[0]?.operation;
}
