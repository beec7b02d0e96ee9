import type { DeviceSummary } from '@parapet/schema/wire';
import { SeverityBadge } from '../../../components/Badges.tsx';

/** Risk of a device; "no known risk" is a statement of its own, not an absence. */
export function Risk({ level }: { readonly level: DeviceSummary['riskLevel'] }) {
  return level === 'none' ? <span>No known risk</span> : <SeverityBadge severity={level} />;
}
