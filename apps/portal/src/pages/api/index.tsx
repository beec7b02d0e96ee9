export { ApiDocsPage } from './ApiDocsPage.tsx';
export { ApiExplorerPage } from './ApiExplorerPage.tsx';
