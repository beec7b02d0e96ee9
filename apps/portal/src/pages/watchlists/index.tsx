export { WatchlistPage } from './WatchlistPage.tsx';
export { WatchlistsPage } from './WatchlistsPage.tsx';
