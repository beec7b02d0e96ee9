export { DeadLettersPage } from './DeadLettersPage.tsx';
export { IngestionPage } from './IngestionPage.tsx';
