import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { ConnectorProblem } from '../types.ts';
import { type ConnectorPart, includedNames, mergeParts, PartError } from './include.ts';

/** KQL text of a file and the line its first line stands on. */
export interface Snippet {
  readonly text: string;
  readonly line: number;
  /** The part of the connector it stands in; its own file when there is none. */
  readonly file?: string;
}

export interface ConnectorOutput {
  readonly table: string;
  /** Prepared dynamic column with an array: the output gives one row for each element, which is the column `Item`. */
  readonly explode: string | null;
  readonly when: Snippet;
  readonly transform: Snippet;
  /** Columns the transform does not give are read by their names from the connector's bag. */
  readonly fill: boolean;
}

/** Records that are rows of a table already: their columns are taken by name from the connector's bag. */
export interface PassthroughRule {
  /** Prepared string column that names the table; empty where the record is none. */
  readonly table: string;
  /** Where that is empty, tell the hunting table by the names of the columns. */
  readonly infer: boolean;
}

/** A sender whose clock text is wrong by a constant: estimate the constant from records that carry a true time too. */
export interface ClockRule {
  readonly when: Snippet;
  /** Prepared string column with the wrong time. */
  readonly exported: string;
  /** Prepared string column with the true time, empty where the record has none. */
  readonly trusted: string;
  /** Prepared bool column: the pair of both times may be used as evidence. */
  readonly evidence: string;
  /** Prepared string column naming the machine. */
  readonly host: string;
}

/**
 * Several records that are one event: lines of one audit event, parts of a long script. Records of one source whose key
 * is equal and not empty are put together before `prepare`; a record with an empty key stands alone.
 */
export interface AssembleRule {
  readonly key: Snippet;
  /** Number by which the records are sorted; in the order of their arrival when there is none. */
  readonly order: Snippet | null;
  /** Text of a record; the texts of all, joined by the separator, are the column `PartText`. */
  readonly text: Snippet | null;
  readonly separator: string;
  /** True for the record that ends the event. */
  readonly complete: Snippet | null;
  /** How many records the event has, when they tell. */
  readonly count: Snippet | null;
  /** Seconds an unfinished event waits for its other records, from the arrival of the first. */
  readonly waitSeconds: number;
}

export interface ConnectorSample {
  readonly name: string;
  readonly line: number;
  readonly index: string;
  /** The first of {@link events}. */
  readonly event: Record<string, unknown>;
  /** Records of the sample, in the order in which they arrive; more than one where the connector assembles. */
  readonly events: readonly Record<string, unknown>[];
  /** Expected rows by table; a row lists the columns that matter. A table that is not named must get no row. */
  readonly rows: Readonly<Record<string, readonly Record<string, unknown>[]>>;
}

export interface ConnectorDefinition {
  readonly file: string;
  readonly id: string;
  readonly title: string;
  readonly vendor: string;
  readonly description: string;
  readonly docs: string;
  readonly match: Snippet;
  /** Asked only after every connector that is no fallback: for formats that others build on. */
  readonly fallback: boolean;
  /** Dotted path of an array in the record, or several with `|`, the first that is one: each element is an event. */
  readonly explode: string | null;
  readonly assemble: AssembleRule | null;
  readonly prepare: Snippet;
  /** Prepared dynamic column whose fields transforms read as `tostring(<bag>.Field)`; they are extracted together. */
  readonly bag: string | null;
  /** Prepared string or datetime column with the event's time. */
  readonly time: string;
  /** Prepared string column that says what is odd about a record whose rows are kept all the same; empty: nothing. */
  readonly warning: string | null;
  readonly clock: ClockRule | null;
  readonly passthrough: PassthroughRule | null;
  readonly outputs: readonly ConnectorOutput[];
  readonly samples: readonly ConnectorSample[];
  readonly setup: readonly { readonly title: string; readonly language: string; readonly text: string }[];
}

/** The paths of an `explode`, each as its keys. */
export function explodePaths(text: string): string[][] {
  return text.split('|').map((path) => path.trim().split('.'));
}

/** A connector file that cannot be used, with the place. */
export class ConnectorError extends Error {
  constructor(
    readonly file: string,
    readonly line: number,
    readonly problem: string,
  ) {
    super(`${file}:${line}: ${problem}`);
  }

  toProblem(): ConnectorProblem {
    return { file: this.file, line: this.line, message: this.problem };
  }
}

/** Relative paths of all connector files under a folder (`<vendor>/<source>.yaml`), sorted. */
export async function listConnectorFiles(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /^[^_].*\.ya?ml$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
    .sort();
}

/** Text of a connector file and of the parts it includes. @throws ConnectorError with file and line */
export async function readConnector(
  dir: string,
  file: string,
): Promise<{ readonly text: string; readonly parts: readonly ConnectorPart[] }> {
  const text = await readFile(join(dir, file), 'utf8');
  const parts: ConnectorPart[] = [];
  for (const name of includedNames(text)) {
    const part = join(dirname(file), name);
    if (!/^(?:\.\.\/)?_[\w.-]+\.ya?ml$/.test(name))
      throw new ConnectorError(
        file,
        1,
        `"include" names files beside the connector, or one folder up, that start with _, not ${name}`,
      );
    try {
      parts.push({ file: part, text: await readFile(join(dir, part), 'utf8') });
    } catch {
      throw new ConnectorError(file, 1, `the included file ${part} cannot be read`);
    }
  }
  return { text, parts };
}

/** Parts by these names, from whatever folder of the release has them: a connector written here may share them. */
export async function findParts(dir: string, text: string): Promise<ConnectorPart[]> {
  const names = includedNames(text);
  if (names.length === 0) return [];
  const entries = (await readdir(dir, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const parts: ConnectorPart[] = [];
  for (const name of names) {
    const entry = /^_[\w.-]+\.ya?ml$/.test(name) ? entries.find((one) => one.name === name) : undefined;
    if (!entry) throw new ConnectorError('connector.yaml', 1, `there is no part ${name} to include`);
    const path = join(entry.parentPath, entry.name);
    parts.push({ file: path.slice(dir.length + 1), text: await readFile(path, 'utf8') });
  }
  return parts;
}

const KNOWN = new Set([
  'id',
  'title',
  'vendor',
  'description',
  'docs',
  'include',
  'match',
  'fallback',
  'explode',
  'assemble',
  'prepare',
  'bag',
  'time',
  'warning',
  'clock',
  'fragments',
  'passthrough',
  'outputs',
  'samples',
  'setup',
]);

const ASSEMBLE_KEYS = new Set(['key', 'order', 'text', 'separator', 'complete', 'count', 'waitSeconds']);
const WAIT_SECONDS = 2;
/** Records that wait are kept outside the tables until then. */
const MAX_WAIT_SECONDS = 300;

function separatorOf(map: unknown): string {
  const value = isMap(map) ? map.get('separator') : undefined;
  return typeof value === 'string' ? value : '\n';
}

function secondsOf(map: unknown, fail: (node: unknown) => never): number {
  const node = isMap(map) ? map.get('waitSeconds', true) : undefined;
  if (node === undefined) return WAIT_SECONDS;
  const value = isScalar(node) ? Number(node.value) : Number.NaN;
  return value >= 0 && value <= MAX_WAIT_SECONDS ? value : fail(node);
}

/**
 * Parse one connector file.
 * @throws ConnectorError with file and line
 */
export function parseConnector(text: string, file: string, parts: readonly ConnectorPart[] = []): ConnectorDefinition {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter });
  let origins: ReturnType<typeof mergeParts> = new WeakMap();
  const originOf = (node: unknown) => (typeof node === 'object' && node !== null ? origins.get(node) : undefined);
  const lineOf = (node: unknown): number => {
    const origin = originOf(node);
    if (origin) return origin.lineOf(node as Node);
    const range = (node as Node | null)?.range;
    return range ? counter.linePos(range[0]).line : 1;
  };
  const broken = document.errors[0];
  if (broken)
    throw new ConnectorError(
      file,
      counter.linePos(broken.pos[0]).line,
      `not valid YAML: ${broken.message.split('\n')[0]}`,
    );
  const root = document.contents;
  if (!isMap(root)) throw new ConnectorError(file, 1, 'a connector file is a YAML map');
  const fail = (node: unknown, problem: string): never => {
    throw new ConnectorError(originOf(node)?.file ?? file, lineOf(node), problem);
  };
  try {
    origins = mergeParts(root, parts);
  } catch (error) {
    if (error instanceof PartError) throw new ConnectorError(error.file, error.line, error.problem);
    throw error;
  }
  for (const pair of root.items) {
    const key = isScalar(pair.key) ? String(pair.key.value) : '';
    if (!KNOWN.has(key)) fail(pair.key, `unknown key "${key}"; known are ${[...KNOWN].join(', ')}`);
  }
  const scalar = (map: unknown, key: string, required: boolean): string => {
    const node = isMap(map) ? map.get(key, true) : undefined;
    if (node === undefined) return required ? fail(map, `"${key}" is missing`) : '';
    // `when: true` is text to us.
    if (isScalar(node) && typeof node.value === 'boolean') return String(node.value);
    if (!isScalar(node) || typeof node.value !== 'string' || (required && node.value.trim() === ''))
      return fail(node, `"${key}" must be text`);
    return node.value;
  };
  const fragments = new Map<string, string>();
  const fragmentNode = root.get('fragments', true);
  if (isMap(fragmentNode))
    for (const pair of fragmentNode.items)
      if (isScalar(pair.key) && isScalar(pair.value)) fragments.set(String(pair.key.value), String(pair.value.value));
  const snippet = (map: unknown, key: string, required: boolean): Snippet => {
    const raw = scalar(map, key, required);
    const node = isMap(map) ? map.get(key, true) : undefined;
    // The text of a block scalar starts on the line after its `|`.
    const block = isScalar(node) && (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED');
    const origin = originOf(node);
    return {
      ...(origin ? { file: origin.file } : {}),
      text: expand(raw, fragments, (name) => fail(node, `unknown fragment {{${name}}}`)),
      line: lineOf(node) + (block ? 1 : 0),
    };
  };

  const id = scalar(root, 'id', true);
  if (!/^[a-z][a-z0-9-]{1,60}$/.test(id))
    fail(root.get('id', true), 'the id must be lower case letters, digits and dashes');
  const flag = (map: unknown, key: string): boolean => {
    const text = scalar(map, key, false);
    if (!['', 'true', 'false'].includes(text)) fail(isMap(map) ? map.get(key, true) : map, `"${key}" is true or false`);
    return text === 'true';
  };
  const passthroughNode = root.get('passthrough', true);
  const passthrough = isMap(passthroughNode)
    ? { table: scalar(passthroughNode, 'table', true), infer: flag(passthroughNode, 'infer') }
    : null;
  if (passthrough && !isScalar(root.get('bag', true)))
    fail(passthroughNode, '"passthrough" needs a "bag" to read from');
  const outputsNode = root.get('outputs', true);
  if (!passthrough && (!isSeq(outputsNode) || outputsNode.items.length === 0))
    return fail(outputsNode ?? root, '"outputs" must list at least one table');
  const outputs = (isSeq(outputsNode) ? outputsNode.items : []).map((node) => {
    const output = {
      table: scalar(node, 'table', true),
      explode: scalar(node, 'explode', false) || null,
      when: snippet(node, 'when', true),
      transform: snippet(node, 'transform', true),
      fill: flag(node, 'fill'),
    };
    if (output.fill && !isScalar(root.get('bag', true))) fail(node, '"fill" needs a "bag" to read from');
    return output;
  });
  const clockNode = root.get('clock', true);
  const clock = isMap(clockNode)
    ? {
        when: snippet(clockNode, 'when', true),
        exported: scalar(clockNode, 'exported', true),
        trusted: scalar(clockNode, 'trusted', true),
        evidence: scalar(clockNode, 'evidence', true),
        host: scalar(clockNode, 'host', true),
      }
    : null;
  const assembleNode = root.get('assemble', true);
  const optional = (map: unknown, key: string): Snippet | null =>
    isMap(map) && map.has(key) ? snippet(map, key, true) : null;
  const assemble = isMap(assembleNode)
    ? {
        key: snippet(assembleNode, 'key', true),
        order: optional(assembleNode, 'order'),
        text: optional(assembleNode, 'text'),
        separator: separatorOf(assembleNode),
        complete: optional(assembleNode, 'complete'),
        count: optional(assembleNode, 'count'),
        waitSeconds: secondsOf(assembleNode, (node) =>
          fail(node, `"waitSeconds" must be a number from 0 to ${MAX_WAIT_SECONDS}`),
        ),
      }
    : null;
  if (isMap(assembleNode)) {
    for (const pair of assembleNode.items)
      if (!ASSEMBLE_KEYS.has(isScalar(pair.key) ? String(pair.key.value) : ''))
        fail(pair.key, `"assemble" knows ${[...ASSEMBLE_KEYS].join(', ')}`);
    if (root.has('explode')) fail(assembleNode, '"assemble" and "explode" cannot be used together');
  }
  const samplesNode = root.get('samples', true);
  if (!isSeq(samplesNode) || samplesNode.items.length === 0)
    return fail(samplesNode ?? root, '"samples" must hold at least one sample');
  const samples = samplesNode.items.map((node): ConnectorSample => {
    const plain = (isMap(node) ? node.toJS(document) : {}) as Record<string, unknown>;
    const given = Array.isArray(plain.events) ? (plain.events as unknown[]) : [plain.event];
    const events = given.map((value): Record<string, unknown> => {
      const event =
        typeof value === 'string' ? parseEvent(value, () => fail(node, 'the event of a sample must be JSON')) : value;
      if (typeof event !== 'object' || event === null)
        return fail(node, 'a sample needs an event, or a list of events');
      return event as Record<string, unknown>;
    });
    return {
      name: scalar(node, 'name', true),
      line: lineOf(node),
      index: typeof plain.index === 'string' ? plain.index : '',
      event: events[0] ?? {},
      events,
      rows: (plain.rows ?? {}) as ConnectorSample['rows'],
    };
  });
  const setupNode = root.get('setup', true);
  const setup = isSeq(setupNode)
    ? setupNode.items.map((node) => ({
        title: scalar(node, 'title', true),
        language: scalar(node, 'language', false) || 'text',
        text: scalar(node, 'text', true),
      }))
    : [];
  return {
    file,
    id,
    title: scalar(root, 'title', true),
    vendor: scalar(root, 'vendor', true),
    description: scalar(root, 'description', true).trim(),
    docs: scalar(root, 'docs', false),
    match: snippet(root, 'match', true),
    fallback: scalar(root, 'fallback', false) === 'true',
    explode: scalar(root, 'explode', false) || null,
    assemble,
    prepare: snippet(root, 'prepare', false),
    bag: scalar(root, 'bag', false) || null,
    time: scalar(root, 'time', true),
    warning: scalar(root, 'warning', false) || null,
    clock,
    passthrough,
    outputs,
    samples,
    setup,
  };
}

/** Put fragments in place of `{{name}}`; their lines are joined so that line numbers of errors stay true. */
function expand(text: string, fragments: ReadonlyMap<string, string>, unknown: (name: string) => never): string {
  let out = text;
  for (let depth = 0; depth < 5 && out.includes('{{'); depth++)
    out = out.replace(/\{\{([\w-]+)\}\}/g, (_all, name: string) => {
      const fragment = fragments.get(name);
      if (fragment === undefined) return unknown(name);
      // On one line a comment would swallow what follows it.
      return fragment
        .replace(/^\s*\/\/.*$/gm, '')
        .trim()
        .replace(/\s*\n\s*/g, ' ');
    });
  return out;
}

function parseEvent(text: string, fail: () => never): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return fail();
  }
}
