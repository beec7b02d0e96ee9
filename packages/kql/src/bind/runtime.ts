/**
 * Quicker forms of the helpers that the library's generated code calls most. Each gives what the helper it stands before
 * gives, and hands on whatever is not the common case.
 */

type AnyType = {
  readonly $kind?: string;
  readonly $is?: unknown;
  readonly $literal?: unknown;
  readonly $nullable?: unknown;
};

interface Bridge {
  isArray(value: unknown, type?: unknown): boolean;
  is(value: unknown, type: unknown, ignoreFn?: boolean, allowNull?: boolean): boolean;
  hasValue(value: unknown): boolean;
  referenceEquals(a: unknown, b: unknown): boolean;
  staticEquals(a: unknown, b: unknown): boolean;
  ref(target: Record<string, unknown>, name?: unknown): { v: unknown };
  getTypeAlias(type: unknown): string;
  readonly Class: { getCachedType(make: object, args: ArrayLike<unknown>): unknown };
}

interface Arrays {
  getCount(list: unknown, type?: unknown): number;
  getItem(list: unknown, index: number, type?: unknown): unknown;
}

interface Sequence {
  ToArray(type?: unknown): unknown[];
}

interface Sequences {
  from(source: unknown, type?: unknown): Sequence;
}

/** A list of the runtime: an array of which the first `_size` elements count. */
interface RuntimeList {
  readonly _items?: unknown;
  readonly _size?: unknown;
}

/** A value that is nothing but itself: no number in a box and no array, which the runtime unpacks element by element. */
const plain = (value: unknown): boolean =>
  value !== null && value !== undefined && !(value as { $boxed?: unknown }).$boxed && !Array.isArray(value);

/** A field that a call may read and replace. */
class FieldReference {
  private readonly target: Record<string | number, unknown>;
  private readonly name: string | number;

  constructor(target: Record<string | number, unknown>, name: string | number) {
    this.target = target;
    this.name = name;
  }

  get v(): unknown {
    return this.target[this.name];
  }

  set v(value: unknown) {
    this.target[this.name] = value;
  }
}

/** Names of an interface's members, by the type it is made for. */
function memberNames(prefix: string, member: string, bridge: Bridge): (type: object) => string {
  const names = new Map<object, string>();
  return (type) => {
    let name = names.get(type);
    if (name === undefined) {
      name = `${prefix}${bridge.getTypeAlias(type)}${member}`;
      names.set(type, name);
    }
    return name;
  };
}

/** Installs the quicker forms. Call once, between loading the runtime and loading what was generated for it. */
export function quickenRuntime(): void {
  const { Bridge: bridge, System } = globalThis as unknown as { Bridge: Bridge; System: { Array: Arrays } };
  const arrays = System.Array;
  const countOf = memberNames('System$Collections$Generic$ICollection$1$', '$getCount', bridge);
  const itemOf = memberNames('System$Collections$Generic$IList$1$', '$getItem', bridge);

  const { isArray, is, ref } = bridge;
  const { getCount, getItem } = arrays;

  bridge.isArray = (value, type) => Array.isArray(value) || isArray(value, type);

  arrays.getCount = (list, type) => {
    if (Array.isArray(list)) return list.length;
    const direct = (list as { Count?: unknown }).Count;
    if (typeof direct === 'number') return direct;
    if (type) {
      const count = (list as Record<string, unknown>)[countOf(type as object)];
      if (typeof count === 'function') return (count as (this: unknown) => number).call(list);
    }
    return getCount(list, type);
  };

  arrays.getItem = (list, index, type) => {
    if (type) {
      if (Array.isArray(list)) return list[index] as unknown;
      const item = (list as Record<string, unknown>)[itemOf(type as object)];
      if (typeof item === 'function') return (item as (this: unknown, i: number) => unknown).call(list, index);
    }
    return getItem(list, index, type);
  };

  bridge.ref = (target, name) =>
    typeof name === 'string' || typeof name === 'number' ? new FieldReference(target, name) : ref(target, name);

  // A generic type is asked for by its arguments wherever the code names it.
  const made = new WeakMap<object, Map<unknown, unknown>>();
  const { getCachedType } = bridge.Class;
  (bridge.Class as { getCachedType: typeof getCachedType }).getCachedType = (make, args) => {
    if (args.length !== 1) return getCachedType(make, args);
    let byArgument = made.get(make);
    if (!byArgument) {
      byArgument = new Map();
      made.set(make, byArgument);
    }
    let type = byArgument.get(args[0]);
    if (type === undefined) {
      type = getCachedType(make, args);
      if (type) byArgument.set(args[0], type);
    }
    return type;
  };

  const { hasValue, referenceEquals, staticEquals } = bridge;
  bridge.hasValue = (value) => plain(value) || hasValue(value);
  bridge.referenceEquals = (a, b) => {
    if (plain(a)) return a === b;
    return (a === null || a === undefined) && plain(b) ? false : referenceEquals(a, b);
  };
  bridge.staticEquals = (a, b) => {
    const [none, other] = [a === null || a === undefined, b === null || b === undefined];
    if (none || other) return none ? !bridge.hasValue(b) : !bridge.hasValue(a);
    return staticEquals(a, b);
  };

  // Whether an object of a class is of a type depends on the two types alone, unless the type tests its values itself.
  const known = Symbol('types of instances');
  type Answers = { readonly of: unknown; readonly byType: Map<unknown, boolean> };
  bridge.is = (value, type, ignoreFn, allowNull) => {
    if (value === null || value === undefined || typeof value !== 'object') return is(value, type, ignoreFn, allowNull);
    const own = (value as object).constructor as unknown as AnyType & { [known]?: Answers };
    // A class must not take the answers of its base.
    const answers = own[known];
    if (answers?.of === own) {
      const answer = answers.byType.get(type);
      if (answer !== undefined) return answer;
    }
    const wanted = type as AnyType;
    if (
      own.$kind !== 'class' ||
      (value as { $boxed?: unknown }).$boxed ||
      (value as { $getType?: unknown }).$getType !== undefined ||
      typeof type !== 'function' ||
      wanted.$is ||
      wanted.$literal ||
      wanted.$nullable
    )
      return is(value, type, ignoreFn, allowNull);
    const answer = is(value, type, ignoreFn, allowNull);
    if (answers?.of === own) answers.byType.set(type, answer);
    else own[known] = { of: own, byType: new Map([[type, answer]]) };
    return answer;
  };

  // Most sequences that are made into arrays are lists, which hold one already.
  const sequences = (System as unknown as { Linq: { Enumerable: Sequences & { prototype: Sequence } } }).Linq
    .Enumerable;
  const { from } = sequences;
  const lists = new WeakMap<Sequence, RuntimeList>();
  sequences.from = (source, type) => {
    const sequence = from(source, type);
    const list = source as RuntimeList | null | undefined;
    if (list && Array.isArray(list._items) && typeof list._size === 'number') lists.set(sequence, list);
    return sequence;
  };
  const { ToArray } = sequences.prototype;
  sequences.prototype.ToArray = function (this: Sequence, type) {
    const list = lists.get(this);
    if (!list) return ToArray.call(this, type);
    const out = (System.Array as unknown as { init(values: unknown[], type: unknown): unknown[] }).init(
      [],
      type ?? (System as unknown as { Object: unknown }).Object,
    );
    for (let i = 0; i < (list._size as number); i++) out.push((list._items as unknown[])[i]);
    return out;
  };
}

interface Element {
  readonly ChildCount: number;
  GetChild(index: number): Element | null;
  readonly _parentOrTree: unknown;
}

type Visit = ((element: Element) => void) | null | undefined;

interface Library {
  readonly Syntax: {
    readonly SyntaxElement: {
      readonly prototype: object;
      WalkElements(root: Element, before?: Visit, after?: Visit, descend?: ((e: Element) => boolean) | null): void;
    };
    readonly SyntaxTree: new (...args: never[]) => object;
  };
  readonly Binding: {
    readonly Binder: {
      readonly prototype: {
        GetCurrentDatabaseFunction(): { readonly Name: string } | null;
        GetCurrentDatabaseFunctionName(location: unknown): string | null;
      };
    };
  };
}

/** Quicker forms of what binding does for each node of a text. Call once, after the library is loaded. */
export function quickenLibrary(): void {
  const { Syntax, Binding } = (globalThis as unknown as { Kusto: { Language: Library } }).Kusto.Language;
  const { SyntaxElement, SyntaxTree } = Syntax;

  // The library's walk looks up parent and place of each node to find the next; this one keeps the way it came.
  SyntaxElement.WalkElements = (root, before, after, descend) => {
    const nodes: Element[] = [root];
    const next: number[] = [0];
    before?.(root);
    while (nodes.length) {
      const at = nodes.length - 1;
      const node = nodes[at]!;
      const i = next[at]!;
      if (i < node.ChildCount && (i > 0 || !descend || descend(node))) {
        next[at] = i + 1;
        const child = node.GetChild(i);
        if (!child) continue;
        nodes.push(child);
        next.push(0);
        before?.(child);
      } else {
        after?.(node);
        nodes.pop();
        next.pop();
      }
    }
  };

  Object.defineProperty(SyntaxElement.prototype, 'Parent', {
    configurable: true,
    enumerable: true,
    get(this: Element) {
      const above = this._parentOrTree;
      return above === null || above === undefined || above instanceof SyntaxTree ? null : above;
    },
  });

  // Which function a text declares is asked at each name; only commands declare one, and no text here is a command.
  const binder = Binding.Binder.prototype;
  binder.GetCurrentDatabaseFunctionName = function () {
    return this.GetCurrentDatabaseFunction()?.Name ?? null;
  };
}
