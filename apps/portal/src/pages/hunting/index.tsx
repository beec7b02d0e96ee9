export { HuntingPage } from './HuntingPage.tsx';
