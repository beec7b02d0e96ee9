import { lazy, Suspense, useState } from 'react';
import { useHotkey } from '../../lib/hotkeys.ts';

const CommandPalette = lazy(() => import('./CommandPalette.tsx'));

/** Ctrl+K opens the command palette; it is loaded with its first use. */
export function PaletteHost() {
  const [open, setOpen] = useState(false);
  useHotkey('Ctrl+K', 'Commands and pages, also while typing', 'Everywhere', () => setOpen((was) => !was));
  return open ? (
    <Suspense fallback={null}>
      <CommandPalette onClose={() => setOpen(false)} />
    </Suspense>
  ) : null;
}
