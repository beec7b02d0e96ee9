/** A TAXII 2.1 client: pages of objects added after a moment. */
import { ParapetError } from '@parapet/schema';

const ACCEPT =
  'application/taxii+json;version=2.1, application/taxii+json;version=2.0, application/vnd.oasis.stix+json;version=2.0';
const MAX_PAGE_BYTES = 64 * 2 ** 20;
const MAX_PAGES = 10_000;
const TIMEOUT_MS = 60_000;

export interface TaxiiSource {
  readonly url: string;
  readonly collection: string;
  readonly username: string;
  /** Password, or bearer token when there is no user name. */
  readonly secret: string;
  /** Where the last poll ended: `added_after` of the next. */
  readonly cursor: string;
  readonly etag: string;
}

export interface TaxiiPage {
  readonly objects: readonly unknown[];
  /** Where the next poll goes on. */
  readonly cursor: string;
  readonly etag: string;
}

/**
 * Ask for everything since the cursor, page by page. Each page is handed over before the next is asked for, with the cursor to
 * keep when it is stored.
 * @throws ParapetError `taxii_unauthorised`, `taxii_not_found`, `taxii_busy` (with the seconds to wait in `details`), `taxii_failed`
 */
export async function pollTaxii(
  source: TaxiiSource,
  take: (page: TaxiiPage) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const root = source.url.endsWith('/') ? source.url : `${source.url}/`;
  const address = new URL(`collections/${encodeURIComponent(source.collection)}/objects/`, root);
  let next: string | undefined;
  let cursor = source.cursor;
  let etag = source.etag;
  for (let page = 0; page < MAX_PAGES; page++) {
    const url = new URL(address);
    url.searchParams.set('limit', '1000');
    if (source.cursor) url.searchParams.set('added_after', source.cursor);
    if (next) url.searchParams.set('next', next);
    const response = await ask(url, source, page === 0 ? etag : '', signal);
    if (response.status === 304) return;
    const body = await read(response);
    let envelope: { objects?: unknown; more?: unknown; next?: unknown };
    try {
      envelope = JSON.parse(body) as typeof envelope;
    } catch {
      throw failed('The server did not answer with JSON.');
    }
    const objects = Array.isArray(envelope.objects) ? envelope.objects : [];
    cursor = response.headers.get('x-taxii-date-added-last') ?? cursor;
    etag = (page === 0 ? response.headers.get('etag') : undefined) ?? etag;
    const more = envelope.more === true && typeof envelope.next === 'string' && envelope.next !== next;
    next = more ? (envelope.next as string) : undefined;
    // The cursor only counts when all pages up to it are here: it is kept with the last one.
    await take({ objects, cursor: more ? source.cursor : cursor, etag: more ? source.etag : etag });
    if (!more) return;
  }
}

async function ask(url: URL, source: TaxiiSource, etag: string, signal: AbortSignal | undefined): Promise<Response> {
  const headers: Record<string, string> = { accept: ACCEPT };
  if (source.secret)
    headers.authorization = source.username
      ? `Basic ${Buffer.from(`${source.username}:${source.secret}`).toString('base64')}`
      : `Bearer ${source.secret}`;
  if (etag) headers['if-none-match'] = etag;
  let response: Response;
  try {
    response = await fetch(url, {
      headers,
      // A secret must not follow to another host.
      redirect: source.secret ? 'error' : 'follow',
      signal: signal ? AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]) : AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw failed(
      `The server cannot be reached (${(error as Error & { cause?: Error }).cause?.message ?? (error as Error).message}).`,
    );
  }
  if (response.ok || response.status === 304) return response;
  await response.body?.cancel();
  if (response.status === 401 || response.status === 403)
    throw new ParapetError(
      'taxii_unauthorised',
      502,
      `The server refuses the credentials (${response.status}).`,
      'Enter user name and password, or the token, again.',
    );
  if (response.status === 404)
    throw new ParapetError(
      'taxii_not_found',
      502,
      'The server knows no such collection (404).',
      'Check the address of the API root and the id of the collection.',
    );
  if (response.status === 429 || response.status === 503) {
    const wait = Number(response.headers.get('retry-after') ?? 60);
    throw new ParapetError('taxii_busy', 502, `The server asks to wait (${response.status}).`, undefined, {
      retryAfter: Math.min(3_600, Number.isFinite(wait) && wait > 0 ? wait : 60),
    });
  }
  throw failed(`The server answers ${response.status}.`);
}

async function read(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += (chunk as Uint8Array).length;
    if (size > MAX_PAGE_BYTES) {
      throw failed('A page of the collection is larger than 64 MB.');
    }
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const failed = (message: string): ParapetError => new ParapetError('taxii_failed', 502, message);
