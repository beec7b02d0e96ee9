/** `@name` where a word begins; an address such as ann@contoso.example mentions nobody. */
const MENTION = /(?<![\p{L}\p{N}@._/-])@([\p{L}\p{N}](?:[\p{L}\p{N}._-]{0,98}[\p{L}\p{N}])?)/gu;

/** User names that a comment calls, lower case, each once; at most 50. */
export function mentionsOf(text: string): string[] {
  const names = new Set<string>();
  for (const match of text.matchAll(MENTION)) {
    if (names.size >= 50) break;
    if (match[1]) names.add(match[1].toLowerCase());
  }
  return [...names];
}
