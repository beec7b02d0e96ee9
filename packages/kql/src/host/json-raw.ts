/**
 * JSON whose scalars stay the text they were written as, so that `1.0`, large whole numbers and the order of keys
 * survive a change of the tree around them.
 */
export type RawJson =
  | { readonly kind: 'scalar'; readonly text: string }
  | { readonly kind: 'array'; readonly items: RawJson[] }
  | { readonly kind: 'bag'; readonly entries: [string, RawJson][] };

/** Reads JSON text; undefined when it is none. */
export function readRaw(text: string): RawJson | undefined {
  let at = 0;
  const blank = (): void => {
    while (/\s/.test(text[at] ?? '')) at++;
  };
  const value = (): RawJson => {
    blank();
    const ch = text[at];
    if (ch === '[') {
      const items: RawJson[] = [];
      at++;
      blank();
      if (text[at] === ']') {
        at++;
        return { kind: 'array', items };
      }
      for (;;) {
        items.push(value());
        blank();
        const next = text[at++];
        if (next === ']') return { kind: 'array', items };
        if (next !== ',') throw new SyntaxError('array');
      }
    }
    if (ch === '{') {
      const entries: [string, RawJson][] = [];
      at++;
      blank();
      if (text[at] === '}') {
        at++;
        return { kind: 'bag', entries };
      }
      for (;;) {
        blank();
        const key = JSON.parse(string()) as string;
        blank();
        if (text[at++] !== ':') throw new SyntaxError('bag');
        entries.push([key, value()]);
        blank();
        const next = text[at++];
        if (next === '}') return { kind: 'bag', entries };
        if (next !== ',') throw new SyntaxError('bag');
      }
    }
    if (ch === '"') return { kind: 'scalar', text: string() };
    const plain = /^(?:true|false|null|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)/.exec(text.slice(at, at + 400))?.[0];
    if (!plain) throw new SyntaxError('value');
    at += plain.length;
    return { kind: 'scalar', text: plain };
  };
  const string = (): string => {
    const from = at;
    if (text[at++] !== '"') throw new SyntaxError('string');
    while (text[at] !== '"') {
      if (at >= text.length) throw new SyntaxError('string');
      at += text[at] === '\\' ? 2 : 1;
    }
    at++;
    return text.slice(from, at);
  };
  try {
    const out = value();
    blank();
    return at === text.length ? out : undefined;
  } catch {
    return undefined;
  }
}

/** JSON text of a tree. */
export function writeRaw(value: RawJson): string {
  switch (value.kind) {
    case 'scalar':
      return value.text;
    case 'array':
      return `[${value.items.map(writeRaw).join(',')}]`;
    case 'bag':
      return `{${value.entries.map(([k, v]) => `${JSON.stringify(k)}:${writeRaw(v)}`).join(',')}}`;
  }
}
