/**
 * Fetching for `externaldata`: only from hosts the operator lists, also after a redirect; not from internal addresses,
 * whatever a name resolves to; bounded in size, time and number of redirects.
 */
import { lookup as dnsLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { get as httpsGet } from 'node:https';
import { BlockList, isIP } from 'node:net';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, gunzipSync } from 'node:zlib';
import { type ExternalAccess, hostAllowed } from '@parapet/kql';
import { ParapetError } from '@parapet/schema';

export interface ExternalLimits {
  /** Of one content, after decompression. */
  readonly bytes: number;
  /** Of one fetch with its redirects. */
  readonly timeoutMs: number;
  /** How long a content is used again. */
  readonly cacheMs: number;
  /** Of all contents that are kept. */
  readonly cacheBytes: number;
}

/** Spec B 3.5: 100 MB. */
export const EXTERNAL_LIMITS: ExternalLimits = {
  bytes: 100 * 2 ** 20,
  timeoutMs: 30_000,
  cacheMs: 5 * 60_000,
  cacheBytes: 256 * 2 ** 20,
};

export interface ExternalReader {
  readonly access: ExternalAccess;
  /** @throws ParapetError `external_failed`, `external_refused`, `external_too_large`, `query_cancelled` */
  read(url: string, signal?: AbortSignal): Promise<string>;
}

const REDIRECTS = 5;

/** Addresses that are not of the public internet. */
const internal = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  internal.addSubnet(net, bits, 'ipv4');
for (const [net, bits] of [
  ['::', 128],
  ['::1', 128],
  ['64:ff9b::', 96],
  ['100::', 64],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  internal.addSubnet(net, bits, 'ipv6');

/** True for loopback, private, link-local, multicast and translated addresses. */
export function isInternal(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped) return internal.check(mapped, 'ipv4');
  if (/^::ffff:/i.test(address)) return true;
  return internal.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

const refused = (message: string, hint?: string): ParapetError =>
  new ParapetError('external_refused', 400, message, hint);
const failed = (host: string, why: string): ParapetError =>
  new ParapetError(
    'external_failed',
    502,
    `The data at ${host} could not be read: ${why}.`,
    'Try again, or check the address.',
  );

type LookupDone = (error: Error | null, address?: string | LookupAddress[], family?: number) => void;

/** Name resolution that gives public addresses only, so that the connection goes to what was checked. */
function publicLookup(host: string, options: LookupOptions, done: LookupDone): void {
  dnsLookup(host, { ...options, all: true }, (error, addresses) => {
    if (error) return done(error);
    const found = addresses as unknown as LookupAddress[];
    const bad = found.find(({ address }) => isInternal(address));
    if (bad || found.length === 0)
      return done(refused(`${host} is at an internal address, which externaldata may not reach.`));
    if (options.all) return done(null, found);
    return done(null, found[0]?.address ?? '', found[0]?.family);
  });
}

function decoded(response: IncomingMessage): Readable {
  switch (response.headers['content-encoding']) {
    case 'gzip':
    case 'x-gzip':
      return response.pipe(createGunzip());
    case 'deflate':
      return response.pipe(createInflate());
    case 'br':
      return response.pipe(createBrotliDecompress());
    default:
      return response;
  }
}

/**
 * @param access hosts that may be read
 * @param allowInternal lets listed hosts be at internal addresses
 */
export function createExternalReader(
  access: ExternalAccess,
  allowInternal = false,
  limits: ExternalLimits = EXTERNAL_LIMITS,
): ExternalReader {
  const cache = new Map<string, { at: number; text: string }>();
  const waiting = new Map<string, Promise<string>>();
  const tooLarge = (host: string): ParapetError =>
    new ParapetError(
      'external_too_large',
      413,
      `The data at ${host} is larger than ${Math.floor(limits.bytes / 2 ** 20)} MiB.`,
      'Filter it where it is made, or load it as a watchlist.',
      { limit: limits.bytes },
    );

  const check = (text: string): URL => {
    const url = new URL(text);
    if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refused(`${url.protocol} addresses are not read.`);
    if (!hostAllowed(url.hostname, access))
      throw refused(
        `externaldata may not read from ${url.hostname}.`,
        'An administrator allows hosts with external-data-hosts.',
      );
    const literal = url.hostname.replace(/^\[|\]$/g, '');
    if (!allowInternal && isIP(literal) && isInternal(literal))
      throw refused(`${url.hostname} is an internal address, which externaldata may not reach.`);
    return url;
  };

  const request = (url: URL, signal: AbortSignal): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const get = url.protocol === 'https:' ? httpsGet : httpGet;
      get(
        url,
        {
          signal,
          headers: { accept: '*/*', 'accept-encoding': 'gzip, deflate, br', 'user-agent': 'parapet' },
          ...(allowInternal ? {} : { lookup: publicLookup as never }),
        },
        resolve,
      ).on('error', reject);
    });

  const collect = async (response: IncomingMessage, host: string): Promise<string> => {
    const parts: Buffer[] = [];
    let bytes = 0;
    const body = decoded(response);
    response.on('error', (error) => body.destroy(error));
    for await (const part of body as AsyncIterable<Buffer>) {
      bytes += part.length;
      if (bytes > limits.bytes) {
        response.destroy();
        throw tooLarge(host);
      }
      parts.push(part);
    }
    let whole = Buffer.concat(parts);
    // Lists are often kept packed; the address then names the packed file.
    if (whole[0] === 0x1f && whole[1] === 0x8b) {
      try {
        whole = gunzipSync(whole, { maxOutputLength: limits.bytes });
      } catch (error) {
        throw (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
          ? tooLarge(host)
          : failed(host, 'it is damaged');
      }
    }
    return whole.toString('utf8');
  };

  const fetchText = async (address: string): Promise<string> => {
    const signal = AbortSignal.timeout(limits.timeoutMs);
    let url = check(address);
    try {
      for (let hop = 0; ; hop++) {
        const response = await request(url, signal);
        const status = response.statusCode ?? 0;
        if (status >= 300 && status < 400 && response.headers.location) {
          response.resume();
          if (hop >= REDIRECTS) throw failed(url.hostname, 'it redirects too often');
          url = check(new URL(response.headers.location, url).href);
          continue;
        }
        if (status !== 200) {
          response.resume();
          throw failed(url.hostname, `it answered ${status}`);
        }
        return await collect(response, url.hostname);
      }
    } catch (error) {
      if (error instanceof ParapetError) throw error;
      if (signal.aborted) throw failed(url.hostname, `it took longer than ${limits.timeoutMs / 1000} s`);
      throw failed(url.hostname, (error as NodeJS.ErrnoException).code ?? 'the connection broke');
    }
  };

  const keep = (address: string, text: string): void => {
    cache.delete(address);
    cache.set(address, { at: Date.now(), text });
    let bytes = [...cache.values()].reduce((sum, one) => sum + one.text.length, 0);
    for (const [key, one] of cache) {
      if (bytes <= limits.cacheBytes) break;
      cache.delete(key);
      bytes -= one.text.length;
    }
  };

  return {
    access,
    async read(address, signal) {
      const known = cache.get(address);
      if (known && Date.now() - known.at < limits.cacheMs) return known.text;
      const running =
        waiting.get(address) ??
        fetchText(address)
          .then((text) => {
            keep(address, text);
            return text;
          })
          .finally(() => waiting.delete(address));
      waiting.set(address, running);
      if (!signal) return running;
      // Others may wait for the same content: a query that is cancelled only stops waiting.
      return new Promise((resolve, reject) => {
        const stop = (): void => reject(new ParapetError('query_cancelled', 499, 'The query was cancelled.'));
        if (signal.aborted) stop();
        signal.addEventListener('abort', stop, { once: true });
        running.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
      });
    },
  };
}
