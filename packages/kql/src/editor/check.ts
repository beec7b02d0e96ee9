/** What an editor underlines: the compiler's own findings, for every query of a text. */
import { located } from '../bind/bind.ts';
import { type QueryPart, splitQueries } from '../bind/split.ts';
import { compilePlain, type PlainOptions } from '../plain.ts';
import type { CompileResult, KqlDiagnostic, KqlSchema } from '../types.ts';

export interface CheckedText {
  /** The queries of the text, as Run takes them. */
  readonly parts: readonly QueryPart[];
  /** Errors and warnings of all of them, with places in the whole text. */
  readonly diagnostics: readonly KqlDiagnostic[];
}

/** More findings than a person reads. */
const MOST = 200;

const findings = (result: CompileResult): readonly KqlDiagnostic[] => {
  if (result.ok) return result.warnings;
  // Its columns depend on data: what can be said without running anything has been said.
  return result.probe ? [] : result.errors;
};

/** Checks every query of a text by compiling it; nothing is run. */
export function checkText(text: string, schema: KqlSchema, options: PlainOptions): CheckedText {
  const parts = splitQueries(text);
  const diagnostics = parts.flatMap((part) => {
    const query = text.slice(part.start, part.start + part.length);
    return findings(compilePlain(query, schema, options)).map((d) =>
      located(text, { start: d.start + part.start, length: d.length }, d),
    );
  });
  return { parts, diagnostics: diagnostics.slice(0, MOST) };
}
