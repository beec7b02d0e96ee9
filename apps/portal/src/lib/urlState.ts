import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import * as v from 'valibot';
import { joinList, splitList, toText } from './searchString.ts';

/** Building blocks for the schema of a page's address. A bad value falls back instead of breaking the page. */
export const url = {
  text: (fallback = '') => v.fallback(v.optional(v.string(), fallback), fallback),
  choice: <const T extends readonly string[]>(values: T, fallback: T[number]) =>
    v.fallback(v.optional(v.picklist(values), fallback), fallback),
  list: <const T extends readonly string[]>(values: T, fallback: readonly T[number][] = []) =>
    v.optional(
      v.pipe(
        v.string(),
        v.transform((text): T[number][] =>
          splitList(text).filter((item): item is T[number] => (values as readonly string[]).includes(item)),
        ),
      ),
      joinList(fallback),
    ),
  strings: () =>
    v.optional(
      v.pipe(
        v.string(),
        v.transform((text): string[] => splitList(text)),
      ),
      '',
    ),
  integer: (fallback: number, min = 1, max = 100_000) =>
    v.optional(
      v.pipe(
        v.string(),
        v.transform((text) => {
          const value = Number(text);
          return Number.isInteger(value) && value >= min && value <= max ? value : fallback;
        }),
      ),
      String(fallback),
    ),
  flag: () =>
    v.optional(
      v.pipe(
        v.string(),
        v.transform((text) => text === 'true' || text === '1'),
      ),
      '',
    ),
} as const;

type AnyObjectSchema = v.GenericSchema<Record<string, string | undefined>, Record<string, unknown>>;

/**
 * Page state that lives in the address. `setState(patch)` merges; `undefined` and values equal to the schema's own
 * defaults leave the address. Typing and toggling replace the history entry; opening something should push.
 *
 * @param schema an object schema made of the `url.*` pieces; define it once outside the component
 */
export function useUrlState<S extends v.GenericSchema<never, Record<string, unknown>> | AnyObjectSchema>(
  schema: S,
): readonly [v.InferOutput<S>, (patch: Partial<v.InferOutput<S>>, options?: { push?: boolean }) => void] {
  const raw = useSearch({ strict: false }) as Record<string, string>;
  const navigate = useNavigate();
  const state = useMemo(() => v.parse(schema as AnyObjectSchema, raw), [schema, raw]) as v.InferOutput<S>;
  const defaults = useMemo(() => v.parse(schema as AnyObjectSchema, {}), [schema]);
  const setState = useCallback(
    (patch: Partial<v.InferOutput<S>>, options?: { push?: boolean }) => {
      void navigate({
        to: '.',
        replace: !options?.push,
        resetScroll: false,
        search: (previous: Record<string, unknown>) =>
          patchSearch(previous as Record<string, string>, patch as Record<string, unknown>, defaults),
      } as never);
    },
    [navigate, defaults],
  );
  return [state, setState];
}

/** Pure part of `useUrlState`, exported for its test. */
export function patchSearch(
  previous: Readonly<Record<string, string>>,
  patch: Readonly<Record<string, unknown>>,
  defaults: Readonly<Record<string, unknown>>,
): Record<string, string> {
  const next: Record<string, string> = { ...previous };
  for (const [key, value] of Object.entries(patch)) {
    const text = toText(value);
    const fallback = toText(defaults[key]);
    // A list emptied by hand must be told apart from an absent one when the page has a default filter.
    if (text === fallback) delete next[key];
    else next[key] = text === '' ? NONE : text;
  }
  return next;
}

/** Stands for "cleared on purpose" where the page's default is not empty: `?status=any`. */
export const NONE = 'any';
