import type { HuntDiagnostic } from '@parapet/schema/wire';

/** Whether the suggestion is the word that was meant, and not advice. */
export function replaces(one: HuntDiagnostic): boolean {
  return (
    /^[A-Za-z_][\w-]*$/.test(one.suggestion ?? '') &&
    one.message.includes('Did you mean') &&
    one.length > 0 &&
    !one.suggestion!.endsWith('-')
  );
}

/** The message with its advice, as it is read in one go. */
export function messageOf(one: HuntDiagnostic): string {
  const advice = one.suggestion && !one.message.includes(one.suggestion) ? `\nWrite instead: ${one.suggestion}` : '';
  return `${one.message}${advice}`;
}

/** Findings of several sources, each place and code once, in the order of the text. */
export function mergeDiagnostics(...sources: readonly (readonly HuntDiagnostic[])[]): HuntDiagnostic[] {
  const out = new Map<string, HuntDiagnostic>();
  for (const one of sources.flat()) {
    const key = `${one.start}|${one.code}`;
    if (!out.has(key)) out.set(key, one);
  }
  return [...out.values()].sort((a, b) => a.start - b.start);
}
