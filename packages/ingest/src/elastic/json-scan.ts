/**
 * Tells quickly that bytes are one JSON object. It reads each byte once and builds nothing, which costs a fraction of
 * parsing; what it does not recognise is left to `JSON.parse`, so it may refuse too much but never accept too much.
 */

const QUOTE = 34;
const BACKSLASH = 92;
const COMMA = 44;
const COLON = 58;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
/** Deeper documents are left to the parser. */
const MAX_DEPTH = 512;

/** 1: ends a run of plain characters inside a string (quote, backslash, control characters). */
const STOPS = new Uint8Array(256);
for (let i = 0; i < 32; i++) STOPS[i] = 1;
STOPS[QUOTE] = 1;
STOPS[BACKSLASH] = 1;
/** 1: may follow a backslash. `u` is looked at on its own. */
const ESCAPES = new Uint8Array(256);
for (const char of '"\\/bfnrt') ESCAPES[char.charCodeAt(0)] = 1;
const HEX = new Uint8Array(256);
for (const char of '0123456789abcdefABCDEF') HEX[char.charCodeAt(0)] = 1;
const SPACE = new Uint8Array(256);
for (const char of ' \t\n\r') SPACE[char.charCodeAt(0)] = 1;
const DIGIT = new Uint8Array(256);
for (const char of '0123456789') DIGIT[char.charCodeAt(0)] = 1;

/** Position after the string whose opening quote is before `at`; -1 when it is not one. */
function endOfString(bytes: Uint8Array, at: number, end: number): number {
  let i = at;
  for (;;) {
    while (i < end && STOPS[bytes[i] as number] === 0) i++;
    if (i >= end) return -1;
    const byte = bytes[i] as number;
    if (byte === QUOTE) return i + 1;
    if (byte !== BACKSLASH || i + 1 >= end) return -1;
    const escaped = bytes[i + 1] as number;
    if (ESCAPES[escaped] === 1) i += 2;
    else if (escaped === 117 && i + 5 < end) {
      for (let k = i + 2; k < i + 6; k++) if (HEX[bytes[k] as number] === 0) return -1;
      i += 6;
    } else return -1;
  }
}

/** Position after the number that starts at `at`; -1 when it is not one. */
function endOfNumber(bytes: Uint8Array, at: number, end: number): number {
  let i = at;
  if (bytes[i] === 45) i++;
  if (i >= end || DIGIT[bytes[i] as number] === 0) return -1;
  if (bytes[i] === 48) i++;
  else while (i < end && DIGIT[bytes[i] as number] === 1) i++;
  if (i < end && bytes[i] === 46) {
    i++;
    if (i >= end || DIGIT[bytes[i] as number] === 0) return -1;
    while (i < end && DIGIT[bytes[i] as number] === 1) i++;
  }
  if (i < end && (bytes[i] === 101 || bytes[i] === 69)) {
    i++;
    if (i < end && (bytes[i] === 43 || bytes[i] === 45)) i++;
    if (i >= end || DIGIT[bytes[i] as number] === 0) return -1;
    while (i < end && DIGIT[bytes[i] as number] === 1) i++;
  }
  return i;
}

const WORDS: Readonly<Record<number, Uint8Array>> = {
  116: Buffer.from('true'),
  102: Buffer.from('false'),
  110: Buffer.from('null'),
};

function endOfWord(bytes: Uint8Array, at: number, end: number): number {
  const word = WORDS[bytes[at] as number];
  if (!word || at + word.length > end) return -1;
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) return -1;
  return at + word.length;
}

const closers = new Uint8Array(MAX_DEPTH);

/** True when the bytes are certainly one JSON object, white space around it allowed. False says nothing. */
export function isJsonObject(bytes: Uint8Array): boolean {
  const end = bytes.length;
  let i = 0;
  while (i < end && SPACE[bytes[i] as number] === 1) i++;
  if (bytes[i] !== OPEN_BRACE) return false;
  closers[0] = CLOSE_BRACE;
  let depth = 1;
  i++;
  /** A container was just opened: it may close at once. */
  let fresh = true;
  for (;;) {
    while (i < end && SPACE[bytes[i] as number] === 1) i++;
    if (i >= end) return false;
    let byte = bytes[i] as number;
    const closer = closers[depth - 1] as number;
    if (fresh && byte === closer) {
      i++;
      depth--;
    } else {
      if (closer === CLOSE_BRACE) {
        if (byte !== QUOTE) return false;
        i = endOfString(bytes, i + 1, end);
        if (i === -1) return false;
        while (i < end && SPACE[bytes[i] as number] === 1) i++;
        if (bytes[i] !== COLON) return false;
        i++;
        while (i < end && SPACE[bytes[i] as number] === 1) i++;
        if (i >= end) return false;
        byte = bytes[i] as number;
      }
      if (byte === QUOTE) i = endOfString(bytes, i + 1, end);
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        if (depth >= MAX_DEPTH) return false;
        closers[depth++] = byte === OPEN_BRACE ? CLOSE_BRACE : CLOSE_BRACKET;
        i++;
        fresh = true;
        continue;
      } else if (byte === 45 || DIGIT[byte] === 1) i = endOfNumber(bytes, i, end);
      else i = endOfWord(bytes, i, end);
      if (i === -1) return false;
    }
    // After a value: a comma goes on, the closer ends a container, which is a value itself.
    fresh = false;
    for (;;) {
      if (depth === 0) {
        while (i < end && SPACE[bytes[i] as number] === 1) i++;
        return i >= end;
      }
      while (i < end && SPACE[bytes[i] as number] === 1) i++;
      if (i >= end) return false;
      const next = bytes[i++] as number;
      if (next === COMMA) break;
      if (next !== closers[depth - 1]) return false;
      depth--;
    }
  }
}
