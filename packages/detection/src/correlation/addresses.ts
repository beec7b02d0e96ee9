import { isIP } from 'node:net';

export type AddressClass = 'unusable' | 'private' | 'public';

/** Resolvers that half the internet talks to: sharing one says nothing about the two sides. */
const SHARED_PUBLIC = new Set([
  '8.8.8.8',
  '8.8.4.4',
  '1.1.1.1',
  '1.0.0.1',
  '9.9.9.9',
  '208.67.222.222',
  '208.67.220.220',
]);

/**
 * Domains on which strangers keep content side by side (spec A 2.6: public mail, storage and sharing).
 * Only the bare domain is useless as a key; a full address on it still names one object.
 */
const SHARED_DOMAINS = [
  'amazonaws.com',
  'azureedge.net',
  'bit.ly',
  'blob.core.windows.net',
  'cloudflare.com',
  'cloudfront.net',
  'discord.com',
  'discordapp.com',
  'dropbox.com',
  'dropboxusercontent.com',
  'github.com',
  'githubusercontent.com',
  'gitlab.com',
  'gmail.com',
  'google.com',
  'googleapis.com',
  'hotmail.com',
  'live.com',
  'mega.nz',
  'microsoft.com',
  'microsoftonline.com',
  'office.com',
  'office365.com',
  'onedrive.com',
  'outlook.com',
  'pastebin.com',
  'sharepoint.com',
  't.me',
  'telegram.org',
  'windows.net',
  'windowsupdate.com',
  'yahoo.com',
];

/** Strip the IPv4-in-IPv6 prefix, brackets and zone, lower case. Empty when it is no address (CloudTrail puts service names there). */
export function normaliseAddress(text: string | undefined): string {
  let value = (text ?? '').trim().toLowerCase();
  if (value.startsWith('[')) value = value.slice(1).split(']')[0] ?? '';
  value = value.split('%')[0] ?? '';
  if (value.startsWith('::ffff:') && isIP(value.slice(7)) === 4) value = value.slice(7);
  return isIP(value) ? value : '';
}

/**
 * Whether an address can stand as a correlation key.
 * `unusable`: loopback, link-local, unspecified, multicast, public resolvers. `private`: RFC 1918, RFC 6598 and RFC 4193 ranges,
 * which only support another match.
 */
export function classifyAddress(address: string): AddressClass {
  const kind = isIP(address);
  if (kind === 0 || SHARED_PUBLIC.has(address)) return 'unusable';
  if (kind === 6) {
    if (address === '::' || address === '::1' || /^(fe[89ab]|ff)/.test(address)) return 'unusable';
    return /^f[cd]/.test(address) ? 'private' : 'public';
  }
  const [a = 0, b = 0] = address.split('.').map(Number);
  if (a === 0 || a === 127 || a >= 224 || (a === 169 && b === 254)) return 'unusable';
  if (a === 10 || (a === 172 && b >= 16 && b <= 31) || (a === 192 && b === 168) || (a === 100 && b >= 64 && b <= 127))
    return 'private';
  return 'public';
}

/**
 * Canonical form of a URL: lower-case host, no default port, fragment or trailing slash.
 * @returns undefined when the text is neither a URL nor a host name
 */
export function canonicalUrl(
  text: string,
): { readonly url: string; readonly host: string; readonly shared: boolean } | undefined {
  const trimmed = text.trim();
  if (!trimmed) return undefined;
  let parsed: URL;
  try {
    parsed = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `http://${trimmed}`);
  } catch {
    return undefined;
  }
  const host = parsed.hostname.toLowerCase().replace(/\.$/, '');
  if (!host.includes('.') && !host.includes(':')) return undefined;
  const path = parsed.pathname.replace(/\/+$/, '');
  const port = parsed.port ? `:${parsed.port}` : '';
  const shared = SHARED_DOMAINS.some((domain) => host === domain || host.endsWith(`.${domain}`));
  return { url: `${host}${port}${path}${parsed.search}`, host, shared: shared && !path };
}

/** True for a domain whose owner is not the one who put the content there. */
export function isSharedDomain(host: string): boolean {
  return SHARED_DOMAINS.some((domain) => host === domain || host.endsWith(`.${domain}`));
}
