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
  ref(target: Record<string, unknown>, name?: unknown): { v: unknown };
  getTypeAlias(type: unknown): string;
  readonly Class: { getCachedType(make: object, args: ArrayLike<unknown>): unknown };
}

interface Arrays {
  getCount(list: unknown, type?: unknown): number;
  getItem(list: unknown, index: number, type?: unknown): unknown;
}

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

  // Whether an object of a class is of a type depends on the two types alone, unless the type tests its values itself.
  const known = Symbol('types of instances');
  bridge.is = (value, type, ignoreFn, allowNull) => {
    if (value === null || value === undefined || typeof value !== 'object') return is(value, type, ignoreFn, allowNull);
    const own = (value as object).constructor as unknown as AnyType | undefined;
    const wanted = type as AnyType;
    if (
      own?.$kind !== 'class' ||
      (value as { $boxed?: unknown }).$boxed ||
      (value as { $getType?: unknown }).$getType !== undefined ||
      typeof type !== 'function' ||
      wanted.$is ||
      wanted.$literal ||
      wanted.$nullable
    )
      return is(value, type, ignoreFn, allowNull);
    const holder = own as { [known]?: Map<unknown, boolean> };
    // A class must not take the answers of its base.
    let byType = Object.hasOwn(holder, known) ? holder[known] : undefined;
    if (!byType) {
      byType = new Map();
      holder[known] = byType;
    }
    let answer = byType.get(type);
    if (answer === undefined) {
      answer = is(value, type, ignoreFn, allowNull);
      byType.set(type, answer);
    }
    return answer;
  };
}
