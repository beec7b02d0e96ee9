import { ParapetError } from '@parapet/schema';

/** First sentence of an engine message, without the prefixes that mean nothing to an analyst. */
function brief(message: string): string {
  return message
    .replace(/^.*?DB::Exception:\s*/s, '')
    .replace(/\s*\((?:version|official build)[^)]*\)\s*$/s, '')
    .slice(0, 600)
    .trim();
}

/**
 * Turn an engine failure into an error a caller may see. Codes are ClickHouse's (src/Common/ErrorCodes.cpp).
 * The limit that stopped a query is named.
 */
export function engineError(message: string, code: number | null): ParapetError {
  const detail = brief(message);
  // A host function that refuses says why on its standard error, which the engine quotes.
  const refused = /KQL_HOST:([^\n]*)/.exec(message)?.[1]?.trim();
  if (refused) return new ParapetError('query_failed', 400, refused);
  switch (code) {
    case 159:
    case 160:
      return new ParapetError(
        'query_timeout',
        408,
        `The query ran out of time: ${detail}`,
        'Narrow the time range, filter earlier in the query, or summarize.',
      );
    case 241:
      return new ParapetError(
        'query_memory',
        413,
        `The query needed more memory than it may use: ${detail}`,
        'Reduce what is joined or grouped: filter and project before the join, or summarize.',
      );
    case 396:
      return new ParapetError(
        'query_result_size',
        413,
        `The result is larger than a query may return: ${detail}`,
        'Add summarize, project or take.',
      );
    case 394:
      return new ParapetError('query_cancelled', 499, 'The query was cancelled.');
    case 164:
      return new ParapetError('query_forbidden', 403, `Queries may only read: ${detail}`);
    case 243:
      return new ParapetError(
        'disk_full',
        507,
        `The disk is full: ${detail}`,
        'Free space or move the data folder; nothing acknowledged was lost.',
      );
    default:
      return new ParapetError('engine_error', 500, detail, undefined, { engineCode: code });
  }
}
