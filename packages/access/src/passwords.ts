import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { ParapetError } from '@parapet/schema';
import { isCommonPassword } from './common-passwords.ts';

/** scrypt cost: 128 · N · r = 32 MiB of memory for each guess. Stored with every hash, so it can be raised later. */
const COST = { N: 2 ** 15, r: 8, p: 1 } as const;
const SALT_BYTES = 16;
const KEY_BYTES = 32;
export const MIN_PASSWORD = 12;
export const MAX_PASSWORD = 256;

/** Hashes computed at once; each holds 32 MiB and one of the four threads that file access needs too. */
const PARALLEL = 2;
const MAX_WAITING = 50;
let running = 0;
const waiting: (() => void)[] = [];

/**
 * @throws ParapetError `password_weak` 400 when it is too short, too long, common or holds the user name
 */
export function checkPassword(password: string, username: string): void {
  const problem =
    [...password].length < MIN_PASSWORD
      ? `at least ${MIN_PASSWORD} characters`
      : password.length > MAX_PASSWORD
        ? `at most ${MAX_PASSWORD} characters`
        : new Set(password).size < 5
          ? 'at least 5 different characters'
          : username.length > 2 && password.toLowerCase().includes(username.toLowerCase())
            ? 'not to contain the user name'
            : isCommonPassword(password)
              ? 'to be less common: it is, or is little more than, one that is tried first'
              : undefined;
  if (problem) {
    throw new ParapetError(
      'password_weak',
      400,
      `The password needs ${problem}.`,
      'A few unrelated words make a good one.',
    );
  }
}

/** `scrypt$N$r$p$salt$key`, the last two in base64. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const key = await derive(password, salt, KEY_BYTES, COST);
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64'), key.toString('base64')].join('$');
}

/**
 * Check a password in constant time.
 * @param stored from {@link hashPassword}; undefined (no such user) costs the same and answers false
 */
export async function verifyPassword(password: string, stored: string | undefined): Promise<boolean> {
  const parsed = parse(stored) ?? parse(await decoy());
  if (!parsed) return false;
  const key = await derive(password, parsed.salt, parsed.key.length, parsed.cost);
  return timingSafeEqual(key, parsed.key) && stored !== undefined;
}

/** True when the hash was made with a cost below today's. */
export function needsRehash(stored: string): boolean {
  const cost = parse(stored)?.cost;
  return !cost || cost.N < COST.N || cost.r < COST.r || cost.p < COST.p;
}

let decoyHash: Promise<string> | undefined;
function decoy(): Promise<string> {
  decoyHash ??= hashPassword(randomBytes(16).toString('hex'));
  return decoyHash;
}

/** Make the hash that stands in for unknown users before the first sign-in could be timed. */
export async function prepareDecoy(): Promise<void> {
  await decoy();
}

interface Parsed {
  readonly cost: { readonly N: number; readonly r: number; readonly p: number };
  readonly salt: Buffer;
  readonly key: Buffer;
}

function parse(stored: string | undefined): Parsed | undefined {
  const [kind, N, r, p, salt, key] = stored?.split('$') ?? [];
  if (kind !== 'scrypt' || !salt || !key) return undefined;
  return {
    cost: { N: Number(N), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, 'base64'),
    key: Buffer.from(key, 'base64'),
  };
}

async function derive(password: string, salt: Buffer, bytes: number, cost: Parsed['cost']): Promise<Buffer> {
  await enter();
  try {
    // The same password typed on two keyboards may arrive in different Unicode forms.
    const text = password.normalize('NFKC');
    const options: ScryptOptions = { ...cost, maxmem: 256 * cost.N * cost.r };
    return await new Promise((resolve, reject) => {
      scrypt(text, salt, bytes, options, (error, key) => (error ? reject(error) : resolve(key)));
    });
  } finally {
    leave();
  }
}

async function enter(): Promise<void> {
  if (running < PARALLEL) {
    running++;
    return;
  }
  if (waiting.length >= MAX_WAITING) {
    throw new ParapetError(
      'sign_in_busy',
      503,
      'Too many people are signing in at this moment.',
      'Try again in a few seconds.',
    );
  }
  await new Promise<void>((resolve) => waiting.push(resolve));
}

/** Hands the place on instead of freeing it, so that a newcomer cannot overtake who waits. */
function leave(): void {
  const next = waiting.shift();
  if (next) next();
  else running--;
}
