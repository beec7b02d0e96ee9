import { useNavigate } from '@tanstack/react-router';
import { signOut, useSession } from '../../api/session.ts';
import { notify } from '../../components/Notifier.tsx';
import { runHotkey, useHotkeyMap } from '../../lib/hotkeys.ts';
import { useAppearance } from '../../theme/Appearance.tsx';
import type { Line, LineGroup } from './HitList.tsx';
import { usePages } from './useSearch.ts';

/**
 * Everything that can be done from here: what this page binds to keys, actions from anywhere, pages.
 * @param close called before a command runs
 */
export function useCommands(close: () => void): readonly LineGroup[] {
  const navigate = useNavigate();
  const pages = usePages();
  const keys = useHotkeyMap();
  const permissions = useSession()?.permissions ?? [];
  const { theme, zone, density, change } = useAppearance();
  const line = (label: string, detail: string, run: () => void, shortcut?: string): Line => ({
    label,
    detail,
    ...(shortcut ? { keys: shortcut } : {}),
    run: () => {
      close();
      run();
    },
  });
  const to = (label: string, detail: string, path: string) => line(label, detail, () => void navigate({ to: path }));
  const here = keys
    .filter(({ group, keys: shortcut }) => group !== 'Go to' && shortcut !== 'Ctrl+K')
    .map((key) => line(key.label, key.group, () => setTimeout(() => runHotkey(key), 0), key.keys));
  const anywhere = [
    ...(permissions.includes('SecData.Read')
      ? [
          line('New query tab', 'Advanced hunting', () => {
            void import('../../pages/hunting/tabs.ts').then(({ tabs }) => {
              tabs.open();
              void navigate({ to: '/hunting' });
            });
          }),
          to('New guided query', 'Advanced hunting', '/hunting?mode=guided'),
        ]
      : []),
    ...(permissions.includes('DetTune.Manage')
      ? [
          to('New detection rule', 'Detection rules', '/detections/new'),
          to('Import Sigma rules', 'Detection rules', '/detections/sigma'),
        ]
      : []),
    ...(['system', 'light', 'dark', 'highContrast'] as const)
      .filter((one) => one !== theme)
      .map((one) => line(`Theme: ${THEME[one]}`, 'Appearance', () => change({ theme: one }))),
    zone === 'utc'
      ? line('Show times in local time', 'Appearance', () => change({ zone: 'local' }))
      : line('Show times in UTC', 'Appearance', () => change({ zone: 'utc' })),
    density === 'compact'
      ? line('Comfortable rows', 'Appearance', () => change({ density: 'comfortable' }))
      : line('Compact rows', 'Appearance', () => change({ density: 'compact' })),
    line('Sign out', 'Account', () => {
      signOut().catch((error: unknown) => notify.failure('You are still signed in', error));
    }),
  ];
  return [
    { label: 'Here', lines: here },
    {
      label: 'Pages',
      lines: pages.map((page) =>
        line(page.label, page.section || 'Page', () => void navigate({ to: page.to }), page.key ? `g ${page.key}` : ''),
      ),
    },
    { label: 'Actions', lines: anywhere },
  ];
}

const THEME = { system: 'as the system', light: 'light', dark: 'dark', highContrast: 'high contrast' } as const;
