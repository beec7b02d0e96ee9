import { createHash } from 'node:crypto';
import type { StateDb } from '@parapet/state';
import { exportJWK, exportPKCS8, generateKeyPair, importJWK, importPKCS8, type JWK } from 'jose';

/** Seals what must not lie readable in the database. */
export interface KeySealer {
  seal(secret: string): Promise<string>;
  open(sealed: string): Promise<string>;
}

type Key = Awaited<ReturnType<typeof importPKCS8>>;

interface KeyRow {
  readonly kid: string;
  readonly public_jwk: JWK;
  readonly sealed: string;
  readonly created_at: Date;
  readonly signs_until: Date;
}

interface HeldKey {
  readonly kid: string;
  readonly jwk: JWK;
  readonly publicKey: Key;
  readonly sealed: string;
  readonly signsUntil: number;
}

/** A key signs for this long; tokens live an hour, so it is published for a day longer. */
const SIGNS_MS = 90 * 86_400_000;
const PUBLISHED_MS = 86_400_000;
export const ALGORITHM = 'RS256';

/** Keys that sign tokens: private halves sealed at rest, public halves published. This process is the only writer. */
export class SigningKeys {
  #db: StateDb;
  #sealer: KeySealer;
  #now: () => number;
  #keys = new Map<string, HeldKey>();
  #private: { readonly kid: string; readonly key: Key } | undefined;
  #making: Promise<HeldKey> | undefined;

  constructor(db: StateDb, sealer: KeySealer, now: () => number) {
    this.#db = db;
    this.#sealer = sealer;
    this.#now = now;
  }

  async load(): Promise<void> {
    const gone = new Date(this.#now() - PUBLISHED_MS);
    await this.#db.query('delete from oauth_signing_key where signs_until < $1', [gone]);
    const rows = await this.#db.query<KeyRow>('select * from oauth_signing_key order by created_at');
    this.#keys = new Map(await Promise.all(rows.map(async (row) => [row.kid, await hold(row)] as const)));
  }

  /** The key that signs now; made at first use and when the last one is old. */
  async signing(): Promise<{ readonly kid: string; readonly key: Key }> {
    const newest = [...this.#keys.values()].at(-1);
    const current = newest && newest.signsUntil > this.#now() ? newest : await this.rotate();
    if (this.#private?.kid !== current.kid)
      this.#private = {
        kid: current.kid,
        key: await importPKCS8(await this.#sealer.open(current.sealed), ALGORITHM),
      };
    return this.#private;
  }

  /** Begin to sign with a new key. Tokens of the old ones stay good until they expire. */
  rotate(): Promise<HeldKey> {
    this.#making ??= this.#make().finally(() => {
      this.#making = undefined;
    });
    return this.#making;
  }

  /** The public key with this id, while tokens that it signed may still be good. */
  find(kid: string | undefined): Key | undefined {
    const held = this.#keys.get(kid ?? '');
    return held && held.signsUntil + PUBLISHED_MS > this.#now() ? held.publicKey : undefined;
  }

  /** RFC 7517. */
  published(): { readonly keys: readonly JWK[] } {
    const now = this.#now();
    return {
      keys: [...this.#keys.values()]
        .filter(({ signsUntil }) => signsUntil + PUBLISHED_MS > now)
        .map(({ jwk, kid }) => ({ ...jwk, kid, use: 'sig', alg: ALGORITHM, x5t: kid })),
    };
  }

  async #make(): Promise<HeldKey> {
    const { publicKey, privateKey } = await generateKeyPair(ALGORITHM, { modulusLength: 2048, extractable: true });
    const jwk = await exportJWK(publicKey);
    const now = this.#now();
    const row: KeyRow = {
      kid: createHash('sha256').update(String(jwk.n)).digest('base64url').slice(0, 27),
      public_jwk: jwk,
      sealed: await this.#sealer.seal(await exportPKCS8(privateKey)),
      created_at: new Date(now),
      signs_until: new Date(now + SIGNS_MS),
    };
    await this.#db.transaction(async (tx) => {
      // Whatever signed until now stops: a rotation because of a leak must not leave the old key in use.
      await tx.query('update oauth_signing_key set signs_until = least(signs_until, $1)', [row.created_at]);
      await tx.query(
        'insert into oauth_signing_key (kid, public_jwk, sealed, created_at, signs_until) values ($1, $2, $3, $4, $5)',
        [row.kid, JSON.stringify(row.public_jwk), row.sealed, row.created_at, row.signs_until],
      );
    });
    await this.load();
    return this.#keys.get(row.kid) as HeldKey;
  }
}

async function hold(row: KeyRow): Promise<HeldKey> {
  return {
    kid: row.kid,
    jwk: row.public_jwk,
    publicKey: (await importJWK(row.public_jwk, ALGORITHM)) as Key,
    sealed: row.sealed,
    signsUntil: row.signs_until.getTime(),
  };
}
