import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { readPreference, writePreference } from '../api/preferences.ts';
import { readAppearance, useAppearance } from './Appearance.tsx';

/** Carries theme, zone and density to a person's next browser. The browser's own copy wins until the server answers. */
export function useSyncedAppearance(): void {
  const { theme, zone, density, singleKeys, change } = useAppearance();
  const stored = useQuery({
    queryKey: ['preference', 'appearance'],
    queryFn: () => readPreference('appearance'),
    staleTime: Infinity,
  });
  const lastSynced = useRef<string | undefined>(undefined);
  const current = JSON.stringify({ theme, zone, density, singleKeys });

  useEffect(() => {
    if (!stored.isSuccess) return;
    if (lastSynced.current === undefined) {
      if (stored.data) {
        const settings = readAppearance(stored.data);
        lastSynced.current = JSON.stringify(settings);
        change(settings);
        return;
      }
      lastSynced.current = current;
      return;
    }
    if (lastSynced.current === current) return;
    lastSynced.current = current;
    void writePreference('appearance', JSON.parse(current));
  }, [stored.isSuccess, stored.data, current, change]);
}
