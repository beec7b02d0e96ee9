import { crc32 } from 'node:zlib';

/** Writes small event log files for tests, by the description of the format and not by the reader. */

export interface Value {
  readonly type: number;
  readonly bytes: Buffer;
}

const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');

export const value = {
  nothing: (): Value => ({ type: 0, bytes: Buffer.alloc(0) }),
  text: (text: string): Value => ({ type: 1, bytes: utf16(text) }),
  u16: (n: number): Value => ({ type: 6, bytes: number(2, (b) => b.writeUInt16LE(n)) }),
  u32: (n: number): Value => ({ type: 8, bytes: number(4, (b) => b.writeUInt32LE(n)) }),
  u64: (n: bigint): Value => ({ type: 10, bytes: number(8, (b) => b.writeBigUInt64LE(n)) }),
  bool: (n: number): Value => ({ type: 13, bytes: number(4, (b) => b.writeUInt32LE(n)) }),
  guid: (bytes: string): Value => ({ type: 15, bytes: Buffer.from(bytes, 'hex') }),
  filetime: (n: bigint): Value => ({ type: 17, bytes: number(8, (b) => b.writeBigUInt64LE(n)) }),
  sid: (bytes: string): Value => ({ type: 19, bytes: Buffer.from(bytes, 'hex') }),
  hex64: (n: bigint): Value => ({ type: 21, bytes: number(8, (b) => b.writeBigUInt64LE(n)) }),
  texts: (list: readonly string[]): Value => ({ type: 0x81, bytes: utf16(list.map((text) => `${text}\0`).join('')) }),
  xml: (bytes: Buffer): Value => ({ type: 0x21, bytes }),
};

function number(size: number, write: (buffer: Buffer) => void): Buffer {
  const buffer = Buffer.alloc(size);
  write(buffer);
  return buffer;
}

/** What a template looks like: text, `{ s: n }` for value n (`{ s: n, optional }`), or an element. */
export type Node =
  | string
  | { readonly s: number; readonly optional?: boolean }
  | {
      readonly name: string;
      readonly attributes?: Readonly<Record<string, Node>>;
      readonly children?: readonly Node[];
    };

/** One chunk under construction. Names are written where they are first used, as the system does. */
export class ChunkBuilder {
  private readonly data = Buffer.alloc(65_536);
  private at = 512;
  private readonly names = new Map<string, number>();
  private readonly templates = new Map<Node, number>();
  private count = 0;
  private first = -1;

  /** Where records start: number → offset. */
  readonly records = new Map<number, number>();

  record(id: number, template: Node, values: readonly Value[]): this {
    const start = this.at;
    this.records.set(id, start);
    if (this.first < 0) this.first = id;
    this.count++;
    this.data.writeUInt32LE(0x2a2a, start);
    this.data.writeBigUInt64LE(BigInt(id), start + 8);
    this.data.writeBigUInt64LE(133_000_000_000_000_000n, start + 16);
    this.at = start + 24;
    this.bytes(0x0f, 1, 1, 0);
    this.bytes(0x0c, 1);
    this.dword(1);
    const known = this.templates.get(template);
    if (known === undefined) {
      const offset = this.at + 4;
      this.templates.set(template, offset);
      this.dword(offset);
      this.dword(0);
      this.at += 16;
      const sizeAt = this.at;
      this.dword(0);
      const from = this.at;
      this.bytes(0x0f, 1, 1, 0);
      this.node(template);
      this.bytes(0);
      this.data.writeUInt32LE(this.at - from, sizeAt);
    } else this.dword(known);
    this.dword(values.length);
    for (const { type, bytes } of values) {
      this.word(bytes.length);
      this.bytes(type, 0);
    }
    for (const { bytes } of values) this.bytes(...bytes);
    this.bytes(0);
    while ((this.at - start + 4) % 8 !== 0) this.bytes(0);
    this.dword(this.at - start + 4);
    this.data.writeUInt32LE(this.at - start, start + 4);
    return this;
  }

  finish(): Buffer {
    const { data } = this;
    data.write('ElfChnk\0', 0, 'latin1');
    data.writeBigUInt64LE(BigInt(this.first), 8);
    data.writeBigUInt64LE(BigInt(this.first + this.count - 1), 16);
    data.writeUInt32LE(128, 40);
    data.writeUInt32LE(this.at, 48);
    data.writeUInt32LE(crc32(data.subarray(512, this.at)), 52);
    data.writeUInt32LE(crc32(data.subarray(128, 512), crc32(data.subarray(0, 120))), 124);
    return data;
  }

  private node(node: Node): void {
    if (typeof node === 'string') {
      this.bytes(0x05, 0x01);
      this.word(node.length);
      this.bytes(...utf16(node));
      return;
    }
    if ('s' in node) {
      this.bytes(node.optional ? 0x0e : 0x0d);
      this.word(node.s);
      this.bytes(1);
      return;
    }
    const attributes = Object.entries(node.attributes ?? {});
    this.bytes(attributes.length > 0 ? 0x41 : 0x01);
    this.word(0xffff);
    this.dword(0);
    this.name(node.name);
    if (attributes.length > 0) this.dword(0);
    for (const [name, part] of attributes) {
      this.bytes(0x46);
      this.name(name);
      this.node(part);
    }
    if (!node.children) this.bytes(0x03);
    else {
      this.bytes(0x02);
      for (const child of node.children) this.node(child);
      this.bytes(0x04);
    }
  }

  private name(text: string): void {
    const known = this.names.get(text);
    if (known !== undefined) {
      this.dword(known);
      return;
    }
    this.names.set(text, this.at + 4);
    this.dword(this.at + 4);
    this.dword(0);
    this.word(0);
    this.word(text.length);
    this.bytes(...utf16(`${text}\0`));
  }

  private bytes(...bytes: readonly number[]): void {
    this.data.set(bytes, this.at);
    this.at += bytes.length;
  }

  private word(n: number): void {
    this.at = this.data.writeUInt16LE(n, this.at);
  }

  private dword(n: number): void {
    this.at = this.data.writeUInt32LE(n, this.at);
  }
}

/** A whole file. */
export function evtxFile(chunks: readonly Buffer[], dirty = false): Buffer {
  const header = Buffer.alloc(4_096);
  header.write('ElfFile\0', 0, 'latin1');
  header.writeUInt32LE(128, 32);
  header.writeUInt16LE(1, 36);
  header.writeUInt16LE(3, 38);
  header.writeUInt16LE(4_096, 40);
  header.writeUInt16LE(chunks.length, 42);
  header.writeUInt32LE(dirty ? 1 : 0, 120);
  header.writeUInt32LE(crc32(header.subarray(0, 120)), 124);
  return Buffer.concat([header, ...chunks]);
}

const SYSTEM: Node = {
  name: 'System',
  children: [
    { name: 'Provider', attributes: { Name: { s: 0 }, Guid: { s: 1 } } },
    { name: 'EventID', attributes: { Qualifiers: { s: 2, optional: true } }, children: [{ s: 3 }] },
    { name: 'TimeCreated', attributes: { SystemTime: { s: 4 } } },
    { name: 'EventRecordID', children: [{ s: 5 }] },
    { name: 'Correlation', attributes: { ActivityID: { s: 6, optional: true } } },
    { name: 'Channel', children: ['Security'] },
    { name: 'Computer', children: [{ s: 7 }] },
  ],
};

/** A template with the members of an audit record; values 8 and on are its data. */
export const LOGON: Node = {
  name: 'Event',
  attributes: { xmlns: 'http://schemas.microsoft.com/win/2004/08/events/event' },
  children: [
    SYSTEM,
    {
      name: 'EventData',
      children: ['SubjectUserSid', 'TargetUserName', 'TargetLogonId', 'Elevated', 'Empty'].map((name, i) => ({
        name: 'Data',
        attributes: { Name: name },
        children: [{ s: 8 + i }],
      })),
    },
  ],
};

/** Classic events: values without names. */
export const CLASSIC: Node = {
  name: 'Event',
  children: [SYSTEM, { name: 'EventData', children: [{ name: 'Data', children: [{ s: 8 }] }] }],
};

export function logonValues(id: number, user = 'ada'): Value[] {
  return [
    value.text('Microsoft-Windows-Security-Auditing'),
    value.guid('25968454785494499a5ba3e3b0328c30'.padEnd(32, '0')),
    value.nothing(),
    value.u16(4624),
    value.filetime(133_594_704_012_345_678n),
    value.u64(BigInt(id)),
    value.nothing(),
    value.text('pc-1.corp.example'),
    value.sid('010500000000000515000000010000000200000003000000f4010000'),
    value.text(user),
    value.hex64(0x3e7n),
    value.bool(4),
    value.nothing(),
  ];
}
