import type { HuntDiagnostic } from '@parapet/schema/wire';
import { useLocation } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { notify } from '../../components/Notifier.tsx';
import { decodeQuery, readHuntAddress } from '../../features/hunt-link/share-link.ts';
import type { RunQuestion } from './runs.ts';

/** Diagnostics with offsets in the whole tab, as long as the text they speak of still stands where it stood. */
export function placed(
  diagnostics: readonly HuntDiagnostic[],
  question: RunQuestion | undefined,
  text: string,
): HuntDiagnostic[] {
  if (!question || text.slice(question.start, question.start + question.query.length) !== question.query) return [];
  const before = text.slice(0, question.start);
  const lines = before.split('\n').length - 1;
  return diagnostics.map((one) => ({ ...one, start: one.start + question.start, line: one.line + lines }));
}

/**
 * Opens what the address asks for, once per address.
 * @param onGuided called for `?mode=guided`
 */
export function useAddress(
  onOpen: (text: string, run: boolean, range: string | undefined) => void,
  onGuided: () => void,
): void {
  const location = useLocation();
  const seen = useRef('');
  const open = useRef(onOpen);
  open.current = onOpen;
  const guided = useRef(onGuided);
  guided.current = onGuided;
  const { searchStr, hash } = location;
  useEffect(() => {
    const address = `${searchStr}#${hash}`;
    if (seen.current === address) return;
    seen.current = address;
    const wanted = readHuntAddress(searchStr, hash ? `#${hash.replace(/^#/, '')}` : '');
    if (!wanted.encoded) {
      if (new URLSearchParams(searchStr).get('mode') === 'guided') guided.current();
      return;
    }
    void decodeQuery(wanted.encoded).then((text) => {
      if (text === undefined)
        notify.warning('This link is damaged', 'Its query could not be read. Ask for the link again, or for the text.');
      else open.current(text, wanted.run, wanted.range);
    });
  }, [searchStr, hash]);
}
