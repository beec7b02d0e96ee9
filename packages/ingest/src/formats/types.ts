/** One event on its way to the server. */
export interface FileDocument {
  /** `archive.zip!entry.json`, or the file itself. */
  readonly source: string;
  /** Line in that source, from 1; the element number in an array. */
  readonly line: number;
  readonly bytes: Buffer;
}

/** Something in a file that cannot be sent. */
export interface FileProblem {
  readonly source: string;
  readonly line: number;
  readonly problem: string;
}

export type Found = { readonly document: FileDocument } | FileProblem;
