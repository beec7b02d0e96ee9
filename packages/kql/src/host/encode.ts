/** Punycode (RFC 3492) and compression. A text that cannot be read gives an empty text. */
import { deflateSync, gunzipSync, inflateSync } from 'node:zlib';
import type { HostFamily } from './registry.ts';

const BASE = 36;
const TMIN = 1;
const TMAX = 26;
const SKEW = 38;
const DAMP = 700;

function adapt(delta: number, points: number, first: boolean): number {
  let d = first ? Math.floor(delta / DAMP) : delta >> 1;
  d += Math.floor(d / points);
  let k = 0;
  for (; d > ((BASE - TMIN) * TMAX) >> 1; k += BASE) d = Math.floor(d / (BASE - TMIN));
  return k + Math.floor(((BASE - TMIN + 1) * d) / (d + SKEW));
}

const threshold = (k: number, bias: number): number => Math.min(TMAX, Math.max(TMIN, k - bias));
const digit = (d: number): string => String.fromCharCode(d < 26 ? 97 + d : 22 + d);
const digitValue = (code: number): number =>
  code >= 48 && code < 58
    ? code - 22
    : code >= 65 && code < 91
      ? code - 65
      : code >= 97 && code < 123
        ? code - 97
        : BASE;

/** Punycode of a text, RFC 3492 section 6.3. */
export function punycodeEncode(text: string): string {
  const points = [...text].map((ch) => ch.codePointAt(0)!);
  const basic = points.filter((p) => p < 128);
  let out = String.fromCharCode(...basic);
  if (basic.length) out += '-';
  let [n, delta, bias, done] = [128, 0, 72, basic.length];
  while (done < points.length) {
    const next = Math.min(...points.filter((p) => p >= n));
    delta += (next - n) * (done + 1);
    n = next;
    for (const p of points) {
      if (p < n) delta++;
      if (p !== n) continue;
      let q = delta;
      for (let k = BASE; ; k += BASE) {
        const t = threshold(k, bias);
        if (q < t) break;
        out += digit(t + ((q - t) % (BASE - t)));
        q = Math.floor((q - t) / (BASE - t));
      }
      out += digit(q);
      bias = adapt(delta, done + 1, done === basic.length);
      delta = 0;
      done++;
    }
    delta++;
    n++;
  }
  return out;
}

/** Text of punycode, RFC 3492 section 6.2; undefined when it is none. */
export function punycodeDecode(text: string): string | undefined {
  const cut = text.lastIndexOf('-');
  const out = cut > 0 ? [...text.slice(0, cut)].map((ch) => ch.codePointAt(0)!) : [];
  if (out.some((p) => p > 127)) return undefined;
  let [n, i, bias] = [128, 0, 72];
  for (let at = cut > 0 ? cut + 1 : 0; at < text.length; ) {
    const old = i;
    let w = 1;
    for (let k = BASE; ; k += BASE) {
      if (at >= text.length) return undefined;
      const d = digitValue(text.charCodeAt(at++));
      if (d >= BASE) return undefined;
      i += d * w;
      if (i > 0x7fffffff) return undefined;
      const t = threshold(k, bias);
      if (d < t) break;
      w *= BASE - t;
    }
    bias = adapt(i - old, out.length + 1, old === 0);
    n += Math.floor(i / (out.length + 1));
    if (n > 0x10ffff) return undefined;
    i %= out.length + 1;
    out.splice(i++, 0, n);
  }
  return String.fromCodePoint(...out);
}

/** Below this many bytes the reference does not try to compress: the text goes into one stored block. */
const STORED = 51;

function deflated(bytes: Buffer, level: number): Buffer {
  if (bytes.length > STORED) return deflateSync(bytes, { level }).subarray(2, -4);
  const head = Buffer.alloc(5);
  head[0] = 1;
  head.writeUInt16LE(bytes.length, 1);
  head.writeUInt16LE(~bytes.length & 0xffff, 3);
  return Buffer.concat([head, bytes]);
}

function adler32(bytes: Buffer): number {
  let [a, b] = [1, 0];
  for (const x of bytes) {
    a = (a + x) % 65521;
    b = (b + a) % 65521;
  }
  return b * 65536 + a;
}

function crc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const x of bytes) {
    crc ^= x;
    for (let k = 0; k < 8; k++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** No more text than this comes out of one compressed value. */
const LIMIT = 64 * 1024 * 1024;

function unpacked(text: string, unpack: (bytes: Buffer) => Buffer): string {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return '';
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(unpack(Buffer.from(text, 'base64')));
  } catch {
    return '';
  }
}

export const ENCODE_HOST: HostFamily = {
  punycodeEncode: (text: string | null) => punycodeEncode(text ?? ''),
  punycodeDecode: (text: string | null) => punycodeDecode(text ?? '') ?? '',
  domainEncode: (text: string | null) =>
    (text ?? '')
      .split(/[.\u3002\uff0e\uff61]/)
      .map((label) => (/[^\0-\x7f]/.test(label) ? `xn--${punycodeEncode(label)}` : label))
      .join('.'),
  domainDecode: (text: string | null) => {
    const labels = (text ?? '').split('.').map((label) => {
      if (!/^xn--/i.test(label)) return label;
      return punycodeDecode(label.slice(4));
    });
    return labels.includes(undefined) ? '' : labels.join('.');
  },
  zlibCompress: (text: string | null) => {
    const bytes = Buffer.from(text ?? '');
    const tail = Buffer.alloc(4);
    tail.writeUInt32BE(adler32(bytes));
    return Buffer.concat([Buffer.from([0x78, 0x01]), deflated(bytes, 1), tail]).toString('base64');
  },
  zlibDecompress: (text: string | null) => unpacked(text ?? '', (b) => inflateSync(b, { maxOutputLength: LIMIT })),
  gzipCompress: (text: string | null) => {
    const bytes = Buffer.from(text ?? '');
    const tail = Buffer.alloc(8);
    tail.writeUInt32LE(crc32(bytes), 0);
    tail.writeUInt32LE(bytes.length >>> 0, 4);
    const head = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
    return Buffer.concat([head, deflated(bytes, 6), tail]).toString('base64');
  },
  gzipDecompress: (text: string | null) =>
    unpacked(text ?? '', (b) => (b[3] === 0 ? gunzipSync(b, { maxOutputLength: LIMIT }) : Buffer.alloc(0))),
};
