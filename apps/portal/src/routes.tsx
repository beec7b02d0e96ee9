import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { parseSearchString, type SearchRecord, stringifySearch } from './lib/searchString.ts';
import { AppShell } from './shell/AppShell.tsx';
import { CrashState, NotFoundState } from './shell/ErrorState.tsx';
import { PageSkeleton } from './shell/Skeletons.tsx';

/**
 * Registry of the portal's addresses. Every page is its own chunk, named export of `pages/<area>/index.tsx`.
 * Search parameters travel as text here; each page validates its own with a valibot schema (`useUrlState`).
 */
const root = createRootRouteWithContext<{ readonly queryClient: QueryClient }>()({
  validateSearch: (search: Record<string, unknown>): SearchRecord => search as SearchRecord,
});

const incidents = () => import('./pages/incidents/index.tsx');
const alerts = () => import('./pages/alerts/index.tsx');
const devices = () => import('./pages/devices/index.tsx');
const detections = () => import('./pages/detections/index.tsx');
const watchlists = () => import('./pages/watchlists/index.tsx');
const ingestion = () => import('./pages/ingestion/index.tsx');
const apiPages = () => import('./pages/api/index.tsx');
const access = () => import('./pages/access/index.tsx');

/** Pages without the frame: nobody is signed in yet. */
const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  component: lazyRouteComponent(access, 'SignInPage'),
});
const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  component: lazyRouteComponent(access, 'SetupPage'),
});

const consent = createRoute({
  getParentRoute: () => root,
  path: '/consent',
  component: lazyRouteComponent(access, 'ConsentPage'),
});
const device = createRoute({
  getParentRoute: () => root,
  path: '/device',
  component: lazyRouteComponent(access, 'DevicePage'),
});

const signOut = createRoute({
  getParentRoute: () => root,
  path: '/sign-out',
  component: lazyRouteComponent(access, 'SignOutPage'),
});

const shell = createRoute({ getParentRoute: () => root, id: 'shell', component: AppShell });
const under = <const P extends string>(path: P) => ({ getParentRoute: () => shell, path });

const pages = [
  createRoute({ ...under('/'), component: lazyRouteComponent(() => import('./pages/home/index.tsx'), 'HomePage') }),
  createRoute({ ...under('/incidents'), component: lazyRouteComponent(incidents, 'IncidentsPage') }),
  createRoute({ ...under('/incidents/$id'), component: lazyRouteComponent(incidents, 'IncidentPage') }),
  createRoute({ ...under('/incidents/$id/report'), component: lazyRouteComponent(incidents, 'ReportPage') }),
  // As links in answers of the public API have it.
  createRoute({ ...under('/incident2/$id/overview'), component: lazyRouteComponent(incidents, 'IncidentPage') }),
  createRoute({ ...under('/alerts'), component: lazyRouteComponent(alerts, 'AlertsPage') }),
  createRoute({ ...under('/alerts/$id'), component: lazyRouteComponent(alerts, 'AlertPage') }),
  createRoute({ ...under('/devices'), component: lazyRouteComponent(devices, 'DevicesPage') }),
  createRoute({ ...under('/devices/$id'), component: lazyRouteComponent(devices, 'DevicePage') }),
  createRoute({
    ...under('/identities'),
    component: lazyRouteComponent(() => import('./pages/identities/index.tsx'), 'IdentitiesPage'),
  }),
  createRoute({
    ...under('/entities/$type/$key'),
    component: lazyRouteComponent(() => import('./pages/entities/index.tsx'), 'EntityPage'),
  }),
  createRoute({
    ...under('/hunting'),
    component: lazyRouteComponent(() => import('./pages/hunting/index.tsx'), 'HuntingPage'),
  }),
  createRoute({
    ...under('/hunting/usage'),
    component: lazyRouteComponent(() => import('./pages/hunting/UsagePage.tsx'), 'UsagePage'),
  }),
  createRoute({
    ...under('/search'),
    component: lazyRouteComponent(() => import('./pages/search/index.tsx'), 'SearchPage'),
  }),
  createRoute({
    ...under('/intel'),
    component: lazyRouteComponent(() => import('./pages/intel/index.tsx'), 'IntelPage'),
  }),
  createRoute({ ...under('/detections'), component: lazyRouteComponent(detections, 'DetectionsPage') }),
  createRoute({ ...under('/detections/new'), component: lazyRouteComponent(detections, 'NewRulePage') }),
  createRoute({ ...under('/detections/$id/edit'), component: lazyRouteComponent(detections, 'EditRulePage') }),
  createRoute({ ...under('/tuning'), component: lazyRouteComponent(detections, 'TuningPage') }),
  createRoute({ ...under('/detections/sigma'), component: lazyRouteComponent(detections, 'SigmaPage') }),
  createRoute({ ...under('/detections/$id'), component: lazyRouteComponent(detections, 'DetectionPage') }),
  createRoute({
    ...under('/coverage'),
    component: lazyRouteComponent(() => import('./pages/coverage/index.tsx'), 'CoveragePage'),
  }),
  createRoute({
    ...under('/permissions'),
    component: lazyRouteComponent(() => import('./pages/permissions/index.tsx'), 'PermissionsPage'),
  }),
  createRoute({ ...under('/watchlists'), component: lazyRouteComponent(watchlists, 'WatchlistsPage') }),
  createRoute({ ...under('/watchlists/$id'), component: lazyRouteComponent(watchlists, 'WatchlistPage') }),
  createRoute({ ...under('/ingestion'), component: lazyRouteComponent(ingestion, 'IngestionPage') }),
  createRoute({ ...under('/ingestion/sources/$id'), component: lazyRouteComponent(ingestion, 'SourcePage') }),
  createRoute({ ...under('/ingestion/connectors/new'), component: lazyRouteComponent(ingestion, 'NewConnectorPage') }),
  createRoute({ ...under('/ingestion/connectors/$id'), component: lazyRouteComponent(ingestion, 'ConnectorPage') }),
  createRoute({ ...under('/ingestion/dead-letters'), component: lazyRouteComponent(ingestion, 'DeadLettersPage') }),
  createRoute({
    ...under('/welcome'),
    component: lazyRouteComponent(() => import('./pages/welcome/index.tsx'), 'WelcomePage'),
  }),
  createRoute({
    ...under('/store'),
    component: lazyRouteComponent(() => import('./pages/store/index.tsx'), 'StorePage'),
  }),
  createRoute({
    ...under('/audit'),
    component: lazyRouteComponent(() => import('./pages/audit/index.tsx'), 'AuditPage'),
  }),
  createRoute({
    ...under('/settings'),
    component: lazyRouteComponent(() => import('./pages/settings/index.tsx'), 'SettingsPage'),
  }),
  createRoute({ ...under('/docs'), component: lazyRouteComponent(apiPages, 'ApiDocsPage') }),
  createRoute({ ...under('/api-explorer'), component: lazyRouteComponent(apiPages, 'ApiExplorerPage') }),
  // Inside the shell, so that a wrong address leaves the way on at hand.
  createRoute({ ...under('/$'), component: NotFoundState }),
] as const;

export function createAppRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree: root.addChildren([signIn, setup, consent, device, signOut, shell.addChildren(pages)]),
    context: { queryClient },
    parseSearch: parseSearchString,
    stringifySearch,
    defaultPreload: 'intent',
    defaultPreloadStaleTime: 0,
    defaultPendingMs: 100,
    defaultPendingComponent: PageSkeleton,
    defaultErrorComponent: CrashState,
    defaultNotFoundComponent: NotFoundState,
    scrollRestoration: true,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
