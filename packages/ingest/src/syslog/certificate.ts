import { createHash, generateKeyPairSync, randomBytes, sign, X509Certificate } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';

export interface ServerCertificate {
  /** PEM. */
  readonly key: string;
  readonly cert: string;
  /** SHA-256 of the certificate, as tools print it: `AB:CD:…`. */
  readonly fingerprint: string;
}

const YEARS = 10;

/**
 * The certificate of this installation, made when there is none: self-signed, for the names and addresses of this
 * machine. Clients trust it by its file or its fingerprint.
 * @param dir folder that keeps `server.crt` and `server.key`
 */
export async function ownCertificate(dir: string): Promise<ServerCertificate> {
  const files = { cert: join(dir, 'server.crt'), key: join(dir, 'server.key') };
  try {
    return loaded(await readFile(files.key, 'utf8'), await readFile(files.cert, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const addresses = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map((item) => item.address));
  const made = selfSigned([hostname(), 'localhost', ...addresses.map((address) => address.split('%', 1)[0] ?? '')]);
  await mkdir(dir, { recursive: true });
  await write(files.key, made.key, 0o600);
  await write(files.cert, made.cert, 0o644);
  return loaded(made.key, made.cert);
}

/** @throws Error when a file cannot be read or the two do not belong together */
export async function certificateFrom(certFile: string, keyFile: string): Promise<ServerCertificate> {
  return loaded(await readFile(keyFile, 'utf8'), await readFile(certFile, 'utf8'));
}

function loaded(key: string, cert: string): ServerCertificate {
  return { key, cert, fingerprint: new X509Certificate(cert).fingerprint256 };
}

async function write(path: string, text: string, mode: number): Promise<void> {
  const file = await open(`${path}.new`, 'w', mode);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}

// DER (X.690) as far as a certificate (RFC 5280) needs it.
const der = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  const length =
    body.length < 128
      ? Buffer.from([body.length])
      : body.length < 256
        ? Buffer.from([0x81, body.length])
        : Buffer.from([0x82, body.length >> 8, body.length & 255]);
  return Buffer.concat([Buffer.from([tag]), length, body]);
};
const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const time = (date: Date): Buffer =>
  // Two digits of the year up to 2049.
  date.getUTCFullYear() < 2050
    ? der(0x17, Buffer.from(`${date.toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`))
    : der(0x18, Buffer.from(`${date.toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`));

const ECDSA_SHA256 = sequence(oid('2a8648ce3d040302'));
const COMMON_NAME = '550403';
const SUBJECT_ALT_NAME = '551d11';
const BASIC_CONSTRAINTS = '551d13';
const EXTENDED_KEY_USAGE = '551d25';
const SERVER_AUTH = '2b06010505070301';

/** A certificate for a P-256 key, valid for ten years, for the given names and addresses. */
export function selfSigned(
  names: readonly string[],
  now = new Date(),
): { readonly key: string; readonly cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = sequence(
    der(0x31, sequence(oid(COMMON_NAME), der(0x0c, Buffer.from((names[0] ?? 'parapet').slice(0, 64))))),
  );
  const serial = randomBytes(16);
  serial[0] = ((serial[0] as number) & 0x7f) | 0x40;
  const until = new Date(now);
  until.setUTCFullYear(until.getUTCFullYear() + YEARS);
  const alternatives = [...new Set(names)]
    .filter((item) => item !== '')
    .map((item) => (isIP(item) ? der(0x87, addressBytes(item)) : der(0x82, Buffer.from(item, 'latin1'))));
  const extension = (id: string, critical: boolean, value: Buffer): Buffer =>
    sequence(oid(id), ...(critical ? [der(0x01, Buffer.from([0xff]))] : []), der(0x04, value));
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    ECDSA_SHA256,
    name,
    sequence(time(now), time(until)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(
      0xa3,
      sequence(
        // Clients are told to trust this very certificate, so it is its own authority.
        extension(BASIC_CONSTRAINTS, true, sequence(der(0x01, Buffer.from([0xff])))),
        extension(EXTENDED_KEY_USAGE, false, sequence(oid(SERVER_AUTH))),
        extension(SUBJECT_ALT_NAME, false, sequence(...alternatives)),
      ),
    ),
  );
  const signature = sign('sha256', body, privateKey);
  const bytes = sequence(body, ECDSA_SHA256, der(0x03, Buffer.from([0]), signature));
  const base64 = bytes
    .toString('base64')
    .replace(/(.{64})/g, '$1\n')
    .trimEnd();
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
  };
}

function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  // The URL parser writes an IPv6 address in its shortest form; groups left out are zeros.
  const mapped = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const text = mapped
    ? `${mapped[1]}${((Number(mapped[2]) << 8) | Number(mapped[3])).toString(16)}:${((Number(mapped[4]) << 8) | Number(mapped[5])).toString(16)}`
    : address;
  const [head = '', tail] = text.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups =
    tail === undefined ? left : [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
  const bytes = Buffer.alloc(16);
  for (const [i, group] of groups.entries()) bytes.writeUInt16BE(Number.parseInt(group, 16), i * 2);
  return bytes;
}

/** SHA-256 of a certificate in DER, as tools print it. */
export function fingerprintOf(raw: Buffer): string {
  return createHash('sha256')
    .update(raw)
    .digest('hex')
    .toUpperCase()
    .replace(/(..)(?=.)/g, '$1:');
}
