/** The `@…` that is being typed. */
export interface Mention {
  /** Of the `@`. */
  readonly start: number;
  readonly end: number;
  readonly typed: string;
}

/** The mention that ends at the cursor; not inside an address such as ann@contoso.example. */
export function mentionAt(text: string, cursor: number): Mention | undefined {
  const match = /(?:^|[^\p{L}\p{N}@._/-])@([\p{L}\p{N}._-]{0,60})$/u.exec(text.slice(0, cursor));
  if (!match) return undefined;
  const typed = match[1] ?? '';
  return { start: cursor - typed.length - 1, end: cursor, typed };
}

export function replaceMention(
  text: string,
  mention: Mention,
  username: string,
): { readonly text: string; readonly cursor: number } {
  const before = `${text.slice(0, mention.start)}@${username} `;
  return { text: before + text.slice(mention.end).replace(/^ /, ''), cursor: before.length };
}
