/** Wire types shared by the server's routes and the portal. All times are ISO 8601 UTC strings. */

export const SEVERITIES = ['informational', 'low', 'medium', 'high'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** ATT&CK tactics in kill-chain order, those before the intrusion first (spec A 1.1), then the categories that are not tactics. */
export const TACTICS = [
  'Reconnaissance',
  'ResourceDevelopment',
  'InitialAccess',
  'Execution',
  'Persistence',
  'PrivilegeEscalation',
  'DefenseEvasion',
  'CredentialAccess',
  'Discovery',
  'LateralMovement',
  'Collection',
  'CommandAndControl',
  'Exfiltration',
  'Impact',
] as const;
export const OTHER_CATEGORIES = ['Malware', 'Ransomware', 'UnwantedSoftware', 'Exploit', 'SuspiciousActivity'] as const;
export type Category = (typeof TACTICS)[number] | (typeof OTHER_CATEGORIES)[number];

export const ALERT_STATUSES = ['new', 'inProgress', 'resolved'] as const;
export type AlertStatus = (typeof ALERT_STATUSES)[number];

export const INCIDENT_STATUSES = ['active', 'inProgress', 'resolved', 'redirected'] as const;
export type IncidentStatus = (typeof INCIDENT_STATUSES)[number];

export const CLASSIFICATIONS = ['truePositive', 'informationalExpectedActivity', 'falsePositive'] as const;
export type Classification = (typeof CLASSIFICATIONS)[number];

/** Allowed pairs (spec A 1.2); the menu and the validation both read this. */
export const DETERMINATIONS: Readonly<Record<Classification, readonly string[]>> = {
  truePositive: [
    'multiStagedAttack',
    'malware',
    'maliciousUserActivity',
    'unwantedSoftware',
    'phishing',
    'compromisedAccount',
    'other',
  ],
  informationalExpectedActivity: ['securityTesting', 'lineOfBusinessApplication', 'confirmedActivity', 'other'],
  falsePositive: ['notMalicious', 'notEnoughDataToValidate', 'other'],
};
export type Determination =
  | 'multiStagedAttack'
  | 'malware'
  | 'maliciousUserActivity'
  | 'unwantedSoftware'
  | 'phishing'
  | 'compromisedAccount'
  | 'securityTesting'
  | 'lineOfBusinessApplication'
  | 'confirmedActivity'
  | 'notMalicious'
  | 'notEnoughDataToValidate'
  | 'other';

/** One page of a server-side list. `total` counts every row the filter matches. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly total: number;
  /** From 1. */
  readonly page: number;
  readonly pageSize: number;
}

/** Result of one item of a bulk call; the call itself answers 200 when any item was tried. */
export interface BulkResult {
  readonly results: readonly {
    readonly id: string;
    readonly ok: boolean;
    readonly error?: { readonly code: string; readonly message: string };
  }[];
}

/** Long work: sample load, history run of a rule. */
export interface Job {
  readonly id: string;
  readonly kind: string;
  readonly title: string;
  readonly state: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';
  /** 0 to 1; null while the amount of work is unknown. */
  readonly progress: number | null;
  /** One line: what it is doing now, or how it ended. */
  readonly detail: string;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly result?: unknown;
}
