/**
 * Reads the properties of one JSON document that a SELECT needs. One property is read by its path; several are merged into
 * one named tuple type, so that the document is parsed once.
 *
 * Every tuple starts with a field that no document has. It stays NULL for objects; an array, which the engine would read
 * into a tuple by position, fills it, and the properties then count as missing.
 */
import { type Params, quoteName } from './params.ts';

interface Node {
  readonly index: number;
  readonly children: Map<string, Node>;
  leaf: boolean;
}

const GUARD = '\u0001';

function typeOf(node: Node): string {
  if (node.leaf) return 'String';
  const fields = [...node.children].map(([key, child]) => `${quoteName(key)} ${typeOf(child)}`);
  return `Tuple(${quoteName(GUARD)} Nullable(String), ${fields.join(', ')})`;
}

export class JsonDocument {
  private readonly root: Node = { index: 0, children: new Map(), leaf: false };
  /** Key of a path → the name its text goes by. */
  private readonly paths = new Map<string, { readonly name: string; readonly path: readonly string[] }>();
  private readonly alias: string;
  readonly base: string;

  constructor(alias: string, base: string) {
    this.alias = alias;
    this.base = base;
  }

  /** Name of the text of a property, empty when missing; undefined when this document's type cannot hold the path. */
  text(path: readonly string[]): string | undefined {
    const key = JSON.stringify(path);
    const known = this.paths.get(key);
    if (known) return known.name;
    if (!this.fits(path)) return undefined;
    let node = this.root;
    path.forEach((step, i) => {
      let next = node.children.get(step);
      if (!next) {
        next = { index: node.children.size + 2, children: new Map(), leaf: i === path.length - 1 };
        node.children.set(step, next);
      }
      node = next;
    });
    const name = `${this.alias}p${this.paths.size}`;
    this.paths.set(key, { name, path });
    return name;
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

  /**
   * What the names stand for, as entries of a WITH clause.
   * @param tests SQL of what must hold of the document: where it does not, the names may stand for anything
   */
  definitions(params: Params, tests: readonly string[] = []): [string, string][] {
    const all = [...this.paths.values()];
    const base = tests.length ? `if(${tests.join(' AND ')}, ${this.base}, '')` : this.base;
    if (all.length === 1) {
      const keys = all[0]!.path.map((k) => params.add(k, 'String'));
      return [[all[0]!.name, `JSONExtract(${[base, ...keys].join(', ')}, 'String')`]];
    }
    const whole = `JSONExtract(${base}, ${params.add(typeOf(this.root), 'String')})`;
    return [[this.alias, whole], ...all.map(({ name, path }): [string, string] => [name, this.member(path)])];
  }

  private member(path: readonly string[]): string {
    let node = this.root;
    let sql = this.alias;
    const guards: string[] = [];
    for (const step of path) {
      guards.push(`isNull(${sql}.1)`);
      node = node.children.get(step)!;
      sql = `${sql}.${node.index}`;
    }
    return `if(${guards.join(' AND ')}, ${sql}, '')`;
  }
}
