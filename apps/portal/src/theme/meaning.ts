import { tokens } from '@fluentui/react-components';
import type { AlertStatus, Category, IncidentStatus, Severity } from '@parapet/schema/wire';

/**
 * Meaning first, colour second. The one place where severity, status and risk get their words and hues; pages and
 * charts take them from here and never pick a colour of their own.
 */
export const SEVERITY_LABEL: Readonly<Record<Severity, string>> = {
  high: 'High',
  medium: 'Medium',
  low: 'Low',
  informational: 'Informational',
};

/** High first: the order people scan in. */
export const SEVERITIES_DOWN: readonly Severity[] = ['high', 'medium', 'low', 'informational'];

/** Hues for marks and charts per theme; each reaches 3:1 on the theme's background and differs in lightness too. */
export const SEVERITY_HUE: Readonly<Record<'light' | 'dark' | 'highContrast', Readonly<Record<Severity, string>>>> = {
  light: { high: '#b4232a', medium: '#c4590c', low: '#a07c00', informational: '#68788a' },
  dark: { high: '#f0676d', medium: '#f39447', low: '#e0c04a', informational: '#93a4b5' },
  highContrast: { high: '#ff6b6b', medium: '#ffa94d', low: '#ffe066', informational: '#ced4da' },
};

/** Colours without a meaning, for series that are only different from each other. */
export const SERIES_HUE: Readonly<Record<'light' | 'dark' | 'highContrast', readonly string[]>> = {
  light: ['#0f6a73', '#6b4fbb', '#b85c00', '#2f7d32', '#b03a78', '#3b6fb6', '#7a6a00', '#8a4b2f'],
  dark: ['#63b7be', '#b39ddb', '#f0a860', '#81c784', '#f08fbf', '#8ab4f8', '#d9c75b', '#d7a48a'],
  highContrast: ['#1aebff', '#ffee32', '#3ff23f', '#ffa94d', '#ff8fd8', '#b3a5ff', '#ffffff', '#ffd43b'],
};

export const INCIDENT_STATUS_LABEL: Readonly<Record<IncidentStatus, string>> = {
  active: 'Active',
  inProgress: 'In progress',
  resolved: 'Resolved',
  redirected: 'Merged',
};

export const ALERT_STATUS_LABEL: Readonly<Record<AlertStatus, string>> = {
  new: 'New',
  inProgress: 'In progress',
  resolved: 'Resolved',
};

const SPECIAL_WORDS: Readonly<Record<string, string>> = {
  CommandAndControl: 'Command and control',
  truePositive: 'True positive',
  falsePositive: 'False positive',
  informationalExpectedActivity: 'Informational, expected activity',
  multiStagedAttack: 'Multi-stage attack',
  lineOfBusinessApplication: 'Line-of-business application',
  notEnoughDataToValidate: 'Not enough data to validate',
  // The wire keeps the enumeration that clients know; the screen says what the events are about.
  microsoftDefenderForEndpoint: 'Endpoint',
  microsoftDefenderForIdentity: 'Identity',
  microsoftDefenderForCloud: 'Cloud',
  microsoftDefenderForOffice365: 'Email',
  microsoftDefenderForCloudApps: 'Cloud apps',
  ip: 'IP address',
  url: 'URL',
};

/** `maliciousUserActivity` → "Malicious user activity"; codes on the wire never reach the screen raw. */
export function words(code: string): string {
  const special = SPECIAL_WORDS[code];
  if (special) return special;
  const spaced = code.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

export const categoryLabel = (category: Category): string => words(category);

/** Bands of spec A 2.3: over 85 high, 15 to 85 medium, under 15 low. */
export function priorityBand(score: number): 'high' | 'medium' | 'low' {
  return score > 85 ? 'high' : score >= 15 ? 'medium' : 'low';
}

/** Background and text for a soft badge of that severity; text is at least 4.5:1 in every theme. */
export const SEVERITY_TOKENS: Readonly<
  Record<Severity, { readonly background: string; readonly text: string; readonly mark: string }>
> = {
  high: {
    background: tokens.colorPaletteRedBackground1,
    text: tokens.colorPaletteRedForeground1,
    mark: tokens.colorPaletteRedForeground3,
  },
  medium: {
    background: tokens.colorPaletteDarkOrangeBackground1,
    text: tokens.colorPaletteDarkOrangeForeground1,
    mark: tokens.colorPaletteDarkOrangeForeground3,
  },
  low: {
    background: tokens.colorPaletteYellowBackground1,
    text: tokens.colorPaletteYellowForeground2,
    mark: tokens.colorPaletteYellowForeground3,
  },
  informational: {
    background: tokens.colorNeutralBackground4,
    text: tokens.colorNeutralForeground2,
    mark: tokens.colorNeutralForeground3,
  },
};
