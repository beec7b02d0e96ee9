import {
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  Pair,
  parseDocument,
  Scalar,
  visit,
  YAMLMap,
  YAMLSeq,
} from 'yaml';

/**
 * Parts of connector files: outputs and fragments that several connectors share, or that would make one file too long.
 * `include: [_part.yaml]` names files in the folder of the connector, `../_part.yaml` one that vendors share; their names start with an underscore, so that
 * they are not taken for connectors of their own.
 */

export interface ConnectorPart {
  /** Path from the connectors folder, for messages. */
  readonly file: string;
  readonly text: string;
}

/** Where a node was written. */
export interface Origin {
  readonly file: string;
  lineOf(node: Node): number;
}

/** Thrown with the place in the part. */
export class PartError extends Error {
  constructor(
    readonly file: string,
    readonly line: number,
    readonly problem: string,
  ) {
    super(problem);
  }
}

/** Names a connector file includes; empty when it cannot be read, which is reported where it is parsed. */
export function includedNames(text: string): string[] {
  if (!/^include\s*:/m.test(text)) return [];
  const root = parseDocument(text).contents;
  const list = isMap(root) ? root.get('include', true) : undefined;
  if (!isSeq(list)) return [];
  return list.items.flatMap((item) => (isScalar(item) && typeof item.value === 'string' ? [item.value] : []));
}

/**
 * Put the outputs and fragments of parts behind the ones of a connector.
 * @returns where the nodes of the parts were written
 * @throws PartError
 */
export function mergeParts(root: YAMLMap, parts: readonly ConnectorPart[]): WeakMap<object, Origin> {
  const origins = new WeakMap<object, Origin>();
  for (const part of parts) {
    const counter = new LineCounter();
    const document = parseDocument(part.text, { lineCounter: counter });
    const broken = document.errors[0];
    if (broken)
      throw new PartError(
        part.file,
        counter.linePos(broken.pos[0]).line,
        `not valid YAML: ${broken.message.split('\n')[0]}`,
      );
    const origin: Origin = {
      file: part.file,
      lineOf: (node) => (node.range ? counter.linePos(node.range[0]).line : 1),
    };
    visit(document, { Node: (_key, node) => void origins.set(node, origin) });
    const contents = document.contents;
    if (!isMap(contents)) throw new PartError(part.file, 1, 'a part of a connector is a YAML map');
    for (const pair of contents.items) {
      const key = isScalar(pair.key) ? String(pair.key.value) : '';
      const line = isScalar(pair.key) ? origin.lineOf(pair.key) : 1;
      if (key === 'outputs' && isSeq(pair.value)) into(root, 'outputs', () => new YAMLSeq()).push(...pair.value.items);
      else if (key === 'fragments' && isMap(pair.value))
        into(root, 'fragments', () => new YAMLMap()).push(...pair.value.items);
      else throw new PartError(part.file, line, 'a part holds "outputs" (a list) and "fragments" (a map) only');
    }
  }
  return origins;
}

/** The items of a list or map of the connector, made where it has none. */
function into(root: YAMLMap, key: string, make: () => YAMLSeq | YAMLMap): unknown[] {
  const known = root.get(key, true) as unknown;
  if (isSeq(known) || isMap(known)) return known.items as unknown[];
  const made = make();
  root.add(new Pair(new Scalar(key), made));
  return made.items as unknown[];
}
