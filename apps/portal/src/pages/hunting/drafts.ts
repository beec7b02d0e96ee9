import { type GuidedQuery, parseGuided } from './guided/model.ts';
import { DEFAULT_RANGE, type HuntRange, parseRange } from './time-range.ts';

/** One editor tab. Everything in it survives a reload; results do not, they are asked for again. */
export interface Draft {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly range: HuntRange;
  /** UTF-16 offset, so that Run after a reload means the same query. */
  readonly cursor: number;
  /** The saved query this tab edits. */
  readonly savedId?: string;
  /** Text of the saved query when it was opened or saved last: tells whether the tab holds something unsaved. */
  readonly savedText?: string;
  /** The conditions this tab is made of; its text is the query that says the same. */
  readonly guided?: GuidedQuery;
}

export interface DraftSet {
  readonly drafts: readonly Draft[];
  readonly active: string;
}

export const MAX_DRAFTS = 40;

let counter = 0;

/** Ids only have to be unique among the tabs of one browser. */
function newId(): string {
  counter += 1;
  return `tab-${Date.now().toString(36)}-${counter}`;
}

/** The first free "Query n". */
export function nextTitle(drafts: readonly Draft[]): string {
  const taken = new Set(drafts.map((draft) => draft.title));
  for (let number = 1; ; number += 1) if (!taken.has(`Query ${number}`)) return `Query ${number}`;
}

export function newDraft(drafts: readonly Draft[], values: Partial<Omit<Draft, 'id'>> = {}): Draft {
  return { title: nextTitle(drafts), text: '', range: DEFAULT_RANGE, cursor: 0, ...values, id: newId() };
}

/**
 * Read what an earlier visit left. Entries that cannot be read are left out; the rest is kept.
 * @returns at least one tab, with an active one
 */
export function parseDrafts(stored: string | null): DraftSet {
  let found: Draft[] = [];
  let active = '';
  try {
    const value = JSON.parse(stored ?? 'null') as { drafts?: unknown; active?: unknown } | null;
    active = typeof value?.active === 'string' ? value.active : '';
    found = (Array.isArray(value?.drafts) ? value.drafts : []).flatMap((entry: unknown): Draft[] => {
      const draft = entry as Partial<Draft> | null;
      if (typeof draft?.id !== 'string' || typeof draft.text !== 'string') return [];
      const guided = parseGuided(draft.guided);
      return [
        {
          id: draft.id,
          text: draft.text,
          title: typeof draft.title === 'string' && draft.title ? draft.title : 'Query',
          range: parseRange(draft.range),
          cursor: typeof draft.cursor === 'number' ? Math.min(Math.max(0, draft.cursor), draft.text.length) : 0,
          ...(typeof draft.savedId === 'string' ? { savedId: draft.savedId } : {}),
          ...(typeof draft.savedText === 'string' ? { savedText: draft.savedText } : {}),
          ...(guided ? { guided } : {}),
        },
      ];
    });
  } catch {
    // Not ours or cut short: start fresh rather than show nothing.
  }
  if (found.length === 0) found = [newDraft([])];
  return { drafts: found, active: found.some((draft) => draft.id === active) ? active : found[0]!.id };
}

/** A tab with text that exists nowhere else. */
export function isUnsaved(draft: Draft): boolean {
  return draft.text.trim() !== '' && draft.text !== draft.savedText;
}

/**
 * Merge what another window of the same browser stored with ours: our tabs win, tabs that only they have are kept.
 * Two windows never wipe each other's typing this way.
 */
export function mergeDrafts(ours: DraftSet, theirs: DraftSet, closedHere: ReadonlySet<string>): DraftSet {
  const known = new Set(ours.drafts.map((draft) => draft.id));
  const added = theirs.drafts.filter(
    (draft) => !known.has(draft.id) && !closedHere.has(draft.id) && draft.text.trim() !== '',
  );
  return { active: ours.active, drafts: [...ours.drafts, ...added] };
}
