import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ParapetError } from '@parapet/schema';

export interface IngestArgs {
  readonly paths: readonly string[];
  readonly url: string;
  readonly key: string;
  readonly index: string;
  readonly restart: boolean;
  readonly stateFile: string;
  readonly rejectsFile: string | null;
  readonly help: boolean;
}

export const USAGE = `parapet ingest <file or folder…> [options]

Sends events to a running Parapet over its Elasticsearch-compatible endpoint. Reads JSON (a record a
line, arrays, delivery files, indented objects), CSV and other tables with a header, Zeek and W3C logs, EVTX, Windows
events in XML, lines of any text log; plain, gzip, zstd, zip, tar; folders with everything below them.

  --url <url>        server, default http://127.0.0.1:8080
  --key <key>        API key (or PARAPET_API_KEY)
  --index <name>     index name the events carry, default parapet-ingest
  --restart          send everything again instead of going on where an earlier run stopped
  --rejects <file>   write every rejected line with its reason to this file, as NDJSON
  --state <file>     where progress is remembered
  --help

Exit code: 0 everything was accepted, 1 some lines were rejected, 2 it could not finish.
`;

/** @throws ParapetError `bad_arguments` */
export function parseIngestArgs(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): IngestArgs {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(argv);
  } catch (error) {
    throw bad(error instanceof Error ? error.message : String(error));
  }
  const { values, positionals } = parsed;
  const url = (values.url ?? env.PARAPET_URL ?? 'http://127.0.0.1:8080').replace(/\/+$/, '');
  if (!/^https?:\/\//.test(url)) throw bad(`--url must start with http:// or https://, not "${url}".`);
  if (!values.help && positionals.length === 0) throw bad('Name at least one file or folder.');
  const stateDir = env.XDG_STATE_HOME ?? join(env.HOME ?? homedir(), '.local', 'state');
  return {
    paths: positionals.map((path) => resolve(path)),
    url,
    key: values.key ?? env.PARAPET_API_KEY ?? '',
    index: values.index ?? 'parapet-ingest',
    restart: values.restart ?? false,
    stateFile: values.state ? resolve(values.state) : join(stateDir, 'parapet', 'ingest.json'),
    rejectsFile: values.rejects ? resolve(values.rejects) : null,
    help: values.help ?? false,
  };
}

function parse(argv: readonly string[]) {
  return parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      url: { type: 'string' },
      key: { type: 'string' },
      index: { type: 'string' },
      state: { type: 'string' },
      rejects: { type: 'string' },
      restart: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
}

function bad(message: string): ParapetError {
  return new ParapetError('bad_arguments', 400, message, 'parapet ingest --help lists the options.');
}
