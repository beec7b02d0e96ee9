import { makeStyles, tokens } from '@fluentui/react-components';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { setSignedOutHandler } from '../api/client.ts';
import { sessionKey, sessionQuery } from '../api/session.ts';
import { KeyboardHelp } from '../components/KeyboardHelp.tsx';
import { CompleteSignIn } from '../features/sign-in/CompleteSignIn.tsx';
import { IdentityCheck } from '../features/sign-in/IdentityCheck.tsx';
import { useHotkey, useHotkeySetting } from '../lib/hotkeys.ts';
import { useStored } from '../lib/useStored.ts';
import { useSyncedAppearance } from '../theme/useSyncedAppearance.ts';
import { ConnectionNotice } from './ConnectionNotice.tsx';
import { EngineNotice } from './EngineNotice.tsx';
import { ErrorState } from './ErrorState.tsx';
import { LeftNav } from './LeftNav.tsx';
import { NAVIGATION } from './navigation.ts';
import { Redirect } from './Redirect.tsx';
import { SetupNeeded } from './SetupNeeded.tsx';
import { ShellSkeleton } from './Skeletons.tsx';
import { useLinkedScope } from './scope-filter/useLinkedScope.ts';
import { PaletteHost } from './search/PaletteHost.tsx';
import { TopBar } from './TopBar.tsx';
import { Tour } from './Tour.tsx';

const useStyles = makeStyles({
  frame: {
    display: 'grid',
    gridTemplateAreas: '"top top" "nav main"',
    gridTemplateColumns: 'auto minmax(0, 1fr)',
    gridTemplateRows: '48px minmax(0, 1fr)',
    height: '100%',
    backgroundColor: tokens.colorNeutralBackground2,
    color: tokens.colorNeutralForeground1,
  },
  main: { gridArea: 'main', minWidth: 0, minHeight: 0, overflow: 'auto', outline: 'none', position: 'relative' },
  skip: {
    position: 'absolute',
    left: '8px',
    top: '-60px',
    zIndex: 1000,
    padding: '8px 12px',
    backgroundColor: tokens.colorNeutralBackground1,
    color: tokens.colorBrandForegroundLink,
    borderRadius: tokens.borderRadiusMedium,
    boxShadow: tokens.shadow8,
    ':focus': { top: '6px' },
  },
  middle: { height: '100%', display: 'grid', placeItems: 'center', backgroundColor: tokens.colorNeutralBackground2 },
});

/** The frame around every page of a signed-in person; sends everyone else to where they can get in. */
export function AppShell() {
  const styles = useStyles();
  const client = useQueryClient();
  const { pathname, searchStr } = useLocation();
  const session = useQuery(sessionQuery);
  useEffect(() => {
    setSignedOutHandler(() => void client.invalidateQueries({ queryKey: sessionKey }));
  }, [client]);

  if (session.isPending) return <ShellSkeleton />;
  if (session.isError && !session.data)
    return (
      <main className={styles.middle}>
        <ErrorState error={session.error} onRetry={() => void session.refetch()} title="Parapet did not answer" />
      </main>
    );
  if (session.data.setupRequired) return <SetupNeeded />;
  if (!session.data.user) {
    const next = `${pathname}${searchStr}`;
    return <Redirect href={next === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(next)}`} />;
  }
  if (session.data.stage !== 'complete') return <CompleteSignIn session={session.data} />;
  return <Frame pathname={pathname} />;
}

function Frame({ pathname }: { readonly pathname: string }) {
  const styles = useStyles();
  const main = useRef<HTMLElement>(null);
  const [narrow, setNarrow] = useStored('nav.narrow', window.innerWidth < 1200);
  const first = useRef(true);
  useHotkeySetting();
  useSyncedAppearance();
  useLinkedScope();

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new page starts at its top, also for screen readers
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    // Who types in the search while a page redirects goes on typing.
    if (document.activeElement?.matches('input, textarea') && !main.current?.contains(document.activeElement)) return;
    main.current?.focus({ preventScroll: true });
  }, [pathname]);

  return (
    <div className={styles.frame}>
      <a href="#main" className={styles.skip}>
        Skip to content
      </a>
      <TopBar />
      <LeftNav narrow={narrow} onToggle={() => setNarrow(!narrow)} />
      <main id="main" ref={main} tabIndex={-1} className={styles.main}>
        <ConnectionNotice />
        <EngineNotice />
        <Outlet />
      </main>
      <GoKeys />
      <KeyboardHelp />
      <PaletteHost />
      <Tour />
      <IdentityCheck />
    </div>
  );
}

/** `g i` and its sisters, from the navigation tree. */
function GoKeys() {
  return (
    <>
      {NAVIGATION.flatMap((section) => section.items)
        .filter((item) => item.key)
        .map((item) => (
          <GoKey key={item.to} to={item.to} keys={`g ${item.key}`} label={item.label} />
        ))}
    </>
  );
}

function GoKey({ to, keys, label }: { readonly to: string; readonly keys: string; readonly label: string }) {
  const navigate = useNavigate();
  useHotkey(keys, label, 'Go to', () => void navigate({ to }));
  return null;
}
