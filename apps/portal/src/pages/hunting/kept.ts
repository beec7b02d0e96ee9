import type { StoreTable } from '@parapet/schema/wire';
import { formatBytes } from '../../lib/bytes.ts';

const days = (count: number): string => (count === 1 ? '1 day' : `${count} days`);

/** "Kept for 30 days, packed smaller after 7 days." */
export function keptWords({ retentionDays, retentionBytes, archiveAfterDays }: StoreTable['rules']): string {
  const limits = [
    ...(retentionDays === null ? [] : [`for ${days(retentionDays)}`]),
    ...(retentionBytes === null ? [] : [`up to ${formatBytes(retentionBytes)}`]),
  ];
  const kept = limits.length > 0 ? `Kept ${limits.join(', ')}` : 'Kept without end';
  return `${kept}${archiveAfterDays === null ? '' : `, packed smaller after ${days(archiveAfterDays)}`}.`;
}
