import { useSyncExternalStore } from 'react';
import { type Draft, type DraftSet, MAX_DRAFTS, mergeDrafts, newDraft, parseDrafts } from './drafts.ts';

const KEY = 'parapet.hunting.tabs';
const CLOSED_KEY = 'parapet.hunting.closed';
const KEEP_CLOSED = 15;

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: unknown): void {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // A full storage: what is on screen stays, and the next change tries again.
  }
}

let state: DraftSet | undefined;
let closed: readonly Draft[] = [];
const closedHere = new Set<string>();
const watchers = new Set<() => void>();
let timer: ReturnType<typeof setTimeout> | undefined;

function current(): DraftSet {
  if (!state) {
    state = parseDrafts(read(KEY));
    const stored = read(CLOSED_KEY);
    closed = stored ? parseDrafts(stored).drafts.filter((draft) => draft.text.trim() !== '') : [];
    // The last keystrokes before a reload, a closed window or a sleeping laptop.
    window.addEventListener('pagehide', flush);
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'hidden') flush();
    });
  }
  return state;
}

function flush(): void {
  if (timer) clearTimeout(timer);
  timer = undefined;
  if (!state) return;
  const stored = read(KEY);
  write(KEY, stored ? mergeDrafts(state, parseDrafts(stored), closedHere) : state);
  write(CLOSED_KEY, { drafts: closed, active: '' });
}

function set(next: DraftSet): void {
  state = next;
  for (const watcher of watchers) watcher();
  timer ??= setTimeout(flush, 250);
}

/** The open tabs; every change is stored in this browser within a quarter of a second. */
export function useTabs(): DraftSet {
  return useSyncExternalStore((watcher) => {
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  }, current);
}

export const tabs = {
  get: current,
  closed: (): readonly Draft[] => closed,
  activate: (id: string): void => set({ ...current(), active: id }),
  update: (id: string, change: Partial<Omit<Draft, 'id'>>): void => {
    const { drafts, active } = current();
    set({ active, drafts: drafts.map((draft) => (draft.id === id ? { ...draft, ...change } : draft)) });
  },
  /** Open a new tab; an untouched empty one is used instead of piling up. */
  open: (values: Partial<Omit<Draft, 'id'>> = {}): Draft => {
    const { drafts, active } = current();
    const empty = drafts.find(
      (draft) => draft.id === active && draft.text.trim() === '' && !draft.savedId && !draft.guided,
    );
    if (empty && values.text !== undefined) {
      const filled = { ...empty, ...values };
      set({ active, drafts: drafts.map((draft) => (draft.id === active ? filled : draft)) });
      return filled;
    }
    const made = newDraft(drafts, values);
    // The oldest tab makes room; its text moves to the closed ones.
    const room = drafts.length >= MAX_DRAFTS ? drafts.slice(1) : drafts;
    if (room.length < drafts.length) remember(drafts[0]!);
    set({ active: made.id, drafts: [...room, made] });
    return made;
  },
  close: (id: string): void => {
    const { drafts, active } = current();
    const index = drafts.findIndex((draft) => draft.id === id);
    const gone = drafts[index];
    if (!gone) return;
    remember(gone);
    const rest = drafts.filter((draft) => draft.id !== id);
    const kept = rest.length > 0 ? rest : [newDraft([])];
    const next = kept[Math.min(index, kept.length - 1)]!;
    set({ drafts: kept, active: active === id ? next.id : active });
  },
  reopen: (id?: string): void => {
    const found = id ? closed.find((draft) => draft.id === id) : closed[0];
    if (!found) return;
    closed = closed.filter((draft) => draft !== found);
    closedHere.delete(found.id);
    const { drafts } = current();
    const taken = drafts.some((draft) => draft.id === found.id);
    const back = taken ? newDraft(drafts, { ...found }) : found;
    set({ drafts: [...drafts, back], active: back.id });
  },
};

function remember(draft: Draft): void {
  closedHere.add(draft.id);
  if (draft.text.trim() === '') return;
  closed = [draft, ...closed.filter((other) => other.id !== draft.id)].slice(0, KEEP_CLOSED);
}
