import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { ParapetError } from '@parapet/schema';
import type { Logger } from 'pino';

/** How often the files are looked at. A renewal is used without a restart. */
const WATCH_MS = 5_000;

export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** Options of a server that encrypts; what is older than TLS 1.2 is refused. */
export type TlsOptions = Pick<SecureContextOptions, 'cert' | 'key' | 'minVersion'>;

/**
 * Read certificate and key and see that they fit.
 * @throws ParapetError `bad_configuration` naming the files
 */
export function loadCertificate(files: CertificateFiles): TlsOptions {
  try {
    const options: TlsOptions = {
      cert: readFileSync(files.cert),
      key: readFileSync(files.key),
      minVersion: 'TLSv1.2',
    };
    createSecureContext(options);
    return options;
  } catch (error) {
    throw new ParapetError(
      'bad_configuration',
      400,
      `The certificate ${files.cert} and its key ${files.key} cannot be used: ${error instanceof Error ? error.message : String(error)}`,
      'Both are PEM files; the certificate file starts with the server’s own certificate and holds those between it and the root.',
    );
  }
}

/** Use renewed files once both fit; until then the old certificate stays. Returns the function that stops looking. */
export function watchCertificate(
  files: CertificateFiles,
  use: (options: TlsOptions) => void,
  log: Pick<Logger, 'info' | 'warn'>,
  interval = WATCH_MS,
): () => void {
  const changed = (): void => {
    try {
      use(loadCertificate(files));
      log.info({ certificate: files.cert }, 'The certificate was renewed');
    } catch (error) {
      // The two files are never replaced at the same moment.
      log.warn({ err: error }, 'Changed certificate files do not fit yet; the old certificate stays in use');
    }
  };
  const paths = [files.cert, files.key];
  for (const path of paths) watchFile(path, { interval, persistent: false }, changed);
  return () => {
    for (const path of paths) unwatchFile(path, changed);
  };
}

/**
 * An unencrypted way in from this machine alone, for work of the server's own: its certificate need not be valid for a
 * loopback address.
 */
export async function listenOnLoopback(
  listener: RequestListener,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer(listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
