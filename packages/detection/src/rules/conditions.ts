import { kqlString } from '../runtime/kql-text.ts';
import type { Condition, Exclusion, Rule } from './types.ts';

/** A condition as KQL over the columns of a result. Values are quoted; the column was checked to be an identifier. */
export function conditionKql({ column, operator, values }: Condition): string {
  const value = `tostring(['${column}'])`;
  const any = (each: (text: string) => string) => `(${values.map(each).join(' or ')})`;
  switch (operator) {
    case 'equals':
      return `${value} in~ (${values.map(kqlString).join(', ')})`;
    case 'notEquals':
      return `${value} !in~ (${values.map(kqlString).join(', ')})`;
    case 'startsWith':
      return any((text) => `${value} startswith ${kqlString(text)}`);
    case 'endsWith':
      return any((text) => `${value} endswith ${kqlString(text)}`);
    case 'contains':
      return any((text) => `${value} contains ${kqlString(text)}`);
    case 'matches':
      return any((text) => `${value} matches regex ${kqlString(wildcard(text))}`);
    case 'inRange':
      return any(
        (text) => `${text.includes(':') ? 'ipv6_is_in_range' : 'ipv4_is_in_range'}(${value}, ${kqlString(text)})`,
      );
  }
}

/** `*` for any run of characters, everything else as it stands; whole value, without regard to case. */
export function wildcard(text: string): string {
  const parts = text.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  return `(?is)^${parts.join('.*')}$`;
}

const allOf = (conditions: readonly Condition[]): string => conditions.map(conditionKql).join(' and ');

/** Exclusions that hold at a time. */
export function activeExclusions(exclusions: readonly Exclusion[], at: Date): Exclusion[] {
  return exclusions.filter(({ expiresAt }) => expiresAt === null || Date.parse(expiresAt) > at.getTime());
}

/** The query as it is run: the rule's text, then its scope, then what is left out. */
export function effectiveQuery(rule: Pick<Rule, 'query' | 'scope'>, exclusions: readonly Exclusion[]): string {
  const parts = [rule.query.trimEnd().replace(/;\s*$/, '')];
  if (rule.scope.length > 0) parts.push(`| where ${allOf(rule.scope)}`);
  for (const { conditions } of exclusions) parts.push(`| where not(${allOf(conditions)})`);
  return parts.join('\n');
}
