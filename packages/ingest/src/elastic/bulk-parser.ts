import { asUtf8 } from '../http/json.ts';
import { isJsonObject } from './json-scan.ts';

export interface BulkLimits {
  /** Longest line in bytes, line end excluded. */
  readonly maxLineBytes: number;
}

export type BulkAction = 'create' | 'index' | 'update' | 'delete';

/** One entry of the answer, in request order. */
export interface BulkItem {
  readonly action: BulkAction;
  readonly index: string;
  readonly id: string | null;
  readonly status: number;
  readonly error?: { readonly type: string; readonly reason: string };
}

/** A line that is not stored as an event. */
export interface DeadLine {
  readonly reason: string;
  readonly detail: string;
  readonly raw: Uint8Array;
}

export interface ParsedBulk {
  readonly items: readonly BulkItem[];
  /** Events by index name, in request order inside each. */
  readonly groups: ReadonlyMap<string, readonly Uint8Array[]>;
  readonly dead: readonly DeadLine[];
  readonly accepted: number;
}

/** The request as a whole cannot be understood: an action line is not an action. All its lines are in `dead`. */
export class MalformedBulk extends Error {
  constructor(
    message: string,
    readonly dead: readonly DeadLine[],
  ) {
    super(message);
  }
}

interface Action {
  readonly action: BulkAction;
  readonly index: string;
  readonly id: string | null;
}

const ACTIONS = new Set(['create', 'index', 'update', 'delete']);
const NEWLINE = 10;
/** How much of an oversized line is kept in the dead-letter table. */
const KEEP_BYTES = 65_536;

/**
 * Cut a `_bulk` body into events without copying them. Only action lines are interpreted; of a source line it is
 * checked that it is one JSON object.
 * @param defaultIndex index of the path, used when the action names none
 * @throws MalformedBulk when an action line is not a JSON object with one known action
 */
export function parseBulk(body: Buffer, defaultIndex: string, limits: BulkLimits): ParsedBulk {
  const items: BulkItem[] = [];
  const groups = new Map<string, Uint8Array[]>();
  const dead: DeadLine[] = [];
  let accepted = 0;
  let lineNumber = 0;
  let at = 0;
  let lastActionBytes: Buffer | undefined;
  let lastAction: Action | undefined;
  /** What is said of every event that is stored with the last action: one object for thousands of lines. */
  let stored: BulkItem | undefined;

  /** The same action line once more, as senders repeat it before every event: passed over without a look at its words. */
  const sameAction = (): boolean => {
    if (!lastActionBytes) return false;
    const end = at + lastActionBytes.length;
    if (body[end] !== NEWLINE || body.compare(lastActionBytes, 0, lastActionBytes.length, at, end) !== 0) return false;
    at = end + 1;
    lineNumber++;
    return true;
  };
  const nextLine = (): Buffer | undefined => {
    if (at >= body.length) return undefined;
    let end = body.indexOf(NEWLINE, at);
    if (end === -1) end = body.length;
    let stop = end;
    if (stop > at && body[stop - 1] === 13) stop--;
    const line = body.subarray(at, stop);
    at = end + 1;
    lineNumber++;
    return line;
  };

  for (;;) {
    let line = lastActionBytes;
    let action = lastAction;
    if (!line || !action || !sameAction()) {
      line = nextLine();
      if (line === undefined) break;
      if (isBlank(line)) continue;
      const parsed = parseAction(line, defaultIndex);
      if (typeof parsed === 'string')
        throw new MalformedBulk(`Malformed action/metadata line [${lineNumber}]: ${parsed}`, everyLine(body, parsed));
      action = parsed;
      lastAction = parsed;
      lastActionBytes = line;
      stored = { ...parsed, status: 201 };
    }
    const told = action;
    const push = (status: number, error?: BulkItem['error']): void => {
      items.push({ ...told, status, ...(error ? { error } : {}) });
    };
    if (action.action === 'delete') {
      push(400, { type: 'illegal_argument_exception', reason: 'Events are append-only: delete is not supported.' });
      continue;
    }
    const source = nextLine();
    if (source === undefined) {
      push(400, {
        type: 'document_parsing_exception',
        reason: `Line [${lineNumber + 1}] is missing: the action has no source.`,
      });
      dead.push({ reason: 'malformed_json', detail: 'The action line has no source line.', raw: line });
      continue;
    }
    if (action.action === 'update') {
      push(400, { type: 'illegal_argument_exception', reason: 'Events are append-only: update is not supported.' });
      dead.push({ reason: 'unsupported_action', detail: `Line ${lineNumber}: update is not supported.`, raw: source });
      continue;
    }
    if (source.length > limits.maxLineBytes) {
      const detail = `Line ${lineNumber} has ${source.length} bytes; the limit is ${limits.maxLineBytes}.`;
      push(413, { type: 'content_too_long_exception', reason: detail });
      dead.push({ reason: 'line_too_long', detail, raw: source.subarray(0, KEEP_BYTES) });
      continue;
    }
    const problem = checkObject(source);
    if (problem !== null) {
      const detail = `Line ${lineNumber}: ${problem}`;
      push(400, { type: 'document_parsing_exception', reason: detail });
      dead.push({ reason: 'malformed_json', detail, raw: source });
      continue;
    }
    let documents = groups.get(action.index);
    if (!documents) {
      documents = [];
      groups.set(action.index, documents);
    }
    documents.push(asUtf8(source));
    accepted++;
    if (stored) items.push(stored);
  }
  return { items, groups, dead, accepted };
}

/** Null when the line is one JSON object, otherwise what is wrong with it. */
export function checkObject(line: Buffer): string | null {
  if (isJsonObject(line)) return null;
  try {
    const value: unknown = JSON.parse(line.toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return null;
    return `the source must be a JSON object, not ${value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`}.`;
  } catch (error) {
    return error instanceof Error ? shorten(error.message) : 'not JSON.';
  }
}

function shorten(message: string): string {
  return message.length > 200 ? `${message.slice(0, 200)}…` : message;
}

function isBlank(line: Buffer): boolean {
  for (let i = 0; i < line.length; i++) if (line[i] !== 32 && line[i] !== 9) return false;
  return true;
}

function parseAction(line: Buffer, defaultIndex: string): Action | string {
  let value: unknown;
  try {
    value = JSON.parse(line.toString('utf8'));
  } catch (error) {
    return `it is not JSON (${error instanceof Error ? shorten(error.message) : 'unreadable'})`;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'it must be a JSON object';
  const keys = Object.keys(value);
  const name = keys[0];
  if (keys.length !== 1 || name === undefined) return 'it must hold exactly one action';
  if (!ACTIONS.has(name)) return `unknown action [${name.slice(0, 40)}], expected create, index, update or delete`;
  const meta = (value as Record<string, unknown>)[name];
  const fields = typeof meta === 'object' && meta !== null ? (meta as Record<string, unknown>) : {};
  const index = typeof fields._index === 'string' && fields._index !== '' ? fields._index : defaultIndex;
  const id = typeof fields._id === 'string' ? fields._id : null;
  return { action: name as BulkAction, index: index.slice(0, 255), id };
}

function everyLine(body: Buffer, why: string): DeadLine[] {
  const dead: DeadLine[] = [];
  let at = 0;
  for (let number = 1; at < body.length; number++) {
    let end = body.indexOf(NEWLINE, at);
    if (end === -1) end = body.length;
    const line = body.subarray(at, end);
    if (!isBlank(line))
      dead.push({
        reason: 'malformed_request',
        detail: `The whole request was refused: ${why}. This was line ${number}.`,
        raw: line.subarray(0, KEEP_BYTES),
      });
    at = end + 1;
  }
  return dead;
}
