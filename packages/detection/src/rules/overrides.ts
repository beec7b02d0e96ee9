import {
  type Category,
  type EntityFields,
  OTHER_CATEGORIES,
  SEVERITIES,
  type Severity,
  TACTICS,
} from '@parapet/schema';
import type { AlertDraft } from '../types.ts';
import { TECHNIQUES } from './attack.ts';
import type { AlertOverrides } from './types.ts';

export type OverriddenFacts = Partial<
  Pick<
    AlertDraft,
    | 'description'
    | 'severity'
    | 'category'
    | 'techniques'
    | 'recommendedActions'
    | 'productName'
    | 'provider'
    | 'link'
    | 'confidence'
  >
>;
export const EMPTY_FACTS: OverriddenFacts = {};
const CATEGORIES: readonly string[] = [...TACTICS, ...OTHER_CATEGORIES];

/** Parts of the alert that columns of its first row replace (spec B 5.3). A value that is not allowed leaves the rule's own. */
export function overridden(
  overrides: AlertOverrides,
  row: Readonly<Record<string, unknown>>,
  textOf: (value: unknown) => string,
): OverriddenFacts {
  const value = (part: keyof AlertOverrides): string => {
    const column = overrides[part];
    return column ? textOf(row[column]).trim() : '';
  };
  const severity = SEVERITIES.find((each) => each === value('severity').toLowerCase()) as Severity | undefined;
  const category = CATEGORIES.find((each) => each.toLowerCase() === value('category').replace(/\s/g, '').toLowerCase());
  const techniques = (value('techniques').match(/T\d{4}(?:\.\d{3})?/g) ?? []).filter((id) => TECHNIQUES.has(id));
  const link = value('link');
  const text = (part: keyof AlertOverrides, most: number) => value(part).slice(0, most);
  return {
    ...(text('description', 5_000) ? { description: text('description', 5_000) } : {}),
    ...(severity ? { severity } : {}),
    ...(category ? { category: category as Category } : {}),
    ...(techniques.length > 0 ? { techniques } : {}),
    ...(text('remediation', 5_000) ? { recommendedActions: text('remediation', 5_000) } : {}),
    ...(text('product', 100) ? { productName: text('product', 100) } : {}),
    ...(text('provider', 100) ? { provider: text('provider', 100) } : {}),
    ...(/^https?:\/\/\S{1,1000}$/i.test(link) ? { link } : {}),
    ...(text('confidence', 50) ? { confidence: text('confidence', 50) } : {}),
  };
}

const NAMELESS = new Set([
  'admin',
  'administrator',
  'system',
  'root',
  'network',
  'null',
  'local system',
  'network service',
  'anonymous',
  'authenticated user',
]);

/** Spec B 5.6: an account known only by a name that every system has says nothing about who it was. */
export function isNamelessAccount(fields: EntityFields): boolean {
  if (fields.accountSid || fields.accountUpn || fields.accountObjectId || fields.accountDomain) return false;
  return NAMELESS.has(String(fields.accountName ?? '').toLowerCase());
}
