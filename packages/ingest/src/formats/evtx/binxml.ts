import { EvtxError, guid, utf16 } from './values.ts';

/**
 * Binary XML of a chunk as a tree. Templates are parsed once a chunk and kept; a record is mostly an instance of a
 * template with its values. Names and templates are found by their offset in the chunk, and may point anywhere in it:
 * everything read is checked against the chunk's bounds, depth and a budget of nodes.
 */

export interface Element {
  readonly kind: 'element';
  readonly name: string;
  readonly attributes: readonly { readonly name: string; readonly parts: readonly Part[] }[];
  readonly children: readonly Part[];
}

/** A place that a value of the record fills. */
export interface Substitution {
  readonly kind: 'substitution';
  readonly index: number;
  readonly optional: boolean;
}

export interface Text {
  readonly kind: 'text';
  readonly text: string;
}

/** A template with its values. */
export interface Instance {
  readonly kind: 'instance';
  readonly template: readonly Part[];
  readonly values: readonly ValueRange[];
}

export type Part = Element | Substitution | Text | Instance;

/** Where a value stands in the chunk. */
export interface ValueRange {
  readonly type: number;
  readonly start: number;
  readonly end: number;
}

const MAX_DEPTH = 48;
/** Nodes of one record, templates not counted. */
const MAX_NODES = 200_000;
const MAX_VALUES = 16_384;

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Reads the binary XML of one chunk. */
export class BinXmlReader {
  private readonly names = new Map<number, { readonly text: string; readonly size: number }>();
  private readonly templates = new Map<number, { readonly parts: readonly Part[]; readonly end: number }>();
  private readonly open = new Set<number>();
  private nodes = 0;

  constructor(private readonly chunk: Buffer) {}

  /** @throws EvtxError with what is wrong */
  fragment(start: number, end: number): readonly Part[] {
    this.nodes = 0;
    return this.parse(start, end, 0).parts;
  }

  /** A fragment that is the value of a substitution. */
  embedded(start: number, end: number): readonly Part[] {
    return this.parse(start, end, 0).parts;
  }

  private parse(start: number, end: number, depth: number): { readonly parts: Part[]; readonly at: number } {
    const parts: Part[] = [];
    let at = start;
    while (at < end) {
      const token = this.byte(at);
      if (token === 0x00) return { parts, at: at + 1 };
      if (token === 0x0f) {
        at += 4;
        continue;
      }
      const next = this.part(at, end, depth);
      if (next.part) parts.push(next.part);
      at = next.at;
    }
    return { parts, at };
  }

  private part(at: number, end: number, depth: number): { readonly part: Part | null; readonly at: number } {
    if (++this.nodes > MAX_NODES) throw new EvtxError('the record holds too many parts');
    if (depth > MAX_DEPTH) throw new EvtxError('the record is nested too deeply');
    const token = this.byte(at);
    switch (token & 0x0f) {
      case 0x01:
        return this.element(at, end, depth);
      case 0x05: {
        const type = this.byte(at + 1);
        if (type !== 0x01) throw new EvtxError(`a literal of type 0x${type.toString(16)}`);
        return this.counted(at + 2);
      }
      case 0x07:
        return this.counted(at + 1);
      case 0x08:
        return { part: { kind: 'text', text: String.fromCharCode(this.word(at + 1)) }, at: at + 3 };
      case 0x09: {
        const name = this.nameAt(at + 1);
        return { part: { kind: 'text', text: ENTITIES[name.text] ?? `&${name.text};` }, at: name.at };
      }
      case 0x0a:
        // A processing instruction says nothing about the event.
        return { part: null, at: this.nameAt(at + 1).at };
      case 0x0b:
        return { part: null, at: this.counted(at + 1).at };
      case 0x0c:
        return this.instance(at, end, depth);
      case 0x0d:
      case 0x0e:
        return {
          part: { kind: 'substitution', index: this.word(at + 1), optional: (token & 0x0f) === 0x0e },
          at: at + 4,
        };
      default:
        throw new EvtxError(`unknown token 0x${token.toString(16)}`);
    }
  }

  private element(at: number, end: number, depth: number): { readonly part: Element; readonly at: number } {
    const token = this.byte(at);
    // Some writers leave out the two bytes of the dependency; then the offset of the name stands two bytes earlier.
    const lead = this.isName(at + 7) || !this.isName(at + 5) ? 7 : 5;
    const name = this.nameAt(at + lead);
    let position = name.at;
    const attributes: { name: string; parts: Part[] }[] = [];
    if (token & 0x40) {
      position += 4;
      while ((this.byte(position) & 0x0f) === 0x06 && position < end) {
        const attribute = this.nameAt(position + 1);
        position = attribute.at;
        const parts: Part[] = [];
        while (position < end && isContent(this.byte(position))) {
          const next = this.part(position, end, depth + 1);
          if (next.part) parts.push(next.part);
          position = next.at;
        }
        attributes.push({ name: attribute.text, parts });
      }
    }
    const children: Part[] = [];
    const closing = this.byte(position);
    if (closing === 0x03) return { part: { kind: 'element', name: name.text, attributes, children }, at: position + 1 };
    if (closing !== 0x02) throw new EvtxError(`token 0x${closing.toString(16)} where a start tag ends`);
    position++;
    for (;;) {
      if (position >= end) throw new EvtxError(`the element ${name.text.slice(0, 64)} has no end`);
      if (this.byte(position) === 0x04) break;
      const next = this.part(position, end, depth + 1);
      if (next.part) children.push(next.part);
      position = next.at;
    }
    return { part: { kind: 'element', name: name.text, attributes, children }, at: position + 1 };
  }

  private instance(at: number, end: number, depth: number): { readonly part: Instance; readonly at: number } {
    const offset = this.dword(at + 6);
    let position = at + 10;
    const template = this.template(offset, depth);
    // Its first use in the chunk carries the definition.
    if (offset === position) position = template.end;
    const count = this.dword(position);
    if (count > MAX_VALUES) throw new EvtxError(`${count} values`);
    position += 4;
    const values: ValueRange[] = [];
    let value = position + count * 4;
    for (let i = 0; i < count; i++) {
      const size = this.word(position + i * 4);
      const type = this.byte(position + i * 4 + 2);
      if (value + size > this.chunk.length || value > end) throw new EvtxError('a value reaches past its record');
      values.push({ type, start: value, end: value + size });
      value += size;
    }
    return { part: { kind: 'instance', template: template.parts, values }, at: value };
  }

  private template(offset: number, depth: number): { readonly parts: readonly Part[]; readonly end: number } {
    const known = this.templates.get(offset);
    if (known) return known;
    if (offset < 512 || offset + 24 > this.chunk.length) throw new EvtxError('a template outside of the chunk');
    if (this.open.has(offset)) throw new EvtxError('a template that holds itself');
    const size = this.dword(offset + 20);
    const end = offset + 24 + size;
    if (end > this.chunk.length) throw new EvtxError(`the template ${guid(this.chunk, offset + 4)} is cut off`);
    this.open.add(offset);
    try {
      const template = { parts: this.parse(offset + 24, end, depth + 1).parts, end };
      this.templates.set(offset, template);
      return template;
    } finally {
      this.open.delete(offset);
    }
  }

  private counted(at: number): { readonly part: Text; readonly at: number } {
    const stop = at + 2 + this.word(at) * 2;
    if (stop > this.chunk.length) throw new EvtxError('a text reaches past its record');
    return { part: { kind: 'text', text: this.chunk.toString('utf16le', at + 2, stop) }, at: stop };
  }

  /** Whether an offset at this place can be that of a name. */
  private isName(at: number): boolean {
    if (at + 4 > this.chunk.length) return false;
    const offset = this.chunk.readUInt32LE(at);
    if (offset < 512 || offset + 8 > this.chunk.length) return false;
    const characters = this.chunk.readUInt16LE(offset + 6);
    const stop = offset + 8 + characters * 2;
    return characters > 0 && stop + 2 <= this.chunk.length && this.chunk.readUInt16LE(stop) === 0;
  }

  /** The name whose offset stands at a place, and where reading goes on: behind the name where it stands right there. */
  private nameAt(at: number): { readonly text: string; readonly at: number } {
    const offset = this.dword(at);
    let name = this.names.get(offset);
    if (!name) {
      if (offset < 512 || offset + 8 > this.chunk.length) throw new EvtxError('a name outside of the chunk');
      const characters = this.word(offset + 6);
      const stop = offset + 8 + characters * 2;
      if (stop + 2 > this.chunk.length) throw new EvtxError('a name is cut off');
      name = { text: utf16(this.chunk, offset + 8, stop), size: 10 + characters * 2 };
      this.names.set(offset, name);
    }
    return { text: name.text, at: offset === at + 4 ? at + 4 + name.size : at + 4 };
  }

  private byte(at: number): number {
    const value = this.chunk[at];
    if (value === undefined) throw new EvtxError('the record reaches past its chunk');
    return value;
  }

  private word(at: number): number {
    if (at + 2 > this.chunk.length) throw new EvtxError('the record reaches past its chunk');
    return this.chunk.readUInt16LE(at);
  }

  private dword(at: number): number {
    if (at + 4 > this.chunk.length) throw new EvtxError('the record reaches past its chunk');
    return this.chunk.readUInt32LE(at);
  }
}

/** Tokens that can be part of an attribute's value. */
function isContent(token: number): boolean {
  const kind = token & 0x0f;
  return kind === 0x05 || kind === 0x07 || kind === 0x08 || kind === 0x09 || kind === 0x0d || kind === 0x0e;
}
