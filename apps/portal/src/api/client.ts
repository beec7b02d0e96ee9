import type { ErrorBody } from '@parapet/schema/wire';
import { toText } from '../lib/searchString.ts';
import type { AnswerOf, BodyOf, Known, QueryOf } from './typed.ts';

/** A failed call: `code` is stable and what pages switch on; `requestId` is what people quote. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly hint: string | undefined,
    readonly details: unknown,
    readonly requestId: string | undefined,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

let csrfToken: string | null = null;
let onSignedOut: () => void = () => {};

/** Called by the session query: every changing call sends this token back. */
export function setCsrfToken(token: string | null): void {
  csrfToken = token;
}

/** Called once by the shell: what to do when the server says the session is over. */
export function setSignedOutHandler(handler: () => void): void {
  onSignedOut = handler;
}

export type QueryValues = Readonly<Record<string, unknown>>;

interface CallOptions {
  readonly query?: QueryValues;
  readonly body?: unknown;
  /** Sent as `If-Match`. */
  readonly version?: string;
  readonly file?: Blob;
  readonly signal?: AbortSignal;
}

/**
 * Calls of the portal's API. A path written in place is checked against the description of the API: names of the query,
 * the body and the answer have its types. For a path that is made elsewhere the caller says what it answers.
 */
interface Api {
  get<const P extends string>(
    path: Known<'GET', P>,
    query?: QueryOf<'GET', P>,
    signal?: AbortSignal,
  ): Promise<AnswerOf<'GET', P>>;
  get<T>(path: string, query?: QueryValues, signal?: AbortSignal): Promise<T>;
  post<const P extends string>(
    path: Known<'POST', P>,
    body?: BodyOf<'POST', P>,
    signal?: AbortSignal,
  ): Promise<AnswerOf<'POST', P>>;
  post<T>(path: string, body?: unknown, signal?: AbortSignal): Promise<T>;
  put<const P extends string>(path: Known<'PUT', P>, body: BodyOf<'PUT', P>): Promise<AnswerOf<'PUT', P>>;
  put<T>(path: string, body?: unknown): Promise<T>;
  /** @param version what was read; the server refuses with 412 when it is something else by now */
  patch<const P extends string>(
    path: Known<'PATCH', P>,
    body: BodyOf<'PATCH', P>,
    version?: string,
  ): Promise<AnswerOf<'PATCH', P>>;
  patch<T>(path: string, body?: unknown, version?: string): Promise<T>;
  /** Sends a file as it is. */
  upload<T>(path: string, query: QueryValues, file: Blob, signal?: AbortSignal): Promise<T>;
  delete<T = void>(path: string): Promise<T>;
}

// `never` fits every answer that the interface promises; what arrives is what the server said.
export const api: Api = {
  get: (path: string, query?: QueryValues, signal?: AbortSignal) => call<never>('GET', path, { query, signal }),
  post: (path: string, body?: unknown, signal?: AbortSignal) => call<never>('POST', path, { body, signal }),
  put: (path: string, body?: unknown) => call<never>('PUT', path, { body }),
  patch: (path: string, body?: unknown, version?: string) =>
    call<never>('PATCH', path, { body, ...(version === undefined ? {} : { version }) }),
  upload: (path: string, query: QueryValues, file: Blob, signal?: AbortSignal) =>
    call<never>('POST', path, { query, file, ...(signal ? { signal } : {}) }),
  delete: (path: string) => call<never>('DELETE', path, {}),
};

/** `/api/x?status=active,new`: empty values are left out, lists are written as in the portal's own address. */
export function withQuery(path: string, query: QueryValues | undefined): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {})) {
    const text = toText(value);
    if (text !== '') search.set(key, text);
  }
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}

/** An answer as it came, for those who look at calls themselves. */
export interface RawAnswer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly text: string;
  readonly milliseconds: number;
}

/**
 * One call as the person who is signed in; every status is an answer.
 * @param path with its query
 * @param body JSON text; empty for none
 * @throws ApiError `unreachable` when there is no answer; DOMException `AbortError`
 */
export async function send(method: string, path: string, body: string, signal: AbortSignal): Promise<RawAnswer> {
  const started = performance.now();
  const json = body ? { body, contentType: 'application/json' } : {};
  const response = await request(method, path, { ...json, signal });
  const text = await response.text();
  return {
    status: response.status,
    statusText: response.statusText,
    headers: [...response.headers],
    text,
    milliseconds: performance.now() - started,
  };
}

const unreachable = (): ApiError =>
  new ApiError(
    0,
    'unreachable',
    'The server cannot be reached.',
    'Check that Parapet is running and that this computer is on the network, then try again.',
    undefined,
    undefined,
  );

/** One request as the person who is signed in. @throws ApiError `unreachable` when there is no answer; DOMException `AbortError` */
async function request(
  method: string,
  path: string,
  {
    body,
    contentType,
    signal,
    version,
  }: {
    readonly body?: BodyInit;
    readonly contentType?: string;
    readonly signal?: AbortSignal;
    readonly version?: string;
  },
): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (contentType) headers['content-type'] = contentType;
  if (version !== undefined) headers['if-match'] = `"${version}"`;
  if (method !== 'GET' && csrfToken) headers['x-csrf-token'] = csrfToken;
  try {
    return await fetch(path, {
      method,
      headers,
      credentials: 'same-origin',
      ...(body === undefined ? {} : { body }),
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw unreachable();
  }
}

async function call<T>(method: string, path: string, options: CallOptions): Promise<T> {
  const { query, body, file, signal, version } = options;
  const response = await request(method, withQuery(path, query), {
    ...(body === undefined ? {} : { body: JSON.stringify(body), contentType: 'application/json' }),
    ...(file ? { body: file, contentType: 'application/octet-stream' } : {}),
    ...(version === undefined ? {} : { version }),
    signal,
  });
  if (!response.ok) {
    const failure = await readFailure(response);
    if (failure.status === 401 && path !== '/api/session') onSignedOut();
    throw failure;
  }
  if (response.status === 204 || response.headers.get('content-length') === '0') return undefined as T;
  const text = await response.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

async function readFailure(response: Response): Promise<ApiError> {
  let body: Partial<ErrorBody> | undefined;
  try {
    body = (await response.json()) as Partial<ErrorBody>;
  } catch {
    // A proxy's HTML page, or nothing at all: the status has to do.
  }
  const error = body?.error;
  return new ApiError(
    response.status,
    error?.code ?? `http_${response.status}`,
    error?.message ?? `The server answered ${response.status}${response.statusText ? ` ${response.statusText}` : ''}.`,
    error?.hint,
    error?.details,
    error?.requestId ?? response.headers.get('x-request-id') ?? undefined,
  );
}

/**
 * Send a file as it is. `fetch` tells nothing about how much has left, hence the older interface.
 * @param onProgress called with the bytes that were sent
 */
export function uploadFile<T>(
  path: string,
  file: File,
  onProgress: (sent: number) => void,
  signal: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = (): void => request.abort();
    const settle = (act: () => void): void => {
      signal.removeEventListener('abort', stop);
      act();
    };
    request.open('POST', path);
    request.setRequestHeader('accept', 'application/json');
    request.setRequestHeader('content-type', 'application/octet-stream');
    if (csrfToken) request.setRequestHeader('x-csrf-token', csrfToken);
    request.upload.onprogress = (event) => onProgress(event.loaded);
    request.onabort = () => settle(() => reject(new DOMException('The upload was stopped.', 'AbortError')));
    request.onerror = () =>
      settle(() =>
        reject(
          new ApiError(
            0,
            'unreachable',
            'The upload broke off.',
            'The server may have refused its size, or cannot be reached.',
            undefined,
            undefined,
          ),
        ),
      );
    request.onload = () =>
      settle(() => {
        if (request.status >= 200 && request.status < 300) resolve(JSON.parse(request.responseText) as T);
        else
          void readFailure(new Response(request.responseText, { status: Math.max(400, request.status) })).then(
            (failure) => {
              if (failure.status === 401) onSignedOut();
              reject(failure);
            },
          );
      });
    signal.addEventListener('abort', stop, { once: true });
    request.send(file);
  });
}
