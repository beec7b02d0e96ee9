/**
 * A schema with only the columns that a text can name, for texts that read every table: `union *`, `search`, `find`.
 *
 * The library makes lists of all columns at each stage of such a text, thousands of them for the tables of a whole schema.
 * A column that the text does not name cannot change what its other names mean, so leaving it out gives the same tree.
 * Whether a name is unknown is decided with the whole schema: a text that seems to have an error is bound again with it.
 */
import type { KGlobals } from '../kusto-api.ts';
import type { StoredFunction } from '../types.ts';
import type { BoundSchema } from './schema.ts';

/** Operators over tables that the text does not list. */
const EVERY_TABLE = /\b(search|find)\b|\bunion\b[^|;]*\*/i;
/** Operators that name columns by a pattern. */
const PATTERN = /\bproject-(keep|away|reorder)\b[^|;]*\*/i;
const WORD = /\w+/g;
const COMMENT = /\/\/[^\n]*/g;

/** Names as the library makes them from others: `Name1` of a second column `Name`, `Name_string` of one with several types. */
const MADE = /(_(string|int|long|real|bool|datetime|dynamic|guid|timespan|decimal))?\d*$/;

/** Every word of a text and of the functions it calls, with the names that a made name may come from. */
export function wordsOf(text: string, functions: ReadonlyMap<string, StoredFunction>): ReadonlySet<string> {
  const words = new Set<string>();
  const visit = (part: string): void => {
    for (const [word] of part.matchAll(WORD)) {
      if (words.has(word)) continue;
      words.add(word);
      const root = word.replace(MADE, '');
      if (root) words.add(root);
      const called = functions.get(word);
      if (called) visit(`${called.parameters} ${called.body}`);
    }
  };
  visit(text);
  return words;
}

/** The globals to bind a text with; undefined when the whole schema serves as well. */
export function namedGlobals(text: string, schema: BoundSchema): KGlobals | undefined {
  const code = text.replace(COMMENT, '');
  if (!EVERY_TABLE.test(code) || PATTERN.test(code)) return undefined;
  return schema.narrowed(wordsOf(text, schema.functions));
}
