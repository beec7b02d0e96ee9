import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Seconds of one time step and digits of a code: what authenticator apps take without being told. */
const STEP_SECONDS = 30;
const DIGITS = 6;
/** A code of the step before or after is taken too, because clocks differ. */
const WINDOW = 1;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** 160 random bits, as RFC 4226 recommends, in base32. */
export function newTotpSecret(): string {
  return toBase32(randomBytes(20));
}

/** RFC 4648 base32 without padding. */
export function toBase32(bytes: Uint8Array): string {
  let bits = 0;
  let value = 0;
  let text = '';
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      text += ALPHABET[(value >>> (bits - 5)) & 31];
      bits -= 5;
    }
    value &= (1 << bits) - 1;
  }
  return bits > 0 ? text + ALPHABET[(value << (5 - bits)) & 31] : text;
}

export function fromBase32(text: string): Buffer {
  const bytes: number[] = [];
  let bits = 0;
  let value = 0;
  for (const letter of text.toUpperCase().replace(/[\s=-]/g, '')) {
    const index = ALPHABET.indexOf(letter);
    if (index < 0) throw new RangeError('not base32');
    value = ((value << 5) | index) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bytes.push((value >>> (bits - 8)) & 255);
      bits -= 8;
    }
  }
  return Buffer.from(bytes);
}

/** The code of one time step (RFC 6238 with SHA-1, RFC 4226 truncation). */
export function totpCode(secret: string, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac('sha1', fromBase32(secret)).update(counter).digest();
  const offset = (digest[digest.length - 1] as number) & 15;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 10 ** DIGITS).padStart(DIGITS, '0');
}

/**
 * The time step a code belongs to, of those that are valid now; undefined when it is none of them.
 * @param now milliseconds since the epoch
 * @param after steps up to this one were used already
 */
export function matchingStep(secret: string, code: string, now: number, after: number): number | undefined {
  const digits = code.replace(/\s/g, '');
  if (!/^\d{6}$/.test(digits)) return undefined;
  const step = Math.floor(now / 1000 / STEP_SECONDS);
  let found: number | undefined;
  // Every step is looked at, so that the time taken says nothing.
  for (let each = step - WINDOW; each <= step + WINDOW; each++) {
    const fits = timingSafeEqual(Buffer.from(totpCode(secret, each)), Buffer.from(digits));
    if (fits && each > after) found = each;
  }
  return found;
}

/** The address authenticator apps read from a QR code. */
export function totpUri(secret: string, account: string, issuer: string): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`;
  return `otpauth://totp/${label}?secret=${secret}&issuer=${encodeURIComponent(issuer)}&algorithm=SHA1&digits=${DIGITS}&period=${STEP_SECONDS}`;
}
