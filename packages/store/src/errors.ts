import { ParapetError } from '@parapet/schema';

/** What chDB ends each message with. */
const VERSION = /\s*\((?:version|official build)[^)]*\)\s*$/s;

/** First sentence of an engine message, without the prefixes that mean nothing. */
function brief(message: string): string {
  return message
    .replace(/^.*?DB::Exception:\s*/s, '')
    .replace(/\s*\((?:version|official build)[^)]*\)\s*$/s, '')
    .slice(0, 600)
    .trim();
}

/**
 * An engine failure as an error with what the engine said and its code, for logs and operators. `queryError` makes of it
 * what somebody who asked a question sees.
 */
export function engineError(message: string, code: number | null): ParapetError {
  // A host function that refuses says why on its standard error, which the engine quotes.
  const refused = /KQL_HOST:([^\n]*)/.exec(message)?.[1]?.replace(VERSION, '').trim();
  if (refused) return new ParapetError('query_failed', 400, refused);
  if (code === 394) return new ParapetError('query_cancelled', 499, 'The query was cancelled.');
  if (code === 243)
    return new ParapetError(
      'disk_full',
      507,
      `The disk is full: ${brief(message)}`,
      'Free space or move the data folder; nothing acknowledged was lost.',
    );
  return new ParapetError('engine_error', 500, brief(message), undefined, { engineCode: code });
}
