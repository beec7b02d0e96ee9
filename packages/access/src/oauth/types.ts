import type { Rights } from '../rights.ts';

export type { AppCredential, AppInput, AppRegistration, ConsentRequest } from '@parapet/schema';

/** Who changes a registration. */
export interface AppActor {
  readonly username: string;
  readonly rights: Rights;
  readonly remoteAddress: string;
}
