import type { KNode } from '../kusto-api.ts';

/** A problem found while planning, with the place it belongs to. Caught by `compile`, never seen by a caller. */
export class PlanError extends Error {
  readonly node: { readonly TextStart: number; readonly Width: number };
  readonly code: string;
  readonly suggestion: string | undefined;

  constructor(node: KNode, code: string, message: string, suggestion?: string) {
    super(message);
    this.node = node;
    this.code = code;
    this.suggestion = suggestion;
  }
}

/** Deepest nesting of calls; of expressions eight times that. */
export const MAX_DEPTH = 60;
