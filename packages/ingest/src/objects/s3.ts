import { AwsClient } from 'aws4fetch';

/** One object of a listing. */
export interface ListedObject {
  readonly key: string;
  readonly etag: string;
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly modified: number;
}

export interface S3Options {
  /** Empty is AWS: `https://s3.<region>.amazonaws.com`. */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** The bucket is part of the path, not of the host name: MinIO, Ceph and most other servers. */
  readonly pathStyle: boolean;
}

/** Answers of listings are read up to this size: 1,000 keys of 1,024 bytes fit ten times. */
const LISTING_BYTES = 16 * 2 ** 20;
const TIMEOUT_MS = 30_000;

/**
 * The two calls of the S3 API that a pull needs, signed with Signature Version 4. The endpoint is what an administrator
 * configured; redirects are not followed, so that no other host is reached through it.
 */
export class S3 {
  private readonly client: AwsClient;
  private readonly base: URL;

  /** @throws Error when the endpoint is no address */
  constructor(private readonly options: S3Options) {
    const { accessKeyId, secretAccessKey, region } = options;
    this.client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: 3 });
    let endpoint: URL;
    try {
      endpoint = new URL(options.endpoint === '' ? `https://s3.${region}.amazonaws.com` : options.endpoint);
    } catch {
      throw new Error(`"${options.endpoint.slice(0, 100)}" is no address such as https://s3.example.com.`);
    }
    if (endpoint.protocol !== 'https:' && endpoint.protocol !== 'http:')
      throw new Error('The endpoint must begin with https:// or http://.');
    if (!options.pathStyle) endpoint.hostname = `${options.bucket}.${endpoint.hostname}`;
    const path = endpoint.pathname.replace(/\/+$/, '');
    endpoint.pathname = options.pathStyle ? `${path}/${encodeURIComponent(options.bucket)}` : path;
    this.base = endpoint;
  }

  /**
   * Objects below a prefix in the order of their keys, page by page.
   * @param after only keys behind this one
   */
  async *list(prefix: string, after: string, signal: AbortSignal): AsyncGenerator<ListedObject[]> {
    let token: string | null = null;
    do {
      const query = new URLSearchParams({ 'list-type': '2', 'encoding-type': 'url', 'max-keys': '1000' });
      if (prefix !== '') query.set('prefix', prefix);
      if (token !== null) query.set('continuation-token', token);
      else if (after !== '') query.set('start-after', after);
      // Signed as it is written: a blank is `%20` in a signature, never `+`.
      const url = `${this.address('')}?${query.toString().replaceAll('+', '%20')}`;
      const response = await this.call(url, AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]));
      const text = await boundedText(response);
      const page = [...text.matchAll(/<Contents>([\s\S]*?)<\/Contents>/g)].map((match) => listed(match[1] ?? ''));
      token = /<IsTruncated>\s*true/.test(text) ? (element(text, 'NextContinuationToken') ?? null) : null;
      yield page.filter((object) => object.key !== '');
    } while (token !== null);
  }

  /** The bytes of an object, as it was when it was listed. @throws Error when it has changed or is gone */
  async read(object: ListedObject, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const response = await this.call(this.address(object.key), signal, { 'if-match': `"${object.etag}"` });
    if (!response.body) throw new Error('the answer has no body');
    return response.body as ReadableStream<Uint8Array>;
  }

  private address(key: string): string {
    const path = key
      .split('/')
      .map((part) =>
        encodeURIComponent(part).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`),
      )
      .join('/');
    return `${this.base.origin}${this.base.pathname.replace(/\/$/, '')}/${path}`;
  }

  private async call(url: string, signal: AbortSignal, headers: Record<string, string> = {}): Promise<Response> {
    let response: Response;
    try {
      const request = await this.client.sign(url, { method: 'GET', headers });
      response = await fetch(request, { signal, redirect: 'manual' });
    } catch (error) {
      signal.throwIfAborted();
      const code = (error as { cause?: { code?: string } }).cause?.code;
      throw new Error(`${this.base.host} cannot be reached${code ? ` (${code})` : ''}.`);
    }
    if (response.ok) return response;
    const text = await boundedText(response).catch(() => '');
    throw new S3Error(response.status, element(text, 'Code') ?? '', explain(response.status, text, this.options));
  }
}

export class S3Error extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

function explain(status: number, text: string, { bucket, region }: S3Options): string {
  const code = element(text, 'Code') ?? '';
  const said = element(text, 'Message') ?? '';
  if (status >= 300 && status < 400)
    return `The bucket ${bucket} is answered from another address (${status} ${code}): correct the region or the endpoint.`;
  if (code === 'SignatureDoesNotMatch') return 'The secret key does not fit the key id.';
  if (code === 'InvalidAccessKeyId') return 'The key id is not known there.';
  if (code === 'NoSuchBucket') return `There is no bucket ${bucket}.`;
  if (code === 'AccessDenied' || status === 403)
    return `The key may not do this (${code || status}): it needs s3:ListBucket on the bucket and s3:GetObject on its objects.`;
  if (code === 'RequestTimeTooSkewed') return 'The clock of this server is wrong; requests are signed with the time.';
  if (code === 'AuthorizationHeaderMalformed') return `The region ${region} is not that of the bucket. ${said}`;
  return `The storage answered ${status} ${code}${said ? `: ${said.slice(0, 300)}` : ''}`;
}

async function boundedText(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > LISTING_BYTES) throw new Error('The answer of the storage is too large.');
    parts.push(chunk);
  }
  return Buffer.concat(parts).toString('utf8');
}

function listed(xml: string): ListedObject {
  const key = element(xml, 'Key') ?? '';
  let plain = key;
  try {
    plain = decodeURIComponent(key.replaceAll('+', '%20'));
  } catch {
    // A server that does not encode although it was asked to.
  }
  return {
    key: plain,
    etag: (element(xml, 'ETag') ?? '').replace(/^"|"$/g, ''),
    size: Number(element(xml, 'Size') ?? 0),
    modified: Date.parse(element(xml, 'LastModified') ?? '') || 0,
  };
}

/** Text of the first element of a name; the answers of listings are flat. */
function element(xml: string, name: string): string | undefined {
  const found = new RegExp(`<${name}>([\\s\\S]*?)</${name}>`).exec(xml)?.[1];
  return found
    ?.replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replace(/&#(?:x([0-9a-f]+)|(\d+));/gi, (_, hex: string, decimal: string) =>
      String.fromCodePoint(hex ? Number.parseInt(hex, 16) : Number(decimal)),
    )
    .replaceAll('&amp;', '&')
    .trim();
}
