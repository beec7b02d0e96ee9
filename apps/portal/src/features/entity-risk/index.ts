export { RiskPanel } from './RiskPanel.tsx';
export { hasRisk, useRisk } from './useRisk.ts';
