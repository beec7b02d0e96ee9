/**
 * How well a command fits what was typed: every word must begin a word of it, or be inside it.
 * @returns undefined when it does not fit; less is better
 */
export function matchCommand(text: string, label: string, detail: string): number | undefined {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const hay = `${label} ${detail}`.toLowerCase();
  let cost = 0;
  for (const word of words) {
    const at = hay.indexOf(word);
    if (at < 0) return undefined;
    if (at > 0) cost += /[\s:&(-]/.test(hay[at - 1] ?? '') ? 1 : 5;
    // What stands in the detail alone fits less.
    if (at >= label.length) cost += 3;
  }
  return cost;
}
