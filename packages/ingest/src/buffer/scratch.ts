/**
 * Memory that is used again. Buffers of a megabyte that live for one request or one read are not free: each is mapped anew
 * by the system, and the engine of JavaScript collects its whole heap after every few dozen megabytes of them.
 */
export class Scratch {
  private readonly free: Buffer[] = [];
  private readonly used = new Set<Buffer>();

  /**
   * @param size bytes of a piece; what is smaller than an eighth of it, or larger, is not kept
   * @param keep pieces that are kept for later
   */
  constructor(
    private readonly size: number,
    private readonly keep: number,
  ) {}

  /** Memory of any content. It is the caller's until it is given back. */
  take(length: number): Buffer {
    if (length > this.size || length * 8 < this.size) return Buffer.allocUnsafe(length);
    const piece = this.free.pop() ?? Buffer.allocUnsafeSlow(this.size);
    const taken = piece.subarray(0, length);
    this.used.add(taken);
    return taken;
  }

  /** Give back what was taken: nothing may look at it any longer. Without an argument everything that is out. */
  give(taken: Iterable<Buffer> = [...this.used]): void {
    for (const one of taken) {
      if (!this.used.delete(one) || this.free.length >= this.keep) continue;
      this.free.push(Buffer.from(one.buffer));
    }
  }
}
