import { ParapetError, type SourceField } from '@parapet/schema';
import type { SourceKind } from './types.ts';

/**
 * Check values against the fields a kind declares, and fill in defaults.
 * @param old values of before: a required secret may be left out when one is stored
 * @throws ParapetError `invalid_request` naming the field
 */
export function checkSettings(
  kind: SourceKind,
  values: Readonly<Record<string, unknown>>,
  old: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  const known = new Map(kind.fields.map((field) => [field.name, field]));
  for (const name of Object.keys(values))
    if (!known.has(name)) throw invalid(name, `${kind.title} has no setting "${name.slice(0, 60)}".`);
  for (const field of kind.fields) {
    const value = values[field.name] ?? (field.type === 'secret' ? undefined : field.fallback);
    if (value === undefined || value === '' || value === null) {
      if (field.required && !(field.type === 'secret' && old[field.name]))
        throw invalid(field.name, `${field.label} is missing.`);
      continue;
    }
    out[field.name] = checked(field, value);
  }
  const problem = kind.check?.(out);
  if (problem) throw invalid(problem.field, problem.message);
  return out;
}

function checked(field: SourceField, value: unknown): unknown {
  switch (field.type) {
    case 'switch':
      if (typeof value !== 'boolean') throw invalid(field.name, `${field.label} must be true or false.`);
      return value;
    case 'number': {
      const number = typeof value === 'number' ? value : Number(value);
      if (!Number.isFinite(number) || number < (field.min ?? 0) || number > (field.max ?? Number.MAX_SAFE_INTEGER))
        throw invalid(
          field.name,
          `${field.label} must be a number${field.max === undefined ? '' : ` from ${field.min ?? 0} to ${field.max}`}.`,
        );
      return number;
    }
    case 'choice':
      if (!field.choices?.some((choice) => choice.value === value))
        throw invalid(
          field.name,
          `${field.label} must be one of ${field.choices?.map((choice) => choice.value).join(', ')}.`,
        );
      return value;
    default: {
      if (typeof value !== 'string') throw invalid(field.name, `${field.label} must be text.`);
      // Keys of certificates are secrets of several thousand characters.
      const limit = field.type === 'textarea' ? 100_000 : field.type === 'secret' ? 20_000 : 2_000;
      if (value.length > limit) throw invalid(field.name, `${field.label} is longer than ${limit} characters.`);
      if (field.pattern && !new RegExp(field.pattern, 'u').test(value))
        throw invalid(field.name, `${field.label} is not in the expected form. ${field.hint ?? ''}`.trim());
      return field.type === 'secret' ? value : value.trim();
    }
  }
}

function invalid(field: string, message: string): ParapetError {
  return new ParapetError('invalid_request', 400, message, undefined, { field: `settings.${field}` });
}
