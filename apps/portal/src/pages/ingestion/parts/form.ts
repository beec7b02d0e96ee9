import type { SourceField, SourceKindInfo, SourceLimits } from '@parapet/schema/wire';
import { withPort } from '../../welcome/senders.ts';

/** What a person has entered; numbers stay text until they are sent. */
export type FormValues = Readonly<Record<string, string | boolean>>;

/** The form before anybody touched it: stored values, else the defaults of the kind. Secrets are never filled in. */
export function startValues(
  fields: readonly SourceField[],
  stored: Readonly<Record<string, unknown>> = {},
): Record<string, string | boolean> {
  const values: Record<string, string | boolean> = {};
  for (const field of fields) {
    const value = field.type === 'secret' ? '' : (stored[field.name] ?? field.fallback ?? '');
    values[field.name] = field.type === 'switch' ? value === true : String(value);
  }
  return values;
}

/** Whether a field applies with the present values. */
export function isShown(field: SourceField, values: FormValues): boolean {
  return !field.onlyFor || field.onlyFor.values.includes(values[field.onlyFor.field] ?? '');
}

/** The settings to send: only what applies, numbers as numbers, empty text left out. */
export function toSettings(fields: readonly SourceField[], values: FormValues): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  for (const field of fields) {
    if (!isShown(field, values)) continue;
    const value = values[field.name];
    if (field.type === 'switch') settings[field.name] = value === true;
    else if (typeof value === 'string' && value.trim() !== '')
      settings[field.name] = field.type === 'number' ? Number(value) : value;
  }
  return settings;
}

/** The first field that keeps the form from being sent, in words; null when it can go. */
export function missing(fields: readonly SourceField[], values: FormValues, secretsStored: boolean): string | null {
  for (const field of fields) {
    if (!field.required || !isShown(field, values)) continue;
    if (field.type === 'secret' && secretsStored) continue;
    const value = values[field.name];
    if (value === undefined || (typeof value === 'string' && value.trim() === '')) return field.label;
  }
  return null;
}

/** `''` is no limit. */
export function toLimits(events: string, kilobytes: string): SourceLimits {
  const number = (text: string): number | null => (text.trim() === '' ? null : Number(text));
  const bytes = number(kilobytes);
  return { eventsPerSecond: number(events), bytesPerSecond: bytes === null ? null : bytes * 1_000 };
}

export interface SetupValues {
  readonly origin: string;
  readonly key?: { readonly id: string; readonly secret: string; readonly encoded: string } | null;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** The set-up steps of a kind with everything filled in that is known. Keys that cannot be shown again stay as words. */
export function filledSetup(kind: SourceKindInfo, { origin, key, settings }: SetupValues): SourceKindInfo['setup'] {
  const address = new URL(withPort(origin));
  const known: Readonly<Record<string, string>> = {
    url: withPort(origin),
    host: address.hostname,
    port: address.port,
    key: key?.encoded ?? 'YOUR-KEY',
    keyId: key?.id ?? 'YOUR-KEY-ID',
    keySecret: key?.secret ?? 'YOUR-KEY-SECRET',
  };
  return kind.setup.map((step) => ({
    ...step,
    text: step.text.replace(/\{\{(?:setting:)?(\w+)\}\}/g, (all, name: string) =>
      all.startsWith('{{setting:') ? String(settings[name] ?? '') : (known[name] ?? all),
    ),
  }));
}
