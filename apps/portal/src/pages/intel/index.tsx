export { IntelPage } from './IntelPage.tsx';
