import { createHash } from 'node:crypto';
import type { AlertDraft } from '@parapet/detection';

const BY_SERVICE: Readonly<Record<string, string>> = {
  microsoftDefenderForEndpoint: 'da',
  microsoftDefenderForIdentity: 'aa',
  azureAdIdentityProtection: 'ad',
  microsoftDefenderForOffice365: 'fa',
  microsoftDefenderForCloudApps: 'ca',
  microsoftAppGovernance: 'ma',
  microsoftDefenderForCloud: 'dc',
  microsoftSentinel: 'sn',
  dataLossPrevention: 'dl',
  microsoftInsiderRiskManagement: 'ir',
};

/**
 * Id of an alert: two letters by source (spec A 1.4), then 80 bits of its dedupe key, so that the same finding has the
 * same id on every installation and a repeated delivery cannot make a second one.
 */
export function alertId(draft: Pick<AlertDraft, 'dedupeKey' | 'serviceSource' | 'detectionSource'>): string {
  const custom = draft.detectionSource === 'customDetection';
  const prefix = custom
    ? draft.serviceSource === 'microsoftDefenderForEndpoint'
      ? 'ed'
      : 'ea'
    : (BY_SERVICE[draft.serviceSource] ?? 'ra');
  return prefix + createHash('sha256').update(draft.dedupeKey).digest('hex').slice(0, 20);
}
