import { readFile } from 'node:fs/promises';
import type { TlsOptions } from 'node:tls';
import type { ReceiverContext } from '../sources/types.ts';
import { certificateFrom, ownCertificate } from './certificate.ts';
import { allowedPeers } from './peers.ts';
import { type Zone, zoneOf } from './zone.ts';

export type Transport = 'udp' | 'tcp' | 'tls' | 'relp' | 'relp-tls';

/** Settings of a syslog source, checked. */
export interface SyslogSettings {
  readonly transport: Transport;
  readonly host: string;
  readonly port: number;
  readonly maxConnections: number;
  readonly zone: Zone;
  /** Whether an address may send. */
  allows(address: string): boolean;
  readonly tls: (TlsOptions & { readonly fingerprint: string }) | null;
  /** Subject of a client certificate must hold one of these; empty takes every certificate the authority signed. */
  readonly clientNames: readonly string[];
}

const text = (value: unknown): string => (typeof value === 'string' ? value.trim() : '');

/** @throws Error that says which setting cannot be used */
export async function syslogSettings(context: ReceiverContext): Promise<SyslogSettings> {
  const { settings } = context.source;
  const transport = text(settings.transport) as Transport;
  const encrypted = transport === 'tls' || transport === 'relp-tls';
  let tls: SyslogSettings['tls'] = null;
  if (encrypted) {
    const [certFile, keyFile, caFile] = [text(settings.certFile), text(settings.keyFile), text(settings.clientCaFile)];
    if ((certFile === '') !== (keyFile === ''))
      throw new Error('A certificate file needs its key file, and the other way round.');
    const own = certFile === '' ? await ownCertificate(context.dataDir) : await certificateFrom(certFile, keyFile);
    const ca = caFile === '' ? undefined : await readFile(caFile, 'utf8');
    tls = {
      key: own.key,
      cert: own.cert,
      minVersion: 'TLSv1.2',
      handshakeTimeout: 15_000,
      fingerprint: own.fingerprint,
      ...(ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: true }),
    };
  }
  return {
    transport,
    host: text(settings.host) || '0.0.0.0',
    port: Number(settings.port),
    maxConnections: Number(settings.maxConnections ?? 1_000),
    zone: zoneOf(text(settings.timeZone)),
    allows: allowedPeers(text(settings.peers)),
    tls,
    clientNames: text(settings.clientNames)
      .split(/[\n,]+/)
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  };
}
