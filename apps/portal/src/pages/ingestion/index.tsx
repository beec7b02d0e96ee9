export { ConnectorPage, NewConnectorPage } from './ConnectorPage.tsx';
export { DeadLettersPage } from './DeadLettersPage.tsx';
export { IngestionPage } from './IngestionPage.tsx';
export { SourcePage } from './SourcePage.tsx';
