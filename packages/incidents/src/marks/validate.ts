import { EXCLUSION_REASONS, type ExclusionReason, ParapetError } from '@parapet/schema';
import { member } from '../validate.ts';

export const MAX_TAGS = 50;
export const MAX_TAG = 200;
export const MAX_NOTE = 20_000;

/** A change of what people say about an entity; what is absent stays. */
export interface MarkChange {
  readonly tags?: readonly string[];
  readonly addTags?: readonly string[];
  readonly removeTags?: readonly string[];
  /** null takes the exclusion back. */
  readonly excluded?: { readonly reason: string; readonly note?: string } | null;
}

const refuse = (message: string, field: string, hint?: string): ParapetError =>
  new ParapetError('invalid_request', 400, message, hint, { field });

/** Tags as they are kept: trimmed, each once without regard to case. @throws ParapetError `invalid_request` 400 */
export function cleanTags(tags: readonly string[]): string[] {
  const found = new Map<string, string>();
  for (const tag of tags) {
    const text = tag.trim();
    if (text === '') continue;
    if ([...text].length > MAX_TAG)
      throw refuse(`A tag has at most ${MAX_TAG} characters; this one has ${[...text].length}.`, 'tags', 'Shorten it.');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
    if (/[\u0000-\u001f\u007f]/.test(text)) throw refuse('A tag is one line of text.', 'tags');
    if (!found.has(text.toLowerCase())) found.set(text.toLowerCase(), text);
  }
  if (found.size > MAX_TAGS) throw refuse(`An entity has at most ${MAX_TAGS} tags.`, 'tags', 'Remove one first.');
  return [...found.values()];
}

export const reasonOf = (text: string): ExclusionReason => member('reason', text, EXCLUSION_REASONS);

/** @throws ParapetError `invalid_request` 400 */
export function noteText(text: string): string {
  const trimmed = text.trim();
  if (trimmed === '') throw refuse('A note needs text.', 'text');
  if ([...trimmed].length > MAX_NOTE) throw refuse(`A note has at most ${MAX_NOTE} characters.`, 'text');
  return trimmed.replaceAll('\u0000', '');
}
