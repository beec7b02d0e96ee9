/** One event on its way to the server. */
export interface FileDocument {
  /** `archive.zip!entry.json`, or the file itself. */
  readonly source: string;
  /** Line in that source, from 1; the element number in an array. */
  readonly line: number;
  /** One JSON value. Readers that make it themselves give an object; a line of a JSON file is as it stood there. */
  readonly bytes: Buffer;
}

/** Something in a file that cannot be sent. */
export interface FileProblem {
  readonly source: string;
  readonly line: number;
  readonly problem: string;
  /** The beginning of what could not be used, when there is something to show. */
  readonly text?: Buffer;
}

export type Found = { readonly document: FileDocument } | FileProblem;

/** An event of this size is not taken, neither from a file nor over `_bulk`. */
export const DOCUMENT_LIMIT = 10 * 2 ** 20;
/** What is kept of something too large. */
export const KEPT_OF_PROBLEM = 65_536;
