/** Things in nested folders, `A/B`, as a tree. */
export interface Folder<T> {
  readonly name: string;
  /** From the root, `A/B`. */
  readonly path: string;
  readonly folders: readonly Folder<T>[];
  readonly items: readonly T[];
}

/** Folders by name, things in the order they come. */
export function folderTree<T>(items: readonly T[], folderOf: (item: T) => string): Folder<T> {
  interface Node {
    readonly folders: Map<string, Node>;
    readonly items: T[];
  }
  const root: Node = { folders: new Map(), items: [] };
  for (const item of items) {
    let at = root;
    for (const part of folderOf(item).split('/').filter(Boolean)) {
      const next = at.folders.get(part) ?? { folders: new Map(), items: [] };
      at.folders.set(part, next);
      at = next;
    }
    at.items.push(item);
  }
  const close = (node: Node, name: string, path: string): Folder<T> => ({
    name,
    path,
    items: node.items,
    folders: [...node.folders]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([part, child]) => close(child, part, path ? `${path}/${part}` : part)),
  });
  return close(root, '', '');
}

export const countOf = <T>(folder: Folder<T>): number =>
  folder.items.length + folder.folders.reduce((sum, each) => sum + countOf(each), 0);
