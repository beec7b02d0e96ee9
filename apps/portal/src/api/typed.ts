/** Which operation a path belongs to, decided by the type checker: `/api/alerts/${id}` is `GET /api/alerts/:id`. */
import type { Operations } from './operations.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

type Segments<Path extends string> = Path extends `${infer First}/${infer Rest}` ? [First, ...Segments<Rest>] : [Path];
type Fits<Given extends readonly string[], Wanted extends readonly string[]> = Wanted extends [
  infer W extends string,
  ...infer MoreWanted extends string[],
]
  ? Given extends [infer G extends string, ...infer MoreGiven extends string[]]
    ? W extends `:${string}`
      ? Fits<MoreGiven, MoreWanted>
      : G extends W
        ? Fits<MoreGiven, MoreWanted>
        : false
    : false
  : Given extends []
    ? true
    : false;

/** Name of the operation; `never` when there is none. A written segment goes before a parameter. */
export type OperationOf<M extends Method, Path extends string> = string extends Path
  ? never
  : `${M} ${Path}` extends keyof Operations
    ? `${M} ${Path}`
    : {
        [K in keyof Operations]: K extends `${M} ${infer Wanted}`
          ? Fits<Segments<Path>, Segments<Wanted>> extends true
            ? K
            : never
          : never;
      }[keyof Operations];

/** The path itself when there is such an operation; otherwise a type that no path has. */
export type Known<M extends Method, Path extends string> = [OperationOf<M, Path>] extends [never] ? never : Path;
export type AnswerOf<M extends Method, Path extends string> = Operations[OperationOf<M, Path>]['answer'];
export type BodyOf<M extends Method, Path extends string> = Operations[OperationOf<M, Path>]['body'];
/** Names are checked; values may be lists, which the client writes as one text. */
export type QueryOf<M extends Method, Path extends string> = {
  readonly [Name in keyof Operations[OperationOf<M, Path>]['query']]?: unknown;
};
