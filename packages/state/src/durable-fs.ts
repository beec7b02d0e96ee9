import { closeSync, fsyncSync, openSync } from 'node:fs';
import { type PGlite, PGlite as PGliteClass } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';

/**
 * PGlite runs with fsync off and its file system has no fsync at all, so a power cut could lose committed rows or tear
 * a page. This file system forwards fsync to the host; with {@link durableStartParams} a commit returns only after its
 * log record is on disk.
 */
export class DurableNodeFS extends NodeFS {
  override async init(pg: PGlite, options: EmscriptenOptions): Promise<{ emscriptenOpts: EmscriptenOptions }> {
    const { emscriptenOpts } = await super.init(pg, options);
    return {
      emscriptenOpts: {
        ...emscriptenOpts,
        preRun: [
          ...(emscriptenOpts.preRun ?? []),
          (module) => {
            const { NODEFS } = module as unknown as { NODEFS: NodeFileSystem };
            NODEFS.stream_ops.fsync = (stream) => {
              // Folders have no descriptor of their own here; a renamed file is durable once its folder is.
              if (stream.nfd === undefined) syncPath(NODEFS.realPath(stream.node));
              else fsyncSync(stream.nfd);
              return 0;
            };
          },
        ],
      },
    };
  }
}

type EmscriptenOptions = Parameters<NodeFS['init']>[1];

interface NodeFileSystem {
  realPath(node: unknown): string;
  readonly stream_ops: { fsync?: (stream: { readonly nfd?: number; readonly node: unknown }) => number };
}

function syncPath(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Start parameters for any place: memory fit for a small database (PGlite reserves 128 MB). */
export const startParams: string[] = [...PGliteClass.defaultStartParams, '-c', 'shared_buffers=32MB'];

/**
 * The same with fsync left on. The log is flushed with `fsync` because the C library of the WASM build turns `fdatasync`
 * into nothing.
 */
export const durableStartParams: string[] = [
  ...startParams.filter((parameter) => parameter !== '-F'),
  '-c',
  'wal_sync_method=fsync',
  '-c',
  'max_wal_size=256MB',
];
