import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ParapetError } from '@parapet/schema';

/** Turns secrets into text that may lie in the database, and back. */
export interface Sealer {
  seal(secret: string): Promise<string>;
  /** @throws ParapetError `secret_unreadable` when the text was sealed with an unknown key or was changed */
  open(sealed: string): Promise<string>;
}

/** A sealer whose key can be renewed, and which also signs what must not be changed unnoticed. */
export interface KeyRing extends Sealer {
  /** Seal a text that need not be hidden: `<key id>:<hex HMAC-SHA256>`. */
  sign(text: string): Promise<string>;
  /** False when the seal was made with an unknown key or for another text. */
  verify(text: string, seal: string): Promise<boolean>;
  /** True when the text was sealed with the key in use now. */
  isCurrent(sealed: string): Promise<boolean>;
  /** Make a new key and use it from now on. What older keys sealed stays readable. @returns the new key's id */
  rotate(): Promise<string>;
  /** Forget all keys but the present one: what they sealed cannot be read any more. @returns how many were forgotten */
  forgetOld(): Promise<number>;
  /** Ids of the keys, the present one first. */
  keyIds(): Promise<string[]>;
}

interface Key {
  readonly id: string;
  readonly bytes: Buffer;
}

const FIRST_FORM = 'sealed:1:';
const SEALED = /^sealed:2:([0-9a-f]{8}):([\w-]+)$/;

/**
 * AES-256-GCM with keys in a file of their own (made at first use, readable by its owner only), one a line, the present
 * one first. Who copies the database alone cannot read the secrets in it.
 */
export function createSealer(path: string): KeyRing {
  return ring({ load: () => loadKeys(path), save: (keys) => saveKeys(path, keys) });
}

/** A sealer whose key is gone with the process, for tests. */
export function createMemorySealer(): KeyRing {
  return ring({ load: async () => [newKey()], save: async () => undefined });
}

function ring(place: { load(): Promise<readonly Key[]>; save(keys: readonly Key[]): Promise<void> }): KeyRing {
  let loading: Promise<readonly Key[]> | undefined;
  const keys = (): Promise<readonly Key[]> => {
    loading ??= place.load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
  const current = async (): Promise<Key> => (await keys())[0] as Key;
  const replace = async (next: readonly Key[]): Promise<void> => {
    await place.save(next);
    loading = Promise.resolve(next);
  };
  return {
    async seal(secret) {
      const key = await current();
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key.bytes, nonce);
      const body = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      return `sealed:2:${key.id}:${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')}`;
    },
    async open(sealed) {
      const [, id, body] = SEALED.exec(sealed) ?? [];
      // The first form did not name its key.
      const text = body ?? (sealed.startsWith(FIRST_FORM) ? sealed.slice(FIRST_FORM.length) : undefined);
      for (const key of await keys()) {
        if (text === undefined || (id !== undefined && id !== key.id)) continue;
        const secret = decrypt(text, key);
        if (secret !== undefined) return secret;
      }
      throw new ParapetError(
        'secret_unreadable',
        500,
        'A stored secret cannot be opened with the key of this installation.',
        'Restore secret.key beside the data, or enter the secret again.',
      );
    },
    async sign(text) {
      const key = await current();
      return `${key.id}:${mac(text, key)}`;
    },
    async verify(text, seal) {
      const [id, hex = ''] = seal.split(':');
      const key = (await keys()).find((each) => each.id === id);
      if (!key) return false;
      const expected = Buffer.from(mac(text, key), 'hex');
      const given = Buffer.from(hex, 'hex');
      return given.length === expected.length && timingSafeEqual(given, expected);
    },
    async isCurrent(sealed) {
      return sealed.startsWith(`sealed:2:${(await current()).id}:`);
    },
    async rotate() {
      const key = newKey();
      await replace([key, ...(await keys())]);
      return key.id;
    },
    async forgetOld() {
      const all = await keys();
      if (all.length > 1) await replace(all.slice(0, 1));
      return all.length - 1;
    },
    async keyIds() {
      return (await keys()).map((key) => key.id);
    },
  };
}

function decrypt(text: string, key: Key): string | undefined {
  try {
    const bytes = Buffer.from(text, 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', key.bytes, bytes.subarray(0, 12), { authTagLength: 16 });
    decipher.setAuthTag(bytes.subarray(12, 28));
    return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

/** Signing has a key of its own, so that one use of a key can never help against the other. */
function mac(text: string, key: Key): string {
  const derived = Buffer.from(hkdfSync('sha256', key.bytes, '', 'parapet seal', 32));
  return createHmac('sha256', derived).update(text).digest('hex');
}

const toKey = (bytes: Buffer): Key => ({
  id: createHash('sha256').update(bytes).digest('hex').slice(0, 8),
  bytes,
});

const newKey = (): Key => toKey(randomBytes(32));

async function loadKeys(path: string): Promise<readonly Key[]> {
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
  const lines = (await readFile(path, 'utf8'))
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  if (lines.length === 0 || lines.some((line) => !/^[0-9a-f]{64}$/.test(line)))
    throw new ParapetError(
      'secret_key_damaged',
      500,
      `The key file ${path} does not hold a key.`,
      'Restore it from a backup. Without it the secrets of sources must be entered again after removing the file.',
    );
  return lines.map((line) => toKey(Buffer.from(line, 'hex')));
}

/** Written beside and moved over, so that a crash leaves the old keys or the new ones, never half a file. */
async function saveKeys(path: string, keys: readonly Key[]): Promise<void> {
  const beside = `${path}.new`;
  const file = await open(beside, 'w', 0o600);
  try {
    await file.writeFile(`${keys.map((key) => key.bytes.toString('hex')).join('\n')}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
}
