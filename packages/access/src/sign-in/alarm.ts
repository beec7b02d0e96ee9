/** Something in signing in that somebody must look at now. */
export interface Alarm {
  readonly kind: 'breakGlass';
  readonly username: string;
  readonly userId: string;
  readonly method: string;
  readonly remoteAddress: string;
  readonly userAgent: string;
  readonly time: Date;
  /** Public id of the session that began. */
  readonly sessionId: string;
}
