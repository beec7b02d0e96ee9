/** Writes a database in MaxMind's format with a single IPv4 network in it. */

const EXTENDED: Readonly<Record<string, number>> = { uint64: 9, array: 11 };

function control(type: number, size: number): Buffer {
  if (size > 28) throw new Error('Only small values are needed here.');
  return type < 8 ? Buffer.from([(type << 5) | size]) : Buffer.from([size, type - 7]);
}

function encode(value: unknown): Buffer {
  if (typeof value === 'string') {
    const bytes = Buffer.from(value);
    return Buffer.concat([control(2, bytes.length), bytes]);
  }
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(value);
    return Buffer.concat([control(3, 8), bytes]);
  }
  if (typeof value === 'bigint') {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(value);
    return Buffer.concat([control(EXTENDED.uint64!, 8), bytes]);
  }
  if (Array.isArray(value)) return Buffer.concat([control(EXTENDED.array!, value.length), ...value.map(encode)]);
  const entries = Object.entries(value as object);
  return Buffer.concat([control(7, entries.length), ...entries.flatMap(([k, v]) => [encode(k), encode(v)])]);
}

/** A small unsigned number, which the format tells apart from doubles. */
function uint(value: number): Buffer {
  return Buffer.concat([control(5, 2), Buffer.from([value >> 8, value & 255])]);
}

/** @param network IPv4 in CIDR notation */
export function smallDatabase(network: string, built: Date, record: unknown): Buffer {
  const [address, prefix] = network.split('/') as [string, string];
  const bits = address.split('.').flatMap((part) => [...Number(part).toString(2).padStart(8, '0')].map(Number));
  const count = Number(prefix);
  const tree = Buffer.alloc(count * 6);
  for (let i = 0; i < count; i++) {
    // One side goes on to the next node or to the record, the other one is empty: the number of nodes says so.
    const next = i === count - 1 ? count + 16 : i + 1;
    tree.writeUIntBE(bits[i] === 0 ? next : count, i * 6, 3);
    tree.writeUIntBE(bits[i] === 1 ? next : count, i * 6 + 3, 3);
  }
  const facts: [string, Buffer][] = [
    ['node_count', uint(count)],
    ['record_size', uint(24)],
    ['ip_version', uint(4)],
    ['database_type', encode('Test-City')],
    ['languages', encode(['en'])],
    ['binary_format_major_version', uint(2)],
    ['binary_format_minor_version', uint(0)],
    ['build_epoch', encode(BigInt(Math.floor(built.getTime() / 1000)))],
    ['description', encode({ en: 'A test' })],
  ];
  const metadata = Buffer.concat([control(7, facts.length), ...facts.flatMap(([k, v]) => [encode(k), v])]);
  return Buffer.concat([
    tree,
    Buffer.alloc(16),
    encode(record),
    Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'),
    metadata,
  ]);
}
