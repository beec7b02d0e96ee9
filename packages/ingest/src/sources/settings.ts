import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ParapetError, type SourceField } from '@parapet/schema';
import type { SourceKind } from './types.ts';

/** Turns secrets into text that may lie in the database, and back. */
export interface Sealer {
  seal(secret: string): Promise<string>;
  /** @throws ParapetError `secret_unreadable` when the text was sealed with another key or was changed */
  open(sealed: string): Promise<string>;
}

const PREFIX = 'sealed:1:';

/**
 * AES-256-GCM with a key of its own file (made at first use, readable by its owner only). Who copies the database alone
 * cannot read the secrets in it.
 */
export function createSealer(path: string): Sealer {
  let loading: Promise<Buffer> | undefined;
  const key = (): Promise<Buffer> => {
    loading ??= loadKey(path).catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
  return {
    async seal(secret) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', await key(), nonce);
      const body = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      return PREFIX + Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url');
    },
    async open(sealed) {
      try {
        if (!sealed.startsWith(PREFIX)) throw new Error('not sealed');
        const bytes = Buffer.from(sealed.slice(PREFIX.length), 'base64url');
        const decipher = createDecipheriv('aes-256-gcm', await key(), bytes.subarray(0, 12));
        decipher.setAuthTag(bytes.subarray(12, 28));
        return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
      } catch {
        throw new ParapetError(
          'secret_unreadable',
          500,
          'A stored secret cannot be opened with the key of this installation.',
          'Restore secret.key beside the data, or enter the secret again.',
        );
      }
    },
  };
}

async function loadKey(path: string): Promise<Buffer> {
  await mkdir(dirname(path), { recursive: true });
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(randomBytes(32).toString('hex'));
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const text = (await readFile(path, 'utf8')).trim();
  if (!/^[0-9a-f]{64}$/.test(text))
    throw new ParapetError(
      'secret_key_damaged',
      500,
      `The key file ${path} does not hold a key.`,
      'Restore it from a backup. Without it the secrets of sources must be entered again after removing the file.',
    );
  return Buffer.from(text, 'hex');
}

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
