import * as v from 'valibot';
import { url } from '../../lib/urlState.ts';

/** `/docs?search=alerts&op=GET /api/alerts` */
export const docsSchema = v.object({ search: url.text(), op: url.text() });
/** `/api-explorer?op=GET /api/alerts`; `path` with a query goes before the operation's own. */
export const explorerSchema = v.object({ op: url.text(), path: url.text() });
