import type { StateDb } from '@parapet/state';

/** What an open incident page is told. */
export interface LiveMessage {
  /** Something about the incident changed; what it is now is read again. */
  readonly version?: string;
  /** User names that have it open, each once. */
  readonly present?: readonly string[];
}

interface Watcher {
  readonly username: string;
  readonly send: (message: LiveMessage) => void;
  version: string;
}

/** Changes that come together are told once. */
const GATHER_MS = 250;
/** Other servers' changes are not announced here; they are found by looking. */
const LOOK_MS = 5_000;

/** Tells open pages when their incident changed and who else has it open. */
export class LiveIncidents {
  readonly #db: StateDb;
  readonly #watched = new Map<string, Set<Watcher>>();
  #soon: NodeJS.Timeout | undefined;
  #steady: NodeJS.Timeout | undefined;

  constructor(db: StateDb) {
    this.#db = db;
  }

  /**
   * @param id decimal id of an incident that the caller sees
   * @returns stops it
   */
  watch(id: string, version: string, username: string, send: Watcher['send']): () => void {
    const watcher: Watcher = { username, send, version };
    const group = this.#watched.get(id) ?? new Set();
    this.#watched.set(id, group.add(watcher));
    this.#steady ??= setInterval(() => this.changed(), LOOK_MS).unref();
    tellPresent(group);
    return () => {
      group.delete(watcher);
      if (group.size > 0) tellPresent(group);
      else this.#watched.delete(id);
      if (this.#watched.size === 0) {
        clearInterval(this.#steady);
        this.#steady = undefined;
      }
    };
  }

  /** Something was committed. */
  changed(): void {
    if (this.#watched.size === 0 || this.#soon) return;
    this.#soon = setTimeout(() => {
      this.#soon = undefined;
      // A database that does not answer now is asked again at the next change.
      void this.#look().catch(() => undefined);
    }, GATHER_MS).unref();
  }

  async #look(): Promise<void> {
    const rows = await this.#db.query<{ id: string; version: string }>(
      'select i.id::text as id, i.version::text as version from incident i where i.id = any($1::bigint[])',
      [[...this.#watched.keys()]],
    );
    for (const { id, version } of rows)
      for (const watcher of this.#watched.get(id) ?? []) {
        if (watcher.version === version) continue;
        watcher.version = version;
        watcher.send({ version });
      }
  }
}

function tellPresent(group: ReadonlySet<Watcher>): void {
  const present = [...new Set([...group].map(({ username }) => username))].sort();
  for (const watcher of group) watcher.send({ present });
}
