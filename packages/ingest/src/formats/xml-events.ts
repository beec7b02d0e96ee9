import { messageBytes } from './text.ts';
import { DOCUMENT_LIMIT, type Found } from './types.ts';

const OPEN = /<Event[\s>]/g;
const CLOSE = '</Event>';

/** Whether a text begins as an XML document does. */
export function isXml(head: Buffer): boolean {
  return /^\s*<(?:\?xml|!DOCTYPE|[A-Za-z][\w:.-]*[\s>/])/.test(head.toString('latin1', 0, 1_024));
}

/**
 * Windows events as XML, as Event Viewer, `wevtutil` and `Get-WinEvent` write them: `<Event xmlns="…">` one after the
 * other, with or without `<Events>` around them.
 */
export function isEventXml(head: Buffer): boolean {
  const text = head.toString('latin1', 0, 8_192);
  return isXml(head) && /<Event[\s>]/.test(text) && text.includes('schemas.microsoft.com/win/2004/08/events/event');
}

/** Each `<Event>` as `{"message": "<Event …>…</Event>"}`; the connector for Windows events reads it. */
export async function* readEventXml(source: string, chunks: AsyncIterable<Buffer>): AsyncGenerator<Found> {
  const decoder = new TextDecoder('utf-8');
  let text = '';
  let line = 0;
  for await (const chunk of chunks) {
    text += decoder.decode(chunk, { stream: true });
    let at = 0;
    for (;;) {
      OPEN.lastIndex = at;
      const start = OPEN.exec(text)?.index ?? -1;
      // What could be the beginning of the next one is kept.
      if (start === -1) {
        at = Math.max(at, text.length - 7);
        break;
      }
      const end = text.indexOf(CLOSE, start);
      if (end === -1) {
        at = start;
        break;
      }
      at = end + CLOSE.length;
      yield { document: { source, line: ++line, bytes: messageBytes(text.slice(start, at)) } };
    }
    text = text.slice(at);
    if (text.length > DOCUMENT_LIMIT) {
      yield { source, line: ++line, problem: `an event of more than ${DOCUMENT_LIMIT} characters` };
      text = '';
    }
  }
  if (/<Event(?:[\s>]|$)/.test(text))
    yield { source, line: line + 1, problem: 'the file ends in the middle of an event' };
}
