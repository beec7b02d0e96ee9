/**
 * The expression that a text index over terms covers. The engine splits it at everything in ASCII that is no letter and no
 * digit; what else separates terms becomes a blank here, and case is gone, so its tokens are the terms of the language.
 * Most texts are ASCII and take the short way.
 * @param column quoted name of a stored text column
 */
export function termIndexExpression(column: string): string {
  const rare = `lowerUTF8(replaceRegexpAll(${column}, '[^\\\\x00-\\\\x7f\\\\pL\\\\pN]', ' '))`;
  return `if(isValidASCII(${column}), lower(${column}), ${rare})`;
}

/** Tokens the engine takes in one search. */
export const MOST_TOKENS = 64;
/** Shorter pieces of a text occur in too many different terms for a look through the dictionary to pay. */
export const SHORTEST_PIECE = 6;
