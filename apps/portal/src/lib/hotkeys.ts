import { useEffect, useRef, useSyncExternalStore } from 'react';
import { useAppearance } from '../theme/Appearance.tsx';

export interface Hotkey {
  /** `j`, `?`, `Ctrl+K`, or a sequence `g h`. */
  readonly keys: string;
  readonly label: string;
  readonly group: string;
}

interface Registered extends Hotkey {
  readonly run: (event: KeyboardEvent) => void;
  readonly enabled: () => boolean;
}

const registered: Registered[] = [];
const watchers = new Set<() => void>();
let snapshot: readonly Hotkey[] = [];
let prefix = '';
let prefixTimer: ReturnType<typeof setTimeout> | undefined;
let singleKeysOn = true;
let listening = false;

function changed(): void {
  const seen = new Set<string>();
  snapshot = registered.filter((key) => !seen.has(`${key.group}|${key.keys}`) && seen.add(`${key.group}|${key.keys}`));
  for (const watcher of watchers) watcher();
}

/** The name of a key press as shortcuts are written: `Ctrl+K`, `?`, `g`. */
export function keyName(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>): string {
  const key = event.key.length === 1 ? event.key : event.key.replace('Escape', 'Esc').replace('Arrow', '');
  if (event.altKey) return `Alt+${key}`;
  return event.ctrlKey || event.metaKey ? `Ctrl+${key.toUpperCase()}` : key;
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable ||
    /^(TEXTAREA|SELECT)$/.test(target.tagName) ||
    (target instanceof HTMLInputElement && !/^(checkbox|radio|button|range)$/.test(target.type)) ||
    target.closest('.monaco-editor') !== null
  );
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const name = keyName(event);
  const isSingle = event.key.length === 1 && !name.includes('+');
  if (isSingle && (!singleKeysOn || isTyping(event.target))) return;
  if (document.querySelector('[role="dialog"][aria-modal="true"]') && name !== 'Ctrl+K') return;
  const full = prefix ? `${prefix} ${name}` : name;
  const sequence = registered.some((key) => key.enabled() && key.keys.startsWith(`${full} `));
  // The last one registered is the innermost part of the page.
  const match = registered.findLast((key) => key.enabled() && key.keys === full);
  if (prefixTimer) clearTimeout(prefixTimer);
  prefix = '';
  if (match) {
    event.preventDefault();
    match.run(event);
  } else if (sequence) {
    prefix = full;
    prefixTimer = setTimeout(() => {
      prefix = '';
    }, 1200);
  }
}

/** Bind a key for as long as the component is mounted; the keyboard map (`?`) shows what is bound right now. */
export function useHotkey(
  keys: string,
  label: string,
  group: string,
  run: (event: KeyboardEvent) => void,
  enabled = true,
): void {
  const latest = useRef({ run, enabled });
  latest.current = { run, enabled };
  useEffect(() => {
    if (!listening) {
      listening = true;
      window.addEventListener('keydown', onKeyDown);
    }
    const entry: Registered = {
      keys,
      label,
      group,
      run: (event) => latest.current.run(event),
      enabled: () => latest.current.enabled,
    };
    registered.push(entry);
    changed();
    return () => {
      registered.splice(registered.indexOf(entry), 1);
      changed();
    };
  }, [keys, label, group]);
}

/** Do what a key of the map does. */
export function runHotkey({ keys, group }: Pick<Hotkey, 'keys' | 'group'>): void {
  const found = registered.findLast((key) => key.enabled() && key.keys === keys && key.group === group);
  found?.run(new KeyboardEvent('keydown'));
}

export function useHotkeyMap(): readonly Hotkey[] {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => snapshot,
  );
}

/** Follows the person's choice to switch single-key shortcuts off. Mounted once by the shell. */
export function useHotkeySetting(): void {
  const { singleKeys } = useAppearance();
  useEffect(() => {
    singleKeysOn = singleKeys;
  }, [singleKeys]);
}
