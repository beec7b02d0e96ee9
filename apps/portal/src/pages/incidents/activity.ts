import type { ActivityEntry, Comment } from '@parapet/schema/wire';
import { words } from '../../theme/meaning.ts';

/** The comment that an entry announces, where it is one of the incident's and still there. */
export function commentOf(
  entry: Pick<ActivityEntry, 'category' | 'text' | 'after'>,
  comments: readonly Comment[],
): Comment | undefined {
  const after = (typeof entry.after === 'object' && entry.after !== null ? entry.after : {}) as Record<string, unknown>;
  // An edit is an entry of its own and says so; the comment stands where it was written.
  if (entry.category !== 'comment' || after.alertId !== undefined || after.text !== undefined) return undefined;
  return comments.find((comment) => comment.id === after.commentId);
}

/** What an entry of the activity log says: the comment itself, and codes as words. */
export function activityText(
  entry: Pick<ActivityEntry, 'category' | 'text' | 'after'>,
  comments: readonly Comment[],
): string {
  const after = (typeof entry.after === 'object' && entry.after !== null ? entry.after : {}) as Record<string, unknown>;
  if (entry.category === 'comment')
    return comments.find((comment) => comment.id === after.commentId)?.text ?? entry.text;
  if (entry.category === 'classification' && typeof after.classification === 'string')
    return `Classified as ${[after.classification, after.determination]
      .filter((each): each is string => typeof each === 'string')
      .map(words)
      .join(', ')}`;
  return entry.text;
}
