import { ParapetError } from '@parapet/schema';

/** Why a sign-in through a provider ended on the sign-in page; the page has a sentence for each. */
export type OidcFailure =
  | 'expired'
  | 'providerRefused'
  | 'providerFailed'
  | 'providerOff'
  | 'noRole'
  | 'noName'
  | 'nameTaken'
  | 'notInvited'
  | 'disabled'
  | 'factorMissing'
  | 'otherPerson';

export class OidcError extends Error {
  constructor(
    readonly failure: OidcFailure,
    readonly detail: string,
    /** Known once the token was checked. */
    readonly who?: string,
  ) {
    super(detail);
  }
}

export function asFailure(error: unknown): OidcError {
  if (error instanceof OidcError) return error;
  if (error instanceof ParapetError) return new OidcError('providerFailed', error.message);
  throw error;
}
