import { ParapetError } from '@parapet/schema';

/** What a record costs in memory beside its bytes. */
const OVERHEAD = 100;
const FACTOR = 3;

/**
 * Bounds what is made of one request. A few bytes that are repeated in every record, such as a resource or what an
 * address says, can make a request many times larger than it was sent.
 */
export class Growth {
  private left: number;

  constructor(private readonly maxBodyBytes: number) {
    this.left = FACTOR * maxBodyBytes;
  }

  /** @throws ParapetError `body_too_large` (413) */
  add(recordBytes: number): void {
    this.left -= recordBytes + OVERHEAD;
    if (this.left < 0)
      throw new ParapetError(
        'body_too_large',
        413,
        `The records of this request take more than ${FACTOR * this.maxBodyBytes} bytes; nothing of it was stored.`,
        'Send fewer events in one request.',
      );
  }
}
