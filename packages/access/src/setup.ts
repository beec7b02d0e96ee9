import { ParapetError, type SetupRequest } from '@parapet/schema';
import type { StateDb } from '@parapet/state';
import { equalSecrets, hashSecret, newSecret } from './secrets.ts';
import type { UserRow, Users } from './users.ts';

/** The way in before anyone exists: a one-time token whose hash alone is stored. */
export class Setup {
  #db: StateDb;
  #users: Users;
  #now: () => number;
  #required = false;
  #token: string | null = null;

  constructor(db: StateDb, users: Users, now: () => number) {
    this.#db = db;
    this.#users = users;
    this.#now = now;
  }

  /** True until the first user exists; users are never removed, so it stays false from then on. */
  get required(): boolean {
    return this.#required;
  }

  /** The token made at this start; null when none is valid. */
  get token(): string | null {
    return this.#token;
  }

  async start(): Promise<void> {
    if (await this.#users.any()) await this.#db.query('delete from setup_token');
    else await this.reset();
  }

  /** A new token in place of the old one. */
  async reset(): Promise<string> {
    const token = newSecret();
    await this.#db.transaction(async (tx) => {
      if (await this.#users.any(tx)) throw alreadySetUp();
      await tx.query(
        `insert into setup_token (token_hash, created_at) values ($1, $2)
         on conflict (only_one) do update set token_hash = excluded.token_hash, created_at = excluded.created_at`,
        [hashSecret(token), new Date(this.#now())],
      );
    });
    this.#required = true;
    this.#token = token;
    return token;
  }

  /** Create the first administrator. Of simultaneous calls with the right token exactly one succeeds. */
  async complete(request: SetupRequest, remoteAddress: string): Promise<UserRow> {
    if (!this.#required) throw alreadySetUp();
    const hash = hashSecret(request.token);
    // Looked at before the costly hashing of the password, so that it takes the link to cause any work.
    const [stored] = await this.#db.query<{ token_hash: string }>('select token_hash from setup_token');
    if (!stored || !equalSecrets(stored.token_hash, hash)) throw wrongToken();
    const user = await this.#users.prepare({ ...request, role: 'globalAdministrator' }, 'setup');
    await this.#db.transaction(async (tx) => {
      const used = await tx.query('delete from setup_token where token_hash = $1 returning only_one', [hash]);
      if (await this.#users.any(tx)) throw alreadySetUp();
      if (used.length === 0) throw wrongToken();
      await this.#users.insert(tx, user, remoteAddress);
    });
    this.done();
    return user;
  }

  /** A user exists now. */
  done(): void {
    this.#required = false;
    this.#token = null;
  }
}

function alreadySetUp(): ParapetError {
  return new ParapetError(
    'already_set_up',
    409,
    'Parapet is set up already.',
    'Sign in, or ask an administrator for an account.',
  );
}

function wrongToken(): ParapetError {
  return new ParapetError(
    'setup_token_wrong',
    403,
    'This set-up link is not valid.',
    'Use the link the server printed at its newest start; starting it again prints a new one.',
  );
}
