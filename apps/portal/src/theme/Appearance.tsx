import { FluentProvider } from '@fluentui/react-components';
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import { THEME_CHOICES, type ThemeChoice, type ThemeName, themes } from './theme.ts';

/** What a person chose about how things look. Kept in the browser at once, and on the server for the next browser. */
export interface AppearanceSettings {
  readonly theme: ThemeChoice;
  readonly zone: 'local' | 'utc';
  readonly density: 'compact' | 'comfortable';
  /** Shortcuts of a single key can be turned off (WCAG 2.1.4); Ctrl+K and Esc always work. */
  readonly singleKeys: boolean;
}

const DEFAULTS: AppearanceSettings = { theme: 'system', zone: 'local', density: 'compact', singleKeys: true };
const STORAGE_KEY = 'parapet.appearance';

interface AppearanceValue extends AppearanceSettings {
  readonly themeName: ThemeName;
  readonly change: (patch: Partial<AppearanceSettings>) => void;
}

const Context = createContext<AppearanceValue>({ ...DEFAULTS, themeName: 'light', change: () => {} });

export const useAppearance = (): AppearanceValue => useContext(Context);

/** Reads settings of any age without trusting them. */
export function readAppearance(value: unknown): AppearanceSettings {
  const given = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  return {
    theme: THEME_CHOICES.find((choice) => choice === given.theme) ?? DEFAULTS.theme,
    zone: given.zone === 'utc' ? 'utc' : 'local',
    density: given.density === 'comfortable' ? 'comfortable' : 'compact',
    singleKeys: given.singleKeys !== false,
  };
}

export function storedAppearance(): AppearanceSettings {
  try {
    return readAppearance(JSON.parse(localStorage.getItem(STORAGE_KEY) ?? '{}'));
  } catch {
    return DEFAULTS;
  }
}

function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => window.matchMedia(query).matches);
  useEffect(() => {
    const list = window.matchMedia(query);
    const update = () => setMatches(list.matches);
    update();
    list.addEventListener('change', update);
    return () => list.removeEventListener('change', update);
  }, [query]);
  return matches;
}

/** Fluent theme, colour scheme and time zone for everything below it. */
export function AppearanceProvider({ children }: { readonly children: ReactNode }) {
  const [settings, setSettings] = useState(storedAppearance);
  const prefersDark = useMedia('(prefers-color-scheme: dark)');
  const forcedColors = useMedia('(forced-colors: active)');
  const themeName: ThemeName =
    settings.theme !== 'system' ? settings.theme : forcedColors ? 'highContrast' : prefersDark ? 'dark' : 'light';

  const change = useCallback((patch: Partial<AppearanceSettings>) => {
    setSettings((previous) => {
      const next = { ...previous, ...patch };
      localStorage.setItem(STORAGE_KEY, JSON.stringify(next));
      return next;
    });
  }, []);

  useEffect(() => {
    document.documentElement.style.colorScheme = themeName === 'light' ? 'light' : 'dark';
    document.documentElement.dataset.theme = themeName;
    document.body.style.backgroundColor = themes[themeName].colorNeutralBackground2;
  }, [themeName]);

  const value = useMemo(() => ({ ...settings, themeName, change }), [settings, themeName, change]);
  return (
    <Context.Provider value={value}>
      <FluentProvider theme={themes[themeName]} style={{ height: '100%', background: 'transparent' }}>
        {children}
      </FluentProvider>
    </Context.Provider>
  );
}
