import { useCallback, useState } from 'react';

/** State that survives a reload of this browser. For drafts, widths and folded sections; never for anything secret. */
export function useStored<T>(key: string, initial: T): readonly [T, (value: T) => void] {
  const name = `parapet.${key}`;
  const [value, setValue] = useState<T>(() => {
    try {
      const text = localStorage.getItem(name);
      return text === null ? initial : (JSON.parse(text) as T);
    } catch {
      return initial;
    }
  });
  const store = useCallback(
    (next: T) => {
      setValue(next);
      try {
        localStorage.setItem(name, JSON.stringify(next));
      } catch {
        // A full or forbidden storage costs the memory of it, not the change.
      }
    },
    [name],
  );
  return [value, store];
}
