import type { HuntDiagnostic } from '@parapet/schema/wire';
import { useEffect, useRef, useState } from 'react';
import { api } from '../../api/client.ts';
import type { TextSpan } from '../../features/kusto-editor/statements.ts';

export interface Checked {
  readonly text: string;
  /** The queries of the text: what Run takes as one. */
  readonly parts: readonly TextSpan[];
  readonly diagnostics: readonly HuntDiagnostic[];
  readonly schemaVersion: string;
}

/** Typing pauses this long before the text is sent. */
const PAUSE_MS = 300;
/** Longer texts are not run either. */
const MOST_CHARS = 100_000;

const EMPTY: Omit<Checked, 'text'> = { parts: [], diagnostics: [], schemaVersion: '' };

async function ask(text: string, signal?: AbortSignal): Promise<Checked> {
  if (text.trim() === '') return { ...EMPTY, text };
  const answer = await api.post('/api/hunting/check', { query: text }, signal);
  return {
    text,
    parts: answer.parts.map(({ start, length }) => ({ start, end: start + length })),
    diagnostics: answer.diagnostics,
    schemaVersion: answer.schemaVersion,
  };
}

/**
 * The compiler's findings for the text, some moments after the last key; undefined until they are known. `fresh` waits
 * for those of a text that was typed this instant.
 */
export function useCheck(text: string): {
  readonly checked: Checked | undefined;
  readonly fresh: (text: string) => Promise<Checked | undefined>;
} {
  const [checked, setChecked] = useState<Checked>();
  const known = useRef(checked);
  known.current = checked;
  useEffect(() => {
    if (text.length > MOST_CHARS || known.current?.text === text) return;
    const abort = new AbortController();
    const timer = setTimeout(
      () => {
        // Without an answer nothing is underlined; Run still tells what is wrong.
        ask(text, abort.signal).then(setChecked, () => undefined);
      },
      known.current ? PAUSE_MS : 0,
    );
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [text]);

  const fresh = async (wanted: string): Promise<Checked | undefined> => {
    if (known.current?.text === wanted) return known.current;
    if (wanted.length > MOST_CHARS) return undefined;
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), 1500);
    try {
      const answer = await ask(wanted, late.signal);
      setChecked(answer);
      return answer;
    } catch {
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  };
  return { checked: checked?.text === text ? checked : undefined, fresh };
}
