import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { notify } from '../../components/Notifier.tsx';
import { filterOf, LINK_KEYS } from './link.ts';
import { useScopeFilter, useSetScopeFilter } from './useScopeFilter.ts';

/**
 * Takes over the scope filter that a link brings along, says so, and takes it out of the address. A link can hide data from who opens
 * it: it never does so silently, and one click takes it back.
 */
export function useLinkedScope(): void {
  const search = useSearch({ strict: false }) as Record<string, string>;
  const navigate = useNavigate();
  const set = useSetScopeFilter();
  const known = useScopeFilter().data !== undefined;
  const done = useRef('');
  const text = LINK_KEYS.map((key) => search[key] ?? '').join('\n');
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each filter that an address brings
  useEffect(() => {
    const wanted = filterOf(search);
    if (!wanted || !known || done.current === text) return;
    done.current = text;
    set(wanted)
      .then((before) => {
        if (JSON.stringify(before) === JSON.stringify(wanted)) return;
        const undo = (): void => {
          set(before ?? { scopes: [], environments: [] }).catch((error: unknown) =>
            notify.failure('The scope was not changed back', error),
          );
        };
        notify.undoable('The link set your cloud scope', undo, 'Cloud data outside of it is left out on every page.');
      })
      .catch((error: unknown) => notify.failure('The scope of the link was not taken over', error))
      .finally(() => {
        done.current = '';
        void navigate({
          to: '.',
          replace: true,
          search: (previous: Record<string, unknown>) =>
            Object.fromEntries(
              Object.entries(previous).filter(([key]) => !(LINK_KEYS as readonly string[]).includes(key)),
            ),
        } as never);
      });
  }, [text, known]);
}
