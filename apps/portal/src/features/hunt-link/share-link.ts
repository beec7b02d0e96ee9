/**
 * Links that carry a query. Ours hold base64url of the UTF-8 text; the public form, which other portals hand out,
 * holds base64url of gzip of UTF-16LE text. Both open.
 */

/** What a hunting link says. */
export interface HuntLinkState {
  readonly query: string;
  /** Run as soon as it opens. */
  readonly run?: boolean;
  /** A time range as `time-range.ts` of the hunting page writes it, for example `7d`. */
  readonly range?: string;
}

/**
 * Longer texts travel in the fragment: it never leaves the browser, so no server or proxy refuses the address for its
 * length.
 */
const LONGEST_IN_SEARCH = 6_000;

/** More than this after unpacking is not a query but an attempt to exhaust the browser. */
const LONGEST_TEXT = 4_000_000;

function toBase64Url(bytes: Uint8Array): string {
  let binary = '';
  for (let index = 0; index < bytes.length; index += 0x8000)
    binary += String.fromCharCode(...bytes.subarray(index, index + 0x8000));
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const binary = atob(text.trim().replaceAll('-', '+').replaceAll('_', '/').replaceAll(' ', '+'));
    const bytes = new Uint8Array(binary.length);
    for (let index = 0; index < binary.length; index += 1) bytes[index] = binary.charCodeAt(index);
    return bytes;
  } catch {
    return undefined;
  }
}

/** base64url of the UTF-8 text. Lone surrogates become U+FFFD, as in every UTF-8 encoder. */
export function encodeQuery(text: string): string {
  return toBase64Url(new TextEncoder().encode(text));
}

/** The portal path that opens the query; a plain string, so that it can be a real link (new tab, copy address). */
export function huntHref(state: HuntLinkState): string {
  const encoded = encodeQuery(state.query);
  const long = encoded.length > LONGEST_IN_SEARCH;
  const search = new URLSearchParams();
  if (!long) search.set('query', encoded);
  if (state.run) search.set('run', '1');
  if (state.range) search.set('range', state.range);
  const suffix = search.size > 0 ? `?${search}` : '';
  return `/hunting${suffix}${long ? `#query=${encoded}` : ''}`;
}

async function gunzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array | undefined> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > LONGEST_TEXT) {
      await reader.cancel();
      return undefined;
    }
    chunks.push(value);
  }
  const all = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    all.set(chunk, offset);
    offset += chunk.length;
  }
  return all;
}

/**
 * Text of a `query=` value in either form.
 * @returns undefined when it is neither, so that the page can say that the link is damaged
 */
export async function decodeQuery(encoded: string): Promise<string | undefined> {
  const bytes = fromBase64Url(encoded);
  if (!bytes || bytes.length === 0) return undefined;
  try {
    if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
      const unpacked = await gunzip(bytes);
      return unpacked && new TextDecoder('utf-16le', { fatal: true }).decode(unpacked);
    }
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

const PUBLIC_RANGES: Readonly<Record<string, string>> = { hour: '1h', day: '24h', week: '7d', month: '30d' };

/** What the address of the hunting page asks for, before the text is decoded. */
export interface HuntAddress {
  readonly encoded: string | undefined;
  readonly run: boolean;
  readonly range: string | undefined;
}

/**
 * Read an address, ours or the public form (`runQuery=true`, `timeRangeId=week`).
 * @param search `location.search`
 * @param hash `location.hash`
 */
export function readHuntAddress(search: string, hash: string): HuntAddress {
  const params = new URLSearchParams(search);
  const unquote = (value: string | null) => value?.replace(/^"(.*)"$/, '$1');
  const fragment = /^#query=(.+)$/.exec(hash)?.[1];
  const publicRange = PUBLIC_RANGES[unquote(params.get('timeRangeId')) ?? ''];
  return {
    encoded: unquote(params.get('query')) ?? fragment,
    run: /^(?:1|true)$/i.test(unquote(params.get('run') ?? params.get('runQuery')) ?? ''),
    range: unquote(params.get('range')) ?? publicRange,
  };
}
