/**
 * The editor's texts belong to its lazily loaded chunk. A closed tab is forgotten there too, after it left the screen
 * and without loading the editor just for that.
 */
let dispose: ((key: string) => void) | undefined;

export function setDisposer(disposer: (key: string) => void): void {
  dispose = disposer;
}

export function disposeLater(key: string): void {
  setTimeout(() => dispose?.(key), 0);
}
