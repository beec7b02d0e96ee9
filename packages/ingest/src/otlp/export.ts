import { Growth } from '../http/growth.ts';
import type { Ingest, Sender } from '../types.ts';
import { parseJson } from './json.ts';
import { parseProto } from './proto.ts';
import { type ParsedLogs, RecordError } from './record.ts';
import { bytesField, numberField, WireError } from './wire.ts';

export type Encoding = 'proto' | 'json';

/** The request cannot be read; sending it again will not help. */
export class UnreadableRequest extends Error {}

/** What is answered to a request of which all or some records were stored. */
export interface Exported {
  readonly rejected: number;
  readonly message: string;
}

/**
 * Store the records of an export request durably.
 * @throws UnreadableRequest, or what `appendRequest` throws
 */
export async function exportLogs(ingest: Ingest, sender: Sender, body: Buffer, encoding: Encoding): Promise<Exported> {
  let parsed: ParsedLogs;
  try {
    const { maxLineBytes, maxBodyBytes } = ingest.limits;
    const limits = { maxBytes: maxLineBytes, growth: new Growth(maxBodyBytes) };
    parsed = encoding === 'json' ? parseJson(body, limits) : parseProto(body, limits);
  } catch (error) {
    if (!(error instanceof WireError || error instanceof RecordError || error instanceof SyntaxError)) throw error;
    throw new UnreadableRequest(`The request is not a log export request: ${error.message.slice(0, 300)}`);
  }
  if (parsed.records.length > 0 || parsed.rejected.length > 0)
    await ingest.appendRequest(sender, {
      groups: new Map(parsed.records.length > 0 ? [['otlp', parsed.records]] : []),
      rejected: parsed.rejected,
    });
  return {
    rejected: parsed.rejected.length,
    message: parsed.rejected.length === 0 ? '' : (parsed.rejected[0]?.detail ?? ''),
  };
}

/** ExportLogsServiceResponse: empty when everything was stored. */
export function exportAnswer({ rejected, message }: Exported, encoding: Encoding): Buffer {
  if (encoding === 'json')
    return Buffer.from(
      rejected === 0
        ? '{}'
        : JSON.stringify({ partialSuccess: { rejectedLogRecords: String(rejected), errorMessage: message } }),
    );
  if (rejected === 0) return Buffer.alloc(0);
  return bytesField(1, Buffer.concat([numberField(1, rejected), bytesField(2, Buffer.from(message, 'utf8'))]));
}

/** Codes of google.rpc.Code. */
export const RPC = {
  invalidArgument: 3,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** The code that says the same as an HTTP status. */
export function rpcCode(status: number): number {
  switch (status) {
    case 401:
      return RPC.unauthenticated;
    case 403:
      return RPC.permissionDenied;
    case 429:
      return RPC.resourceExhausted;
    case 503:
    case 408:
      return RPC.unavailable;
    default:
      return status >= 500 ? RPC.internal : RPC.invalidArgument;
  }
}

/** google.rpc.Status */
export function statusBody(code: number, message: string, encoding: Encoding): Buffer {
  return encoding === 'json'
    ? Buffer.from(JSON.stringify({ code, message }))
    : Buffer.concat([numberField(1, code), bytesField(2, Buffer.from(message, 'utf8'))]);
}
