/** What an indicator is about, and how its value is written so that equal things are equal. */
import { INTEL_KINDS, type IntelKind } from '@parapet/schema';

/** Names of the objects of STIX (and of `ObservableKey`) by kind. */
export const OBSERVABLE_KEYS: Readonly<Record<IntelKind, string>> = {
  sha256: "file:hashes.'SHA-256'",
  sha1: "file:hashes.'SHA-1'",
  md5: 'file:hashes.MD5',
  ip: 'ipv4-addr:value',
  cidr: 'ipv4-addr:value',
  domain: 'domain-name:value',
  url: 'url:value',
  email: 'email-addr:value',
  certificate: "x509-certificate:hashes.'SHA-1'",
};

/** Days an indicator without an end lives: addresses change hands, files do not. */
export const DEFAULT_DAYS: Readonly<Record<IntelKind, number>> = {
  sha256: 365,
  sha1: 365,
  md5: 365,
  ip: 30,
  cidr: 30,
  domain: 90,
  url: 90,
  email: 180,
  certificate: 365,
};

const HASHES: Readonly<Partial<Record<IntelKind, RegExp>>> = {
  sha256: /^[0-9a-f]{64}$/,
  sha1: /^[0-9a-f]{40}$/,
  md5: /^[0-9a-f]{32}$/,
  certificate: /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/,
};

/** Undo how reports keep addresses from being clicked: `hxxp[:]//bad[.]example`. */
export const refanged = (text: string): string =>
  text
    .trim()
    .replace(/^h(?:xx|tt)p/i, 'http')
    .replace(
      /\[(\.|:|@|\/\/|:\/\/)\]|\((\.)\)|\[dot\]|\[at\]/gi,
      (match, a, b) => a ?? b ?? (/at/i.test(match) ? '@' : '.'),
    );

const isIpv4 = (text: string): boolean =>
  /^\d{1,3}(\.\d{1,3}){3}$/.test(text) && text.split('.').every((part) => Number(part) <= 255);
const isIpv6 = (text: string): boolean => text.includes(':') && URL.canParse(`http://[${text}]/`);
const isDomain = (text: string): boolean =>
  text.length <= 253 && /^(?:[a-z0-9_](?:[a-z0-9_-]{0,62})\.)+[a-z0-9-]{2,63}$/.test(text) && !isIpv4(text);

/**
 * The value as it is compared: lower case, networks masked, URLs without scheme, fragment and closing slash.
 * @returns undefined when the text is nothing of this kind
 */
export function normalised(kind: IntelKind, given: string): string | undefined {
  const text = refanged(given);
  const lower = text.toLowerCase();
  switch (kind) {
    case 'ip':
      if (isIpv4(lower)) return lower.split('.').map(Number).join('.');
      return isIpv6(lower) ? new URL(`http://[${lower}]/`).hostname.slice(1, -1) : undefined;
    case 'cidr': {
      const [address = '', bits = ''] = lower.split('/');
      if (!isIpv4(address) || !/^\d{1,2}$/.test(bits) || Number(bits) > 32 || Number(bits) < 8) return undefined;
      const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
      const size = 2 ** (32 - Number(bits));
      const net = Math.floor(number / size) * size;
      return `${[24, 16, 8, 0].map((shift) => Math.floor(net / 2 ** shift) % 256).join('.')}/${Number(bits)}`;
    }
    case 'domain': {
      const name = lower.replace(/\.$/, '').replace(/^\*\./, '');
      return isDomain(name) ? name : undefined;
    }
    case 'url': {
      if (!/^[a-z][a-z0-9+.-]*:\/\/[^\s/]+/i.test(text) || text.length > 4_000) return undefined;
      return lower
        .replace(/^[a-z][a-z0-9+.-]*:\/\//, '')
        .replace(/#.*$/, '')
        .replace(/\/$/, '');
    }
    case 'email':
      return /^[^\s@]{1,64}@[^\s@]+\.[^\s@]+$/.test(lower) && lower.length <= 320 ? lower : undefined;
    default: {
      const hash = lower.replace(/[:\s-]/g, '');
      return HASHES[kind]?.test(hash) ? hash : undefined;
    }
  }
}

/** What a bare value must be; undefined when it is none of them. */
export function kindOf(given: string): IntelKind | undefined {
  const text = refanged(given);
  if (text.includes('://')) return normalised('url', text) ? 'url' : undefined;
  return (['sha256', 'sha1', 'md5', 'ip', 'cidr', 'email', 'domain'] as const).find((kind) => normalised(kind, text));
}

/** Spellings that files and people use for the kinds. */
export function kindNamed(name: string): IntelKind | undefined {
  const word = name.toLowerCase().replace(/[^a-z0-9]/g, '');
  const named: Readonly<Record<string, IntelKind>> = {
    filehashsha256: 'sha256',
    filesha256: 'sha256',
    filehashsha1: 'sha1',
    filesha1: 'sha1',
    filehashmd5: 'md5',
    filemd5: 'md5',
    ipv4: 'ip',
    ipv6: 'ip',
    ipaddress: 'ip',
    ipsrc: 'ip',
    ipdst: 'ip',
    ipv4addr: 'ip',
    ipv6addr: 'ip',
    network: 'cidr',
    cidrblock: 'cidr',
    domainname: 'domain',
    hostname: 'domain',
    fqdn: 'domain',
    host: 'domain',
    uri: 'url',
    link: 'url',
    mail: 'email',
    emailaddr: 'email',
    emailaddress: 'email',
    emailsrc: 'email',
    cert: 'certificate',
    certificatethumbprint: 'certificate',
    x509certificate: 'certificate',
  };
  return (INTEL_KINDS as readonly string[]).includes(word) ? (word as IntelKind) : named[word];
}
