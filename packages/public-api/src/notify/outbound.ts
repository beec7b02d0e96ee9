import { lookup } from 'node:dns';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { badRequest } from '../errors.ts';

/** Largest answer of a receiver that is looked at. */
const MAX_ANSWER = 64 * 1024;

export interface OutboundAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

export interface OutboundOptions {
  readonly method: 'POST' | 'PUT';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
  /** Plain HTTP and this machine may be reached. */
  readonly allowLoopback: boolean;
}

/** Addresses of this machine and of its cloud's metadata; an address elsewhere in the organisation is fine. */
function isOwn(address: string): boolean {
  const plain = mapped(address.toLowerCase());
  return (
    /^(127\.|0\.|169\.254\.)/.test(plain) ||
    plain === '::' ||
    plain === '::1' ||
    /^fe[89ab]/.test(plain) ||
    plain === 'fd00:ec2::254'
  );
}

/** `::ffff:7f00:1` and `::ffff:127.0.0.1` are IPv4 addresses in IPv6 clothes. */
function mapped(address: string): string {
  const hex = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(address);
  if (!hex) return address.replace(/^::ffff:/, '');
  const [high, low] = [Number.parseInt(hex[1] ?? '0', 16), Number.parseInt(hex[2] ?? '0', 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** @throws ApiError 400 for an address that nothing may be sent to */
export function checkAddress(text: string, name: string, allowLoopback: boolean): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw badRequest(`${name} is not an address.`);
  }
  const fits = url.protocol === 'https:' || (allowLoopback && url.protocol === 'http:');
  if (!fits || url.username || url.password || url.hash || text.length > 2_000)
    throw badRequest(`${name} must be an https address without user name and fragment.`);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (!allowLoopback && (host === 'localhost' || (isIP(host) && isOwn(host))))
    throw badRequest(`${name} must not be an address of this machine.`);
  return url;
}

/**
 * Send one request. Redirects are not followed, and a name that leads to this machine is not: where the name leads is
 * checked when the connection is made, not before.
 */
export function send(url: URL, options: OutboundOptions): Promise<OutboundAnswer> {
  const guarded: LookupFunction = (hostname, lookupOptions, callback) => {
    lookup(hostname, { ...lookupOptions, all: true }, (error, addresses) => {
      const found = error ? [] : addresses.filter(({ address }) => options.allowLoopback || !isOwn(address));
      const first = found[0];
      if (error || !first) {
        callback(error ?? new Error(`${hostname} leads to this machine`), '', 4);
        return;
      }
      if (lookupOptions.all) callback(null, found as never, undefined as never);
      else callback(null, first.address, first.family);
    });
  };
  return new Promise((resolve, reject) => {
    const begin = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = begin(
      url,
      {
        method: options.method,
        headers: { 'user-agent': 'Parapet', 'content-length': Buffer.byteLength(options.body), ...options.headers },
        lookup: guarded,
        timeout: options.timeoutMs,
        signal: AbortSignal.timeout(options.timeoutMs),
      },
      (response) => {
        const parts: Buffer[] = [];
        let bytes = 0;
        response.on('data', (part: Buffer) => {
          bytes += part.length;
          if (bytes <= MAX_ANSWER) parts.push(part);
          else response.destroy(new Error('The answer is too long'));
        });
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            type: String(response.headers['content-type'] ?? ''),
            body: Buffer.concat(parts).toString('utf8'),
          }),
        );
      },
    );
    request.on('timeout', () => request.destroy(new Error(`No answer in ${options.timeoutMs / 1000} s`)));
    request.on('error', reject);
    request.end(options.body);
  });
}
