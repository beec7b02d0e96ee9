import 'reflect-metadata';
import { randomBytes, webcrypto, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import type { CertificateFiles } from './tls.ts';

/** The longest browsers accept from anybody. */
const VALID_DAYS = 397;
/** Made anew when less than this is left. */
const RENEW_DAYS = 30;
const DAY_MS = 86_400_000;

/**
 * A certificate of our own, for installations that have none yet: made once, kept in the data folder.
 * @param names host names and addresses people may use, besides those of this machine
 * @returns its files and the SHA-256 fingerprint browsers show
 */
export async function ownCertificate(
  dataDir: string,
  names: readonly string[],
  now = Date.now(),
): Promise<CertificateFiles & { readonly fingerprint: string }> {
  const folder = join(dataDir, 'tls');
  const files = { cert: join(folder, 'self-signed.pem'), key: join(folder, 'self-signed.key') };
  const wanted = [...new Set(['localhost', hostname(), '127.0.0.1', '::1', ...names])].filter(
    (name) => name !== '' && name !== '0.0.0.0' && name !== '::',
  );
  if (!isStillGood(files.cert, files.key, wanted, now)) await make(folder, files, wanted, now);
  return { ...files, fingerprint: new X509Certificate(readFileSync(files.cert)).fingerprint256 };
}

function isStillGood(cert: string, key: string, names: readonly string[], now: number): boolean {
  if (!existsSync(cert) || !existsSync(key)) return false;
  try {
    const known = new X509Certificate(readFileSync(cert));
    if (Date.parse(known.validTo) - now < RENEW_DAYS * DAY_MS) return false;
    return names.every((name) => (isIP(name) ? known.checkIP(name) : known.checkHost(name)) !== undefined);
  } catch {
    return false;
  }
}

async function make(folder: string, files: CertificateFiles, names: readonly string[], now: number): Promise<void> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
  x509.cryptoProvider.set(webcrypto as never);
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: `00${randomBytes(16).toString('hex')}`,
    name: [{ CN: [{ utf8String: `Parapet on ${hostname()}` }] }] as never,
    notBefore: new Date(now - DAY_MS),
    notAfter: new Date(now + VALID_DAYS * DAY_MS),
    signingAlgorithm: algorithm,
    keys: keys as never,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map((name) => ({ type: isIP(name) ? ('ip' as const) : ('dns' as const), value: name })),
      ),
    ],
  });
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const pem = `-----BEGIN PRIVATE KEY-----\n${key.replace(/(.{64})/g, '$1\n')}\n-----END PRIVATE KEY-----\n`;
  // Written beside and moved over: a crash leaves no half of a key.
  for (const [path, text] of [
    [files.key, pem],
    [files.cert, `${certificate.toString('pem')}\n`],
  ] as const) {
    writeFileSync(`${path}.new`, text, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }
}
