/**
 * TypeScript types to JSON Schema (2020-12, the dialect of OpenAPI 3.1): what `JSON.stringify` makes of a value of the type.
 * Named types of this project become components; everything else is written in place.
 */
import ts from 'typescript-api';

export type Schema = Readonly<Record<string, unknown>>;

const MAX_DEPTH = 24;

/** Turns types into schemas and keeps the named ones. */
export class SchemaMaker {
  readonly components: Record<string, Schema> = {};
  readonly #names = new Map<string, string>();
  /** Names that the wire types of `packages/schema` have as well: the portal takes those. */
  readonly #shared = new Set<string>();
  readonly #checker: ts.TypeChecker;

  constructor(checker: ts.TypeChecker) {
    this.#checker = checker;
  }

  /** The schema of what a value of this type is on the wire. */
  schema(type: ts.Type, depth = 0): Schema {
    if (depth > MAX_DEPTH) return {};
    const { flags } = type;
    if (flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown | ts.TypeFlags.Never | ts.TypeFlags.NonPrimitive)) return {};
    if (flags & ts.TypeFlags.Null) return { type: 'null' };
    if (flags & ts.TypeFlags.StringLiteral) return { const: (type as ts.StringLiteralType).value };
    if (flags & ts.TypeFlags.NumberLiteral) return { const: (type as ts.NumberLiteralType).value };
    if (flags & ts.TypeFlags.BooleanLiteral) return { const: this.#checker.typeToString(type) === 'true' };
    if (flags & (ts.TypeFlags.String | ts.TypeFlags.TemplateLiteral)) return { type: 'string' };
    if (flags & ts.TypeFlags.Number) return { type: 'number' };
    if (flags & ts.TypeFlags.Boolean) return { type: 'boolean' };
    if (flags & ts.TypeFlags.TypeParameter) {
      const constraint = this.#checker.getBaseConstraintOfType(type);
      return constraint && constraint !== type ? this.schema(constraint, depth + 1) : {};
    }
    const name = this.#componentName(type);
    if (name) {
      if (!(name in this.components)) {
        this.components[name] = {}; // Stands while the type is being read: types may contain themselves.
        const shared = this.#shared.has(name) ? { 'x-shared': true } : {};
        this.components[name] = { ...this.#structure(type, depth), ...shared };
      }
      return { $ref: `#/components/schemas/${name}` };
    }
    return this.#structure(type, depth);
  }

  #structure(type: ts.Type, depth: number): Schema {
    if (type.isUnion()) return this.#union(type.types, depth);
    const checker = this.#checker;
    const symbol = type.getSymbol()?.name ?? '';
    if (symbol === 'Date') return { type: 'string', format: 'date-time' };
    if (symbol === 'Buffer' || symbol === 'Readable' || symbol === 'ReadableStream') return { type: 'string' };
    if (checker.isTupleType(type)) {
      const items = checker.getTypeArguments(type as ts.TypeReference).map((item) => this.schema(item, depth + 1));
      return { type: 'array', prefixItems: items, minItems: items.length, maxItems: items.length };
    }
    if (checker.isArrayType(type)) {
      const [item] = checker.getTypeArguments(type as ts.TypeReference);
      return { type: 'array', items: item ? this.schema(item, depth + 1) : {} };
    }
    const properties: Record<string, Schema> = {};
    const required: string[] = [];
    for (const property of checker.getPropertiesOfType(type)) {
      const of = checker.getTypeOfSymbol(property);
      const parts = of.isUnion() ? of.types : [of];
      const present = parts.filter((part) => !(part.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Void)));
      if (present.length === 0 || present.every((part) => part.getCallSignatures().length > 0)) continue;
      if (property.name.startsWith('__@')) continue;
      const description = ts
        .displayPartsToString(property.getDocumentationComment(checker))
        .replace(/\s+/g, ' ')
        .trim();
      const schema = present.length === parts.length ? this.schema(of, depth + 1) : this.#union(present, depth + 1, of);
      properties[property.name] = description ? { ...schema, description } : schema;
      const optional = Boolean(property.flags & ts.SymbolFlags.Optional) || present.length < parts.length;
      if (!optional) required.push(property.name);
    }
    const index = checker.getIndexInfoOfType(type, ts.IndexKind.String);
    return {
      type: 'object',
      ...(Object.keys(properties).length ? { properties } : {}),
      ...(required.length ? { required } : {}),
      ...(index ? { additionalProperties: this.schema(index.type, depth + 1) } : {}),
    };
  }

  #union(types: readonly ts.Type[], depth: number, whole?: ts.Type): Schema {
    // `undefined` taken away may leave a named type, such as `Severity | undefined`.
    if (whole) {
      const rest = this.#checker.getNonNullableType(whole);
      if (!types.some((part) => part.flags & ts.TypeFlags.Null)) {
        const name = this.#componentName(rest);
        if (name) return this.schema(rest, depth);
      }
    }
    const values: unknown[] = [];
    const rest: Schema[] = [];
    const seen = new Set<string>();
    let booleans = 0;
    for (const part of types) {
      if (part.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Void)) continue;
      if (part.flags & ts.TypeFlags.BooleanLiteral) booleans++;
      const schema = this.schema(part, depth + 1);
      if ('const' in schema && !(part.flags & ts.TypeFlags.BooleanLiteral)) values.push(schema.const);
      else {
        const text = JSON.stringify(schema);
        if (!seen.has(text)) rest.push(schema);
        seen.add(text);
      }
    }
    const options = booleans === 2 ? [{ type: 'boolean' }, ...rest.filter((s) => typeof s.const !== 'boolean')] : rest;
    if (values.length === 1) options.unshift({ const: values[0] });
    else if (values.length > 1) {
      const kinds = [...new Set(values.map((value) => typeof value))];
      options.unshift({ ...(kinds.length === 1 ? { type: kinds[0] } : {}), enum: values.sort() });
    }
    return options.length === 1 ? options[0]! : options.length === 0 ? {} : { anyOf: options };
  }

  /** A name when the type was declared in this project; `Page<Alert>` becomes `PageOfAlert`. */
  #componentName(type: ts.Type): string | undefined {
    const symbol = type.aliasSymbol ?? (type.isUnion() ? undefined : type.getSymbol());
    if (!symbol || symbol.flags & (ts.SymbolFlags.TypeLiteral | ts.SymbolFlags.ObjectLiteral)) {
      if (!type.aliasSymbol) return undefined;
    }
    const declared = symbol?.declarations?.[0];
    const file = declared?.getSourceFile().fileName;
    if (!symbol || !declared || !file || file.includes('/node_modules/') || symbol.name.startsWith('__'))
      return undefined;
    if (!ts.isInterfaceDeclaration(declared) && !ts.isTypeAliasDeclaration(declared)) return undefined;
    const given = type.aliasSymbol
      ? (type.aliasTypeArguments ?? [])
      : this.#checker.getTypeArguments(type as ts.TypeReference);
    const parts = given.filter((part) => !(part.flags & ts.TypeFlags.TypeParameter) || part.symbol !== symbol);
    const suffix = parts.map((part) => this.#partName(part));
    if (suffix.includes(undefined)) return undefined;
    const wanted = symbol.name + (suffix.length ? `Of${suffix.join('And')}` : '');
    // Two rooms may use one name for two things.
    const key = `${file}#${wanted}`;
    const known = this.#names.get(key);
    if (known) return known;
    const taken = new Set(this.#names.values());
    let name = wanted;
    for (let n = 2; taken.has(name); n++) name = `${wanted}${n}`;
    this.#names.set(key, name);
    if (suffix.length === 0 && name === wanted && file.includes('/packages/schema/src/')) this.#shared.add(name);
    return name;
  }

  #partName(type: ts.Type): string | undefined {
    const symbol = type.aliasSymbol ?? type.getSymbol();
    const name = symbol?.name;
    if (name && !name.startsWith('__') && name !== 'Array') return name;
    if (type.flags & ts.TypeFlags.String) return 'String';
    if (type.flags & ts.TypeFlags.Number) return 'Number';
    return undefined;
  }
}
