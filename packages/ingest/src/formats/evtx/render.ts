import type { BinXmlReader, Element, Part, ValueRange } from './binxml.ts';
import { EvtxError, readValue, type Scalar, TYPE_BINXML, TYPE_NULL } from './values.ts';

/**
 * A record as JSON, in the shape in which the usual converters write EVTX files:
 *
 *     {"Event": {"#attributes": {"xmlns": "…"},
 *                "System": {"Provider": {"#attributes": {"Name": "…"}}, "EventID": 4624, …},
 *                "EventData": {"SubjectUserName": "…", …}}}
 *
 * `Data` elements with a name become members of that name, unnamed ones `"Data": {"#text": [ … ]}`; attributes stand
 * under `#attributes`, text beside them under `#text`; a repeated member gets `_1`, `_2` … behind its name.
 */
export type Json = Scalar | readonly Json[] | { readonly [key: string]: Json };

type Members = Record<string, Json>;

/** Characters of one record's JSON: templates may repeat a value as often as they like. */
const MAX_OUTPUT = 16 * 2 ** 20;
const MAX_EMBEDDED = 16;

/** Values of a template at work. */
interface Scope {
  readonly values: readonly ValueRange[];
}

const NO_VALUES: Scope = { values: [] };

/** @throws EvtxError when the record is not what the format says */
export function renderRecord(chunk: Buffer, reader: BinXmlReader, start: number, end: number): Json {
  return new Renderer(chunk, reader).record(reader.fragment(start, end));
}

class Renderer {
  private output = 0;

  constructor(
    private readonly chunk: Buffer,
    private readonly reader: BinXmlReader,
  ) {}

  record(parts: readonly Part[]): Json {
    const members = empty();
    this.collect(parts, NO_VALUES, members, [], 0);
    if (Object.keys(members).length === 0) throw new EvtxError('the record is empty');
    return members;
  }

  /** Child elements go to `members`, text to `texts`. */
  private collect(parts: readonly Part[], scope: Scope, members: Members, texts: Json[], depth: number): void {
    if (depth > MAX_EMBEDDED * 4) throw new EvtxError('the record is nested too deeply');
    for (const part of parts)
      switch (part.kind) {
        case 'text':
          texts.push(this.spend(part.text));
          break;
        case 'element':
          this.element(part, scope, members, depth);
          break;
        case 'instance':
          this.collect(part.template, { values: part.values }, members, texts, depth + 1);
          break;
        case 'substitution': {
          const range = scope.values[part.index];
          if (!range || range.type === TYPE_NULL) break;
          if (range.type === TYPE_BINXML) {
            if (range.end > range.start)
              this.collect(this.reader.embedded(range.start, range.end), NO_VALUES, members, texts, depth + 4);
            break;
          }
          const value = this.value(range);
          if (value !== null) texts.push(value);
          break;
        }
      }
  }

  private value(range: ValueRange): Json {
    const value = readValue(range.type, this.chunk, range.start, range.end);
    if (Array.isArray(value)) {
      for (const item of value) if (typeof item === 'string') this.spend(item);
    } else if (typeof value === 'string') this.spend(value);
    return value;
  }

  private element(element: Element, scope: Scope, members: Members, depth: number): void {
    const attributes = empty();
    for (const attribute of element.attributes) {
      const texts: Json[] = [];
      this.collect(attribute.parts, scope, empty(), texts, depth + 1);
      // An attribute whose optional value is missing is not there.
      if (texts.length > 0) attributes[this.spend(attribute.name)] = joined(texts);
    }
    const children = empty();
    const texts: Json[] = [];
    this.collect(element.children, scope, children, texts, depth + 1);
    const named = element.name === 'Data' && typeof attributes.Name === 'string' && attributes.Name !== '';
    const key = this.spend(named ? String(attributes.Name) : element.name);
    const hasChildren = Object.keys(children).length > 0;
    if (named && !hasChildren) {
      add(members, key, texts.length === 0 ? null : joined(texts));
      return;
    }
    const text = texts.length === 0 ? null : joined(texts);
    if (element.name === 'Data' && !hasChildren && Object.keys(attributes).length === 0) {
      addUnnamed(members, text);
      return;
    }
    if (!hasChildren && Object.keys(attributes).length === 0) {
      add(members, key, text);
      return;
    }
    const own: Members = empty();
    if (Object.keys(attributes).length > 0) own['#attributes'] = attributes;
    if (text !== null && (typeof text !== 'string' || text.trim() !== '' || !hasChildren)) own['#text'] = text;
    for (const [name, value] of Object.entries(children)) own[name] = value;
    add(members, key, own);
  }

  private spend(text: string): string {
    this.output += text.length + 8;
    if (this.output > MAX_OUTPUT) throw new EvtxError(`the record is larger than ${MAX_OUTPUT} characters`);
    return text;
  }
}

/** An object without inherited members: names come from the file. */
function empty(): Members {
  return Object.create(null) as Members;
}

/** One value stays what it is; several are one text. */
function joined(texts: readonly Json[]): Json {
  const only = texts[0];
  if (texts.length === 1 && only !== undefined) return only;
  return texts.map((text) => (Array.isArray(text) ? text.join('') : String(text))).join('');
}

function add(members: Members, key: string, value: Json): void {
  let name = key;
  for (let i = 1; name in members; i++) name = `${key}_${i}`;
  members[name] = value;
}

/** Unnamed values are one list, in their order. */
function addUnnamed(members: Members, value: Json): void {
  const known = members.Data as { '#text'?: Json } | undefined;
  const values = Array.isArray(value) ? (value as Json[]) : [value];
  if (known === undefined) {
    const own = empty();
    own['#text'] = Array.isArray(value) || value === null ? values : value;
    members.Data = own;
    return;
  }
  const before = known['#text'];
  (members.Data as Members)['#text'] = [...(Array.isArray(before) ? (before as Json[]) : [before ?? null]), ...values];
}
