import { parseSearch, type SavedQuery, SEARCH_MAX_CHARS, type SearchHit } from '@parapet/schema/wire';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDeferredValue, useEffect, useMemo, useState } from 'react';
import { api } from '../../api/client.ts';
import { useSession } from '../../api/session.ts';
import { huntHref } from '../../features/hunt-link/share-link.ts';
import { NAVIGATION, type NavItem } from '../navigation.ts';
import { exactHit, resultsHref } from './targets.ts';
import { GROUP_LABEL } from './words.ts';

/** Lines of one heading in the list under the search box. */
export interface Suggestions {
  readonly label: string;
  readonly items: readonly SearchHit[];
}

/** Pages the signed-in person may open. */
export function usePages(): readonly (NavItem & { readonly section: string })[] {
  const permissions = useSession()?.permissions;
  return useMemo(
    () =>
      NAVIGATION.flatMap((section) => section.items.map((item) => ({ ...item, section: section.label }))).filter(
        (item) => !item.permission || permissions?.includes(item.permission),
      ),
    [permissions],
  );
}

/** The value once it has rested for a while. */
function useSettled<T>(value: T, milliseconds: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return settled;
}

const MOST_PAGES = 5;

/** Suggestions for a text that is being typed; the first line is what Enter does. */
export function useSuggestions(text: string, open: boolean) {
  const wanted = text.trim();
  const settled = useDeferredValue(useSettled(wanted.slice(0, SEARCH_MAX_CHARS), 120));
  const pages = usePages();
  const mayRead = useSession()?.permissions.includes('SecData.Read') ?? false;
  const parsed = useMemo(() => parseSearch(text), [text]);
  const settledProblems = useMemo(() => parseSearch(settled).problems, [settled]);
  const blocked = settledProblems.some(({ fatal }) => fatal);
  const asks = settled.length >= 2 && mayRead && !blocked;
  const result = useQuery({
    queryKey: ['search', settled],
    queryFn: ({ signal }) => api.get('/api/search', { q: settled }, signal),
    enabled: asks && open,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
  const saved = useQuery({
    queryKey: ['hunting', 'queries'],
    queryFn: async ({ signal }): Promise<readonly SavedQuery[]> =>
      (await api.get('/api/hunting/queries', {}, signal)).items,
    enabled: open && mayRead && wanted.length >= 2,
    staleTime: 60_000,
  });

  const lower = wanted.toLowerCase();
  const exact = exactHit(wanted);
  const groups: Suggestions[] = [];
  if (wanted.length >= 2) {
    const all: SearchHit = {
      label: `Search everywhere for “${wanted.slice(0, 60)}${wanted.length > 60 ? '…' : ''}”`,
      detail: 'All results, with counts',
      href: resultsHref(wanted.slice(0, SEARCH_MAX_CHARS)),
    };
    const go = exact ? [exact] : [];
    if (mayRead && !parsed.problems.some(({ fatal }) => fatal)) groups.push({ label: 'Go to', items: [...go, all] });
    const found = pages
      .filter((page) => page.label.toLowerCase().includes(lower))
      .slice(0, MOST_PAGES)
      .map((page) => ({ label: page.label, detail: page.section || 'Page', href: page.to }));
    groups.push({ label: 'Pages', items: found });
    if (asks && !result.isPlaceholderData)
      for (const { group, items } of result.data?.groups ?? []) groups.push({ label: GROUP_LABEL[group], items });
    groups.push({
      label: 'Saved queries',
      items: (saved.data ?? [])
        .filter((one) => one.kind === 'query' && one.name.toLowerCase().includes(lower))
        .slice(0, MOST_PAGES)
        .map((one) => ({
          label: one.name,
          detail: one.own ? 'Your query' : `Query of ${one.owner}`,
          href: huntHref({ query: one.query }),
        })),
    });
  }
  return {
    groups: groups.filter(({ items }) => items.length > 0),
    problems: parsed.problems,
    tooLong: wanted.length > SEARCH_MAX_CHARS,
    error: result.isError ? result.error : undefined,
    searching: asks && (result.isFetching || settled !== wanted.slice(0, SEARCH_MAX_CHARS)),
    incomplete: result.data?.incomplete ?? [],
    /** Nothing matches, and everything was asked. */
    empty:
      wanted.length >= 2 &&
      !result.isFetching &&
      settled === wanted &&
      asks &&
      result.data?.groups.length === 0 &&
      groups.every(({ label, items }) => label === 'Go to' || items.length === 0),
  };
}
