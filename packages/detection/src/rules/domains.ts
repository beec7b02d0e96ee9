/**
 * Folders of `content/detections` and where the alerts of each come from (spec A 1.4). A new domain is one line here.
 */
export const DOMAINS: Readonly<Record<string, string>> = {
  endpoint: 'microsoftDefenderForEndpoint',
  linux: 'microsoftDefenderForEndpoint',
  windows: 'microsoftDefenderForEndpoint',
  macos: 'microsoftDefenderForEndpoint',
  network: 'microsoftDefenderForEndpoint',
  ot: 'microsoftDefenderForIoT',
  identity: 'microsoftDefenderForIdentity',
  entra: 'azureAdIdentityProtection',
  office: 'microsoftDefenderForCloudApps',
  saas: 'microsoftDefenderForCloudApps',
  email: 'microsoftDefenderForOffice365',
  aws: 'microsoftDefenderForCloud',
  azure: 'microsoftDefenderForCloud',
  gcp: 'microsoftDefenderForCloud',
  kubernetes: 'microsoftDefenderForCloud',
  cloud: 'microsoftDefenderForCloud',
};

/** Folder of the rules people make in the portal; not a folder on disk. */
export const OWN_DOMAIN = 'own';

export const DETECTION_SOURCES: readonly string[] = [
  ...new Set(Object.values(DOMAINS)),
  'antivirus',
  'cloudAppSecurity',
  'microsoft365Defender',
  'microsoftSentinel',
  'customDetection',
  'scheduledAlerts',
  'nrtAlerts',
];
