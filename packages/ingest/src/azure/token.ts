import type { Sealer } from '@parapet/state';
import type { IngestOptions, Sender } from '../types.ts';

/** Seconds a token is good for, as the reference hands them out. */
export const TOKEN_SECONDS = 3_599;

/** How sealed text begins. Its colons are not allowed in a bearer token and become points. */
const SEALED = 'sealed:';
const PURPOSE = 'logs-ingestion';

interface Content {
  readonly use: string;
  readonly id: string;
  readonly secret: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

/**
 * A token for a client that proved to hold a key. It is the key itself, sealed together with an end: nobody but this
 * installation can read it, no list of tokens is kept, restarts do no harm, and a key that is revoked or whose source
 * is switched off takes its tokens along at once.
 */
export async function issueToken(
  sealer: Sealer,
  key: { readonly id: string; readonly secret: string },
  now: number,
): Promise<string> {
  const content: Content = { use: PURPOSE, ...key, expires: now + TOKEN_SECONDS * 1_000 };
  return (await sealer.seal(JSON.stringify(content))).slice(SEALED.length).replaceAll(':', '.');
}

/**
 * The token for whoever shows the key of a sender, with the seconds it is good for; null when the key is not good.
 */
export async function issueSenderToken(
  sealer: Sealer,
  verify: NonNullable<IngestOptions['verifySecret']>,
  key: { readonly id: string; readonly secret: string },
): Promise<{ readonly token: string; readonly seconds: number } | null> {
  if (!(await verify(key))) return null;
  return { token: await issueToken(sealer, key, Date.now()), seconds: TOKEN_SECONDS };
}

/** Who holds a token; `expired` and null for those that are not good. */
export async function holderOf(
  sealer: Sealer,
  verify: NonNullable<IngestOptions['verifySecret']>,
  token: string,
  now: number,
): Promise<Sender | 'expired' | null> {
  let content: Content;
  try {
    content = JSON.parse(await sealer.open(SEALED + token.replaceAll('.', ':'))) as Content;
  } catch {
    return null;
  }
  if (content.use !== PURPOSE) return null;
  if (content.expires <= now) return 'expired';
  return verify({ id: content.id, secret: content.secret });
}
