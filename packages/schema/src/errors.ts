/**
 * An error a caller may see. `code` is stable and what clients switch on; `message` says what happened;
 * `hint` says what to do next. Anything thrown that is not a ParapetError becomes a 500 with an id and no detail.
 */
export class ParapetError extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    message: string,
    readonly hint?: string,
    readonly details?: unknown,
  ) {
    super(message);
    this.name = 'ParapetError';
  }
}

/** Body of every failed portal API call. */
export interface ErrorBody {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly hint?: string;
    readonly details?: unknown;
    /** Quote this when asking for help; the server log carries the same id. */
    readonly requestId: string;
  };
}
