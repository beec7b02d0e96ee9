/** Canonical spelling of the fixed parts of the public API's addresses. */
const SEGMENTS = new Map(
  [
    'security',
    'alerts_v2',
    'incidents',
    'comments',
    'alerts',
    'moveAlerts',
    'mergeIncidents',
    'import',
    'export',
    'runHuntingQuery',
    'rules',
    'detectionRules',
    'subscriptions',
    'reauthorize',
    '$batch',
    '$metadata',
  ].map((each) => [each.toLowerCase(), each]),
);
const LEGACY = /^\/api\/(incidents|alerts|advancedhunting|advancedqueries|machines|machineactions)(?=\/|$)/i;

/**
 * One spelling for what clients write in several (spec A 6.1): `/v1.0` and `/beta`, segments in any case, actions with
 * their namespace, keys in parentheses. Ids keep their case.
 * @param url path and query as the request has them
 * @param isProgram whether the request carries a signed token and no cookie: then `/api/incidents` is the older API's
 */
export function canonicalPath(url: string, isProgram: boolean): string {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const query = mark < 0 ? '' : url.slice(mark);
  if (isProgram && LEGACY.test(path)) return `/legacy${lowered(path.slice(4))}${query}`;
  const version = /^\/(v1\.0|beta)(?=\/|$)/i.exec(path);
  if (!version) return url;
  const parts = path
    .slice(version[0].length)
    .split('/')
    .slice(1)
    .flatMap((raw) => {
      const part = raw.replace(/^microsoft\.graph\.security\./i, '').replace(/^%24/, '$');
      // alerts_v2('id') and alerts_v2(id)
      const keyed = /^([A-Za-z_0-9]+)\((?:'|%27)?(.+?)(?:'|%27)?\)$/.exec(part);
      return keyed ? [keyed[1] as string, keyed[2] as string] : [part.replace(/\(\)$/, '')];
    })
    .map((part) => SEGMENTS.get(part.toLowerCase()) ?? part);
  while (parts.at(-1) === '') parts.pop();
  return `/${version[1]?.toLowerCase()}${parts.map((part) => `/${part}`).join('')}${query}`;
}

/** Fixed words of the older API in lower case; what stands between them keeps its case. */
function lowered(path: string): string {
  return path
    .split('/')
    .map((part, index) => (index % 2 === 1 || index > 2 ? part.toLowerCase() : part))
    .join('/');
}

/** Fastify's `rewriteUrl`. */
export function rewriteUrl(request: {
  readonly url?: string | undefined;
  readonly headers: { readonly authorization?: string | undefined; readonly cookie?: string | undefined };
}): string {
  const { authorization = '', cookie } = request.headers;
  const isProgram = cookie === undefined && /^bearer\s+[\w-]+\.[\w-]+\.[\w-]+$/i.test(authorization.trim());
  return canonicalPath(request.url ?? '/', isProgram);
}
