export { EntityPage } from './EntityPage.tsx';
