import { ParapetError } from '@parapet/schema';

/**
 * A refusal of the token endpoint (RFC 6749 section 5.2, RFC 8628 section 3.5). `number` is the one that client libraries
 * of the reference look for in `error_codes`.
 */
export class OAuthError extends ParapetError {
  constructor(
    readonly error: string,
    message: string,
    readonly number: number,
    status = 400,
    hint?: string,
  ) {
    super(error, status, message, hint);
    this.name = 'OAuthError';
  }
}

export const invalidRequest = (message: string): OAuthError => new OAuthError('invalid_request', message, 900144);
/** One answer for an unknown client, a wrong or expired secret and a bad assertion. */
export const invalidClient = (): OAuthError =>
  new OAuthError(
    'invalid_client',
    'The client is not known here, or its secret or assertion is wrong or has expired.',
    7000215,
    401,
  );
export const invalidGrant = (message: string): OAuthError => new OAuthError('invalid_grant', message, 70000);
export const invalidScope = (message: string): OAuthError => new OAuthError('invalid_scope', message, 70011);
