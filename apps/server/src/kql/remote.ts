/** A query on a running server, through its query endpoint. */
import { parseExact } from '@parapet/kql';
import { ParapetError } from '@parapet/schema';
import type { PrintedTable } from './format.ts';

export interface RemoteOptions {
  readonly server: string;
  readonly key: string;
  readonly maxRows?: number;
  readonly timeoutMs?: number;
  readonly parameters: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

export interface RemoteAnswer {
  readonly tables: readonly PrintedTable[];
  /** Said about an answer that is not whole. */
  readonly problems: readonly string[];
}

interface Frame {
  readonly FrameType: string;
  readonly TableKind?: string;
  readonly Columns?: readonly {
    readonly ColumnName: string;
    readonly ColumnType: PrintedTable['columns'][number]['type'];
  }[];
  readonly Rows?: readonly (readonly unknown[])[];
  readonly OneApiErrors?: readonly { readonly error: { readonly '@message': string } }[];
}

interface Failure {
  readonly error?: {
    readonly message?: string;
    readonly '@message'?: string;
    readonly '@errorCode'?: string;
    readonly innererror?: {
      readonly details?: readonly {
        readonly code: string;
        readonly message: string;
        readonly '@line': number;
        readonly '@pos': number;
        readonly '@length': number;
        readonly '@suggestion'?: string;
      }[];
    };
  };
}

const timespan = (ms: number): string => new Date(ms).toISOString().slice(11, 23);

function failure(status: number, body: Failure): ParapetError {
  const details = body.error?.innererror?.details;
  if (details?.length)
    return new ParapetError(
      'kql_error',
      400,
      body.error?.message ?? '',
      undefined,
      details.map((each) => ({
        code: each.code,
        severity: 'error',
        message: each.message,
        start: 0,
        length: each['@length'],
        line: each['@line'],
        column: each['@pos'],
        ...(each['@suggestion'] ? { suggestion: each['@suggestion'] } : {}),
      })),
    );
  const text = body.error?.['@message'] ?? body.error?.message ?? `The server answered with status ${status}.`;
  return new ParapetError(body.error?.['@errorCode'] ?? 'server_error', status, text);
}

/** @throws ParapetError `server_unreachable`, `kql_error` with its findings, or what the server says */
export async function runRemote(query: string, options: RemoteOptions): Promise<RemoteAnswer> {
  const url = `${options.server.replace(/\/+$/, '')}/v2/rest/query`;
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${options.key}`, 'x-ms-app': 'parapet' },
      body: JSON.stringify({
        db: 'hunting',
        csl: query,
        properties: {
          Options: {
            ...(options.maxRows ? { truncationmaxrecords: options.maxRows } : {}),
            ...(options.timeoutMs ? { servertimeout: timespan(options.timeoutMs) } : {}),
          },
          Parameters: options.parameters,
        },
      }),
      signal: options.signal,
    });
  } catch (error) {
    if (options.signal.aborted) throw new ParapetError('query_cancelled', 499, 'The query was cancelled.');
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new ParapetError('server_unreachable', 503, `${options.server} does not answer: ${cause}`);
  }
  const text = await response.text();
  let body: unknown;
  try {
    body = parseExact(text);
  } catch {
    throw new ParapetError(
      'server_error',
      response.status,
      `${url} does not answer as a Parapet server does (status ${response.status}).`,
    );
  }
  if (!response.ok || !Array.isArray(body)) throw failure(response.status, (body ?? {}) as Failure);
  const frames = body as readonly Frame[];
  return {
    tables: frames
      .filter((frame) => frame.TableKind === 'PrimaryResult')
      .map((frame) => ({
        columns: (frame.Columns ?? []).map((column) => ({ name: column.ColumnName, type: column.ColumnType })),
        rows: frame.Rows ?? [],
      })),
    problems: frames.flatMap((frame) => (frame.OneApiErrors ?? []).map((each) => each.error['@message'])),
  };
}
