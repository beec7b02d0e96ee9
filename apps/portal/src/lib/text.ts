/** Shorten in the middle: the two ends of a path or hash are what people recognise. */
export function middle(text: string, max: number): string {
  if (text.length <= max) return text;
  const tail = Math.ceil((max - 1) * 0.55);
  return `${text.slice(0, max - 1 - tail)}…${text.slice(-tail)}`;
}

/** Characters that change what a person reads without being seen: bidi controls, zero-width, other controls. */
const INVISIBLE = /[\p{Cc}\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;

/** Telemetry as text: hidden characters become visible marks (`⟨U+202E⟩`), so a name cannot lie about itself. */
export function visibleText(text: string): string {
  return text.replace(INVISIBLE, (character) =>
    '\t\n\r'.includes(character)
      ? character
      : `⟨U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`,
  );
}

/** `https://evil.example/a` → `hxxps[:]//evil[.]example/a`: safe to paste into a ticket or a chat. */
export function defang(text: string): string {
  return text.replace(/^http/i, 'hxxp').replace('://', '[:]//').replaceAll('.', '[.]');
}
