/** Finds the routes of the rooms in their source and reads from their handlers what they answer. */
import { dirname, relative } from 'node:path';
import ts from 'typescript-api';
import { type Schema, SchemaMaker } from './json-schema.ts';

export interface RouteAnswer {
  /** From the comment above the route; made from method and path when there is none. */
  readonly summary?: string;
  /** Source file from the top of the project. */
  readonly file: string;
  readonly status: number;
  /** Absent: no body, or one that is not JSON. */
  readonly answer?: Schema;
}

export interface RouteAnswers {
  /** `GET /api/incidents/:id` → what it answers. */
  readonly routes: Readonly<Record<string, RouteAnswer>>;
  readonly components: Readonly<Record<string, Schema>>;
}

const METHODS = new Set(['get', 'post', 'put', 'patch', 'delete']);

/**
 * @param root folder of the project
 * @throws Error when the project's configuration cannot be read
 */
export function readRoutes(root: string): RouteAnswers {
  const configFile = ts.findConfigFile(root, ts.sys.fileExists, 'tsconfig.json');
  if (!configFile) throw new Error(`There is no tsconfig.json in ${root}.`);
  const config = ts.getParsedCommandLineOfConfigFile(
    configFile,
    {},
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => {} },
  );
  if (!config) throw new Error('tsconfig.json cannot be read.');
  const files = config.fileNames.filter((file) => /\/(packages\/[^/]+|apps\/server)\/src\//.test(file));
  const program = ts.createProgram(files, { ...config.options, noEmit: true });
  const checker = program.getTypeChecker();
  const maker = new SchemaMaker(checker);
  const routes: Record<string, RouteAnswer> = {};
  for (const source of program.getSourceFiles()) {
    if (source.isDeclarationFile || source.fileName.includes('/node_modules/')) continue;
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && isRoute(checker, node)) {
        const method = (node.expression as ts.PropertyAccessExpression).name.text.toUpperCase();
        const handler = node.arguments.at(-1)!;
        const found = answerOf(checker, maker, handler);
        for (const path of pathsOf(checker, node.arguments[0]!)) {
          const summary = summaryOf(node, source);
          routes[`${method} ${path}`] = {
            ...(summary ? { summary } : {}),
            file: relative(root, source.fileName),
            ...found,
          };
        }
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  const sorted = <T>(record: Record<string, T>): Record<string, T> =>
    Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { routes: sorted(routes), components: sorted(maker.components) };
}

/** The folder of a route's room, which groups it in the description: `packages/incidents/src/…` → `incidents`. */
export function roomOf(file: string): string {
  const parts = dirname(file).split('/');
  return parts[0] === 'packages' ? parts[1]! : (parts[3] ?? 'server');
}

function isRoute(checker: ts.TypeChecker, call: ts.CallExpression): boolean {
  const { expression } = call;
  if (!ts.isPropertyAccessExpression(expression) || !METHODS.has(expression.name.text) || call.arguments.length < 2)
    return false;
  return checker.getTypeAtLocation(expression.expression).getSymbol()?.name === 'FastifyInstance';
}

/** Every path the first argument can be: a route made in a loop has one for each value. */
function pathsOf(checker: ts.TypeChecker, node: ts.Expression): string[] {
  if (ts.isTemplateExpression(node)) {
    let texts = [node.head.text];
    for (const span of node.templateSpans) {
      const values = literalsOf(checker.getTypeAtLocation(span.expression));
      texts = texts.flatMap((text) => values.map((value) => text + value + span.literal.text));
    }
    return texts.filter((text) => text.startsWith('/'));
  }
  return literalsOf(checker.getTypeAtLocation(node)).filter((text) => text.startsWith('/'));
}

function literalsOf(type: ts.Type): string[] {
  const parts = type.isUnion() ? type.types : [type];
  return parts.flatMap((part) => (part.isStringLiteral() ? [part.value] : []));
}

function answerOf(
  checker: ts.TypeChecker,
  maker: SchemaMaker,
  handler: ts.Expression,
): Pick<RouteAnswer, 'status' | 'answer'> {
  const sent: ts.Type[] = [];
  let status = 200;
  let stream = false;
  const body = ts.isArrowFunction(handler) || ts.isFunctionExpression(handler) ? handler.body : undefined;
  if (body) {
    const visit = (node: ts.Node): void => {
      if (ts.isFunctionLike(node)) return;
      if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
        const name = node.expression.name.text;
        const receiver = checker.getTypeAtLocation(node.expression.expression).getSymbol()?.name;
        if (receiver === 'FastifyReply' && (name === 'code' || name === 'status')) {
          const [code] = node.arguments;
          const value = code && checker.getTypeAtLocation(code);
          if (value?.isNumberLiteral() && value.value < 300) status = value.value;
        }
        if (receiver === 'FastifyReply' && name === 'send' && node.arguments[0])
          sent.push(checker.getTypeAtLocation(node.arguments[0]));
        if (receiver === 'FastifyReply' && name === 'hijack') stream = true;
      }
      ts.forEachChild(node, visit);
    };
    visit(body);
  }
  if (stream) return { status };
  const signature = checker.getSignaturesOfType(checker.getTypeAtLocation(handler), ts.SignatureKind.Call)[0];
  const returned = signature && checker.getAwaitedType(checker.getReturnTypeOfSignature(signature));
  const types = [
    ...sent,
    ...(returned ? (returned.isUnion() && !returned.aliasSymbol ? returned.types : [returned]) : []),
  ].filter(
    (type) =>
      !(type.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Void | ts.TypeFlags.Never)) &&
      // A handler that answers through `send` returns the reply, which says nothing of the body.
      !(
        sent.length > 0 &&
        (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown) || type.getSymbol()?.name === 'FastifyReply')
      ) &&
      type.getSymbol()?.name !== 'FastifyReply',
  );
  const binary = types.some((type) =>
    ['Buffer', 'Readable', 'ReadStream', 'Uint8Array'].includes(type.getSymbol()?.name ?? ''),
  );
  if (types.length === 0 || binary || status === 204) return { status };
  // A union that the handler's type had as one is kept as one, so that its name survives.
  if (returned && sent.length === 0 && types.length > 1) return { status, answer: maker.schema(returned) };
  const schemas = [...new Map(types.map((type) => maker.schema(type)).map((s) => [JSON.stringify(s), s])).values()];
  return { status, answer: schemas.length === 1 ? schemas[0]! : { anyOf: schemas } };
}

/** The comment above the statement that adds the route. */
function summaryOf(call: ts.CallExpression, source: ts.SourceFile): string | undefined {
  let statement: ts.Node = call;
  while (statement.parent && !ts.isExpressionStatement(statement)) statement = statement.parent;
  const comments = ts.getLeadingCommentRanges(source.text, statement.getFullStart()) ?? [];
  const last = comments.at(-1);
  if (!last) return undefined;
  const text = source.text
    .slice(last.pos, last.end)
    .replace(/^\/\*\*?|\*\/$|^\/\//g, '')
    .replace(/^\s*\*/gm, '')
    .replace(/\s+/g, ' ')
    .trim();
  return text.startsWith('biome-') ? undefined : text;
}
