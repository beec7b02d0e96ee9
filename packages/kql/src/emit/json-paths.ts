/**
 * Reads many properties of one JSON document with a single parse: the paths of a document that a SELECT needs are
 * merged into one named tuple type.
 *
 * Every tuple starts with a field that no document has. It stays NULL for objects; an array, which the engine would read
 * into a tuple by position, fills it, and the properties then count as missing.
 */
interface Node {
  readonly index: number;
  readonly children: Map<string, Node>;
  leaf: boolean;
}

const GUARD = '\u0001';

const fieldName = (key: string): string => `\`${key.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;

function typeOf(node: Node): string {
  if (node.leaf) return 'Nullable(String)';
  const fields = [...node.children].map(([key, child]) => `${fieldName(key)} ${typeOf(child)}`);
  return `Tuple(${fieldName(GUARD)} Nullable(String), ${fields.join(', ')})`;
}

export class JsonDocument {
  private readonly root: Node = { index: 0, children: new Map(), leaf: false };
  readonly alias: string;
  readonly base: string;

  constructor(alias: string, base: string) {
    this.alias = alias;
    this.base = base;
  }

  /** SQL (Nullable text) of a property, or undefined when this document's type cannot hold the path. */
  text(path: readonly string[]): string | undefined {
    if (!this.fits(path)) return undefined;
    let node = this.root;
    let sql = this.alias;
    const guards: string[] = [];
    path.forEach((key, i) => {
      let next = node.children.get(key);
      if (!next) {
        next = { index: node.children.size + 2, children: new Map(), leaf: i === path.length - 1 };
        node.children.set(key, next);
      }
      guards.push(`isNull(${sql}.1)`);
      sql = `${sql}.${next.index}`;
      node = next;
    });
    return `if(${guards.join(' AND ')}, ${sql}, NULL)`;
  }

  private fits(path: readonly string[]): boolean {
    let node = this.root;
    for (let i = 0; i < path.length; i++) {
      const next = node.children.get(path[i]!);
      if (!next) return true;
      const last = i === path.length - 1;
      if (next.leaf !== last) return false;
      node = next;
    }
    return true;
  }

  /** The engine type to extract. */
  get type(): string {
    return typeOf(this.root);
  }
}
