import { kqlString } from '../../lib/entity.ts';

/** The raw events of a source, newest first. */
export function rawQuery(sourceId: string, more = ''): string {
  return `ParapetRawEvents\n| where SourceId == ${kqlString(sourceId)}${more}\n| sort by TimeGenerated desc\n| take 100`;
}

/** Events a second, one digit after the point. */
export function formatRate(rate: number): string {
  return new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 }).format(rate);
}

/** Milliseconds as a short span; a dash when nothing was measured. */
export function formatLag(milliseconds: number | null): string {
  if (milliseconds === null) return '–';
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1_000).toFixed(1)} s`;
  return `${Math.round(milliseconds / 60_000)} min`;
}
