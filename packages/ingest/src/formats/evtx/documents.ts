import type { Readable } from 'node:stream';
import type { Found } from '../types.ts';
import { readEvtx } from './reader.ts';

/** The records of an EVTX file as events. `line` is the position of the record in the file, from 1. */
export async function* evtxDocuments(source: string, stream: Readable): AsyncGenerator<Found> {
  let line = 0;
  for await (const item of readEvtx(stream)) {
    if ('problem' in item) yield { source, line: line + 1, problem: `${item.place}: ${item.problem}` };
    else yield { document: { source, line: ++line, bytes: Buffer.from(JSON.stringify(item.value)) } };
  }
}
