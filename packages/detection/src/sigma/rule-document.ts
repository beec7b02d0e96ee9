/** From a Sigma document to a rule as the content's YAML files write it. */
import type { Category, Severity } from '@parapet/schema';
import { stringify } from 'yaml';
import { TECHNIQUES } from '../rules/attack.ts';
import type { Heading } from './types.ts';

/** An own rule in the form of `content/detections`, with the Sigma text it was made from. Colons and lists as in the YAML. */
export interface SigmaRuleDocument {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly severity: Severity;
  readonly category: Category;
  readonly techniques: readonly string[];
  readonly kind: 'continuous' | 'scheduled';
  readonly frequency?: string;
  readonly lookback?: string;
  readonly query: string;
  readonly entities: readonly unknown[];
  readonly groupBy: readonly string[];
  readonly recommendedActions: readonly string[];
  readonly falsePositives: readonly string[];
  readonly blindSpots: readonly string[];
}

const TACTICS: Readonly<Record<string, Category>> = {
  reconnaissance: 'Reconnaissance',
  'resource-development': 'ResourceDevelopment',
  'initial-access': 'InitialAccess',
  execution: 'Execution',
  persistence: 'Persistence',
  'privilege-escalation': 'PrivilegeEscalation',
  'defense-evasion': 'DefenseEvasion',
  // Two tactics that ATT&CK made out of defense evasion in 2026.
  stealth: 'DefenseEvasion',
  'defense-impairment': 'DefenseEvasion',
  'credential-access': 'CredentialAccess',
  discovery: 'Discovery',
  'lateral-movement': 'LateralMovement',
  collection: 'Collection',
  'command-and-control': 'CommandAndControl',
  exfiltration: 'Exfiltration',
  impact: 'Impact',
};
const SEVERITY: Readonly<Record<string, Severity>> = {
  informational: 'informational',
  low: 'low',
  medium: 'medium',
  high: 'high',
  critical: 'high',
};

/** Techniques and the tactic that is furthest along, from the tags. */
export function tacticOf(tags: readonly string[]): { readonly category: Category; readonly techniques: string[] } {
  const names = tags.filter((tag) => tag.startsWith('attack.')).map((tag) => tag.slice(7).replaceAll('_', '-'));
  const techniques = [
    ...new Set(names.filter((name) => /^t\d{4}(\.\d{3})?$/.test(name)).map((name) => name.toUpperCase())),
  ];
  // Ids of another version of ATT&CK than ours stay in the Sigma text only.
  const known = techniques.filter((id) => TECHNIQUES.has(id));
  const tactics = Object.keys(TACTICS).filter((name) => names.includes(name));
  const tactic = tactics.find((name) => name !== 'execution') ?? tactics[0];
  return {
    category: tactic && known.length > 0 ? (TACTICS[tactic] as Category) : 'SuspiciousActivity',
    techniques: known,
  };
}

/** Two braces open a column's value in our titles. */
const plain = (text: string): string => text.replaceAll('{{', '{ {');

/** Everything but what is searched for. */
export function headingDocument(
  heading: Heading,
): Pick<
  SigmaRuleDocument,
  | 'id'
  | 'title'
  | 'description'
  | 'severity'
  | 'category'
  | 'techniques'
  | 'recommendedActions'
  | 'falsePositives'
  | 'blindSpots'
> {
  const { category, techniques } = tacticOf(heading.tags);
  const by = heading.author ? ` Sigma rule by ${heading.author}.` : ' Sigma rule.';
  const falsePositives = heading.falsePositives.filter((text) => !/^(unknown|none)\.?$/i.test(text)).map(plain);
  return {
    id: heading.id,
    title: plain(heading.title),
    description: plain(
      `${heading.description || heading.title}${/[.!?]$/.test(heading.description || heading.title) ? '' : '.'}${by}`,
    ),
    severity: SEVERITY[heading.level] ?? 'medium',
    category,
    techniques,
    recommendedActions: [
      'Check the events of the alert against what the rule describes.',
      ...heading.references.slice(0, 5).map((reference) => `Read ${plain(reference)}`),
    ],
    falsePositives: falsePositives.length > 0 ? falsePositives : ['The authors of the rule name none'],
    blindSpots: ['What the log source of the rule does not record'],
  };
}

/** The document as a YAML text. */
export const documentText = (document: SigmaRuleDocument): string =>
  stringify(document, { lineWidth: 0, blockQuote: 'literal' });
