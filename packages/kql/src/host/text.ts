/** Texts that need a parser of their own: command lines, XML, and the shortest text of a real. */
import type { HostFamily } from './registry.ts';

/**
 * Words of a command line by the rules of Windows: backslashes only count before a quote, two quotes inside quotes are
 * one, and the first word ends at its closing quote or at a blank whatever backslashes it holds.
 */
export function commandLine(text: string): string[] {
  const out: string[] = [];
  let at = 0;
  const blank = (ch: string | undefined) => ch === ' ' || ch === '\t';
  if (text === '') return out;
  // The first word is the program.
  if (text[0] === '"') {
    const end = text.indexOf('"', 1);
    out.push(end < 0 ? text.slice(1) : text.slice(1, end));
    at = end < 0 ? text.length : end + 1;
  } else {
    while (at < text.length && !blank(text[at])) at++;
    out.push(text.slice(0, at));
  }
  for (;;) {
    while (blank(text[at])) at++;
    if (at >= text.length) return out;
    let word = '';
    let quoted = false;
    while (at < text.length && (quoted || !blank(text[at]))) {
      let slashes = 0;
      while (text[at] === '\\') {
        slashes++;
        at++;
      }
      if (text[at] !== '"') {
        word += '\\'.repeat(slashes);
        if (at < text.length && (quoted || !blank(text[at])) && slashes === 0) word += text[at++];
        continue;
      }
      word += '\\'.repeat(slashes >> 1);
      at++;
      if (slashes % 2) word += '"';
      else if (quoted && text[at] === '"') {
        word += '"';
        at++;
      } else quoted = !quoted;
    }
    out.push(word);
  }
}

type Xml = string | null | XmlBag | Xml[];
interface XmlBag {
  [name: string]: Xml;
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text.replace(/&(#x[0-9a-fA-F]+|#\d+|\w+);/g, (_all, name: string) => {
    if (name[0] !== '#') {
      const known = ENTITIES[name];
      if (known === undefined) throw new SyntaxError('entity');
      return known;
    }
    return String.fromCodePoint(name[1] === 'x' ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1)));
  });
}

/** Longer texts are not read. */
const XML_LIMIT = 1024 * 1024;
const XML_DEPTH = 200;

function add(bag: XmlBag, name: string, value: Xml): void {
  if (!Object.hasOwn(bag, name)) {
    Object.defineProperty(bag, name, { value, enumerable: true, configurable: true, writable: true });
    return;
  }
  const old = bag[name]!;
  if (Array.isArray(old)) old.push(value);
  else bag[name] = [old, value];
}

/** XML as a bag: attributes are `@name`, text beside other content is `#text`, repeated elements are arrays. */
export function xmlValue(source: string): XmlBag {
  let at = 0;
  const fail = (): never => {
    throw new SyntaxError('xml');
  };
  const until = (mark: string): string => {
    const end = source.indexOf(mark, at);
    if (end < 0) fail();
    const text = source.slice(at, end);
    at = end + mark.length;
    return text;
  };
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const m = pattern.exec(source);
    if (m) at = pattern.lastIndex;
    return m?.[0];
  };
  const NAME = /[\p{L}_:][\p{L}\p{N}_:.-]*/uy;
  const BLANK = /\s+/y;
  const attributes = (bag: XmlBag): void => {
    for (;;) {
      const gap = take(BLANK);
      const name = take(NAME);
      if (name === undefined) return;
      if (gap === undefined) fail();
      take(BLANK);
      if (source[at++] !== '=') fail();
      take(BLANK);
      const quote = source[at++]!;
      if (quote !== '"' && quote !== "'") fail();
      if (Object.hasOwn(bag, `@${name}`)) fail();
      add(bag, `@${name}`, unescaped(until(quote)));
    }
  };
  const element = (depth: number): [string, Xml] => {
    if (depth > XML_DEPTH) fail();
    const name = take(NAME) ?? fail();
    const bag: XmlBag = {};
    attributes(bag);
    if (source.startsWith('/>', at)) {
      at += 2;
      return [name, Object.keys(bag).length ? bag : null];
    }
    if (source[at++] !== '>') fail();
    for (;;) {
      const next = source.indexOf('<', at);
      if (next < 0) fail();
      const text = source.slice(at, next);
      at = next;
      if (text.trim() !== '') add(bag, '#text', unescaped(text));
      if (source.startsWith('</', at)) {
        at += 2;
        if (take(NAME) !== name) fail();
        take(BLANK);
        if (source[at++] !== '>') fail();
        const keys = Object.keys(bag);
        if (keys.length === 0) return [name, text === '' ? '' : null];
        return [name, keys.length === 1 && keys[0] === '#text' ? bag['#text']! : bag];
      }
      if (source.startsWith('<!--', at)) {
        at += 4;
        until('-->');
      } else if (source.startsWith('<![CDATA[', at)) {
        at += 9;
        add(bag, '#cdata-section', until(']]>'));
      } else if (source.startsWith('<?', at)) {
        at += 2;
        until('?>');
      } else {
        at++;
        add(bag, ...element(depth + 1));
      }
    }
  };
  const out: XmlBag = {};
  let roots = 0;
  for (;;) {
    take(BLANK);
    if (at >= source.length) break;
    if (source.startsWith('<?xml', at)) {
      at += 5;
      const declaration: XmlBag = {};
      attributes(declaration);
      take(BLANK);
      if (!source.startsWith('?>', at)) fail();
      at += 2;
      add(out, '?xml', declaration);
    } else if (source.startsWith('<?', at)) until('?>');
    else if (source.startsWith('<!--', at)) until('-->');
    else if (source.startsWith('<!', at)) fail();
    else if (source[at] === '<' && roots++ === 0) {
      at++;
      add(out, ...element(0));
    } else fail();
  }
  return roots ? out : fail();
}

export const TEXT_HOST: HostFamily = {
  commandLine: (text: string | null) => commandLine(text ?? ''),
  xml: (text: string | null) => {
    if (!text || text.length > XML_LIMIT) return null;
    try {
      return xmlValue(text);
    } catch {
      return null;
    }
  },
};
