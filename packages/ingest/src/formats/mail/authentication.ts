/** What one server says it verified, from `Authentication-Results` (RFC 8601), its ARC copy or `Received-SPF`. */
export interface AuthResult {
  readonly source: 'authentication-results' | 'arc-authentication-results' | 'received-spf';
  /** The server that says so. */
  readonly by?: string;
  /** Instance of the ARC set. */
  readonly instance?: number;
  /** `spf`, `dkim`, `dmarc`, `arc`, … in lower case. */
  readonly method: string;
  readonly result: string;
  readonly reason?: string;
  /** `header.d`, `smtp.mailfrom`, … */
  readonly properties?: Readonly<Record<string, string>>;
}

const LIMIT = 50;

/** Split at a character that stands outside quotes and comments. */
function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '\\') i++;
    else if (char === '"' && depth === 0) quoted = !quoted;
    else if (quoted) continue;
    else if (char === '(') depth++;
    else if (char === ')' && depth > 0) depth--;
    else if (char === separator && depth === 0) {
      parts.push(text.slice(from, i));
      from = i + 1;
    }
  }
  parts.push(text.slice(from));
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

const uncommented = (text: string): string => {
  let out = text;
  for (let before = ''; before !== out; ) {
    before = out;
    out = out.replace(/\([^()]*\)/g, ' ');
  }
  return out.replace(/\s+/g, ' ').trim();
};
const unquoted = (text: string): string => (/^"([\s\S]*)"$/.exec(text)?.[1] ?? text).replace(/\\(.)/g, '$1');

export function authenticationResults(value: string, arc: boolean): AuthResult[] {
  const source = arc ? 'arc-authentication-results' : 'authentication-results';
  const parts = splitOutside(value.slice(0, 20_000), ';');
  let instance: number | undefined;
  const tagged = /^i\s*=\s*(\d{1,3})$/.exec(parts[0] ?? '');
  if (tagged) {
    instance = Number(tagged[1]);
    parts.shift();
  }
  // The name of the server may be missing, as some products write it.
  const by =
    parts[0] !== undefined && !/^[\w-]+\s*=/.test(parts[0])
      ? uncommented(parts.shift() ?? '').split(' ')[0]
      : undefined;
  const results: AuthResult[] = [];
  for (const part of parts.slice(0, LIMIT)) {
    const head = /^([A-Za-z][\w-]*)(?:\s*\/\s*\d+)?\s*=\s*([A-Za-z]+)/.exec(uncommented(part));
    if (!head) continue;
    const properties: Record<string, string> = {};
    let reason: string | undefined;
    for (const match of uncommented(part).matchAll(/([A-Za-z][\w.-]*)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;]+)/g)) {
      const key = (match[1] ?? '').toLowerCase();
      if (key === 'reason') reason = unquoted(match[2] ?? '');
      else if (key.includes('.') || key === 'action' || key === 'compauth')
        properties[key] = unquoted(match[2] ?? '').slice(0, 1_000);
    }
    results.push({
      source,
      ...(by ? { by } : {}),
      ...(instance === undefined ? {} : { instance }),
      method: (head[1] ?? '').toLowerCase(),
      result: (head[2] ?? '').toLowerCase(),
      ...(reason ? { reason } : {}),
      ...(Object.keys(properties).length > 0 ? { properties } : {}),
    });
  }
  return results;
}

/** `Received-SPF` (RFC 7208, 9.1). */
export function receivedSpf(value: string): AuthResult | null {
  const result = /^\s*(pass|fail|softfail|neutral|none|temperror|permerror|error|unknown)\b/i.exec(value)?.[1];
  if (!result) return null;
  const properties: Record<string, string> = {};
  for (const match of uncommented(value).matchAll(/([A-Za-z][\w-]*)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;]+)/g))
    properties[(match[1] ?? '').toLowerCase()] = unquoted(match[2] ?? '')
      .replace(/^<|>$/g, '')
      .slice(0, 1_000);
  return {
    source: 'received-spf',
    method: 'spf',
    result: result.toLowerCase(),
    ...(properties.receiver ? { by: properties.receiver } : {}),
    ...(Object.keys(properties).length > 0 ? { properties } : {}),
  };
}

/** Tags of a `DKIM-Signature` or an ARC header (RFC 6376, 3.2), signatures and hashes left out. */
export function signatureTags(value: string): Record<string, string> {
  const names: Readonly<Record<string, string>> = {
    v: 'version',
    a: 'algorithm',
    c: 'canonicalization',
    d: 'domain',
    s: 'selector',
    i: 'identity',
    h: 'headers',
    t: 'signed_at',
    x: 'expires_at',
    l: 'body_length',
    cv: 'chain_validation',
  };
  const tags: Record<string, string> = {};
  for (const part of value.slice(0, 20_000).split(';')) {
    const tag = /^\s*([a-z]+)\s*=\s*([\s\S]*)$/.exec(part);
    const name = tag ? names[tag[1] ?? ''] : undefined;
    if (name && tag) tags[name] = (tag[2] ?? '').replace(/\s+/g, '').slice(0, 1_000);
  }
  return tags;
}
