export type { CellActions } from './CellMenu.tsx';
export { ResultsPanel, type ResultsPanelProps } from './ResultsPanel.tsx';
export { rowEntities } from './row-entities.ts';
export { addOperator, addWhere, condition, extendPath } from './where.ts';
