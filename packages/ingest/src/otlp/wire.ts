/** Reader of the protocol buffers wire format, as far as log messages need it. Every step is checked against the end. */

export class WireError extends Error {}

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

export class WireReader {
  /** Number of the field at hand, after {@link next}. */
  field = 0;
  private type = 0;

  constructor(
    private readonly bytes: Buffer,
    private at = 0,
    private readonly end = bytes.length,
  ) {}

  /** Go to the next field; false at the end of the message. The field must then be read or skipped. */
  next(): boolean {
    if (this.at >= this.end) return false;
    const tag = this.uint();
    this.field = Math.floor(tag / 8);
    this.type = tag % 8;
    if (this.field === 0) throw new WireError('field number 0');
    return true;
  }

  /** A message inside this one. */
  message(): WireReader {
    const [start, end] = this.span();
    return new WireReader(this.bytes, start, end);
  }

  /** The bytes of a message, string or bytes field, not copied. */
  slice(): Buffer {
    const [start, end] = this.span();
    return this.bytes.subarray(start, end);
  }

  text(): string {
    const [start, end] = this.span();
    return this.bytes.toString('utf8', start, end);
  }

  /** A number of a varint field below 2^53, or 0 for a negative one. */
  number(): number {
    this.expect(VARINT);
    return this.uint();
  }

  int64(): bigint {
    this.expect(VARINT);
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asIntN(64, value);
    }
    throw new WireError('a number of more than ten bytes');
  }

  fixed64(): bigint {
    this.expect(FIXED64);
    return this.bytes.readBigUInt64LE(this.advance(8));
  }

  double(): number {
    this.expect(FIXED64);
    return this.bytes.readDoubleLE(this.advance(8));
  }

  fixed32(): number {
    this.expect(FIXED32);
    return this.bytes.readUInt32LE(this.advance(4));
  }

  /** Pass over a field, also one this reader has never heard of. */
  skip(): void {
    switch (this.type) {
      case VARINT:
        this.int64();
        break;
      case FIXED64:
        this.advance(8);
        break;
      case BYTES:
        this.span();
        break;
      case FIXED32:
        this.advance(4);
        break;
      default:
        throw new WireError(`wire type ${this.type}`);
    }
  }

  private span(): [number, number] {
    this.expect(BYTES);
    const length = this.uint();
    const start = this.advance(length);
    return [start, start + length];
  }

  private expect(type: number): void {
    if (this.type !== type) throw new WireError(`field ${this.field} has wire type ${this.type}, not ${type}`);
  }

  private advance(length: number): number {
    const start = this.at;
    if (start + length > this.end) throw new WireError('the message ends early');
    this.at = start + length;
    return start;
  }

  private byte(): number {
    return this.bytes[this.advance(1)] as number;
  }

  private uint(): number {
    let value = 0;
    for (let factor = 1, count = 0; count < 10; factor *= 128, count++) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      if (byte < 128) return value <= Number.MAX_SAFE_INTEGER ? value : 0;
    }
    throw new WireError('a number of more than ten bytes');
  }
}

/** A length-delimited field, for answers. */
export function bytesField(field: number, value: Buffer): Buffer {
  return Buffer.concat([varint(field * 8 + BYTES), varint(value.length), value]);
}

export function numberField(field: number, value: number): Buffer {
  return Buffer.concat([varint(field * 8 + VARINT), varint(value)]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return Buffer.from(bytes);
}
