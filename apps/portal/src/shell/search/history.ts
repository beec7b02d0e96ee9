/** What was searched for, in this browser only and for 30 days; never sent to the server (spec D 1.4). */

const KEY = 'parapet.search.history';
const OFF_KEY = 'parapet.search.history.off';
const KEEP_MS = 30 * 86_400_000;
const MOST = 50;

interface Entry {
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

function stored(): Entry[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(value)
      ? value.filter(
          (one: Partial<Entry> | null): one is Entry => typeof one?.text === 'string' && typeof one.at === 'number',
        )
      : [];
  } catch {
    return [];
  }
}

function store(entries: readonly Entry[]): void {
  try {
    if (entries.length > 0) localStorage.setItem(KEY, JSON.stringify(entries));
    else localStorage.removeItem(KEY);
  } catch {
    // A full or forbidden storage costs the memory of it, nothing else.
  }
}

/** Entries of the last 30 days, newest first. */
export function pastSearches(now = Date.now()): readonly string[] {
  return stored()
    .filter(({ at }) => now - at < KEEP_MS)
    .map(({ text }) => text);
}

/** Remember a search; the same text moves to the front. */
export function rememberSearch(text: string, now = Date.now()): void {
  const wanted = text.trim().slice(0, 400);
  if (!wanted || historyOff()) return;
  const others = stored().filter((one) => one.text !== wanted && now - one.at < KEEP_MS);
  store([{ text: wanted, at: now }, ...others].slice(0, MOST));
}

export const clearSearches = (): void => store([]);

export function historyOff(): boolean {
  try {
    return localStorage.getItem(OFF_KEY) === '1';
  } catch {
    return true;
  }
}

/** Switching it off forgets what was kept. */
export function switchHistory(on: boolean): void {
  try {
    if (on) localStorage.removeItem(OFF_KEY);
    else localStorage.setItem(OFF_KEY, '1');
  } catch {
    // Then nothing is kept anyway.
  }
  if (!on) clearSearches();
}
