import { ParapetError } from '@parapet/schema';
import type { FastifyInstance } from 'fastify';

/** Deeper than anything the product writes or reads, and shallow enough for code that goes down by calling itself. */
export const MAX_JSON_DEPTH = 64;

/** Refuse JSON bodies that are nested beyond reason before they are read. */
export function addJsonLimits(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = String(body);
    if (isDeeper(text, MAX_JSON_DEPTH)) {
      done(
        new ParapetError(
          'json_too_deep',
          400,
          `The JSON body is nested more than ${MAX_JSON_DEPTH} levels deep.`,
          'Send less deeply nested data.',
        ),
      );
      return;
    }
    void parse(request, text, done);
  });
}

/** One look at each character, without reading the values. */
export function isDeeper(json: string, limit: number): boolean {
  let depth = 0;
  let inText = false;
  for (let n = 0; n < json.length; n++) {
    const code = json.charCodeAt(n);
    if (inText) {
      if (code === 0x5c) n++;
      else if (code === 0x22) inText = false;
    } else if (code === 0x22) inText = true;
    else if (code === 0x5b || code === 0x7b) {
      if (++depth > limit) return true;
    } else if (code === 0x5d || code === 0x7d) depth--;
  }
  return false;
}
