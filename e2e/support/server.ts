import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A real server of the built product on a free port and a fresh data folder. */
export interface TestServer {
  readonly url: string;
  readonly setupLink: string | null;
  readonly dataDir: string;
  /** Everything it printed. */
  output(): string;
  /** Ends it like Ctrl-C does; resolves with the exit code. */
  stop(): Promise<number | null>;
}

export async function startServer(
  options: { readonly dataDir?: string; readonly flags?: readonly string[] } = {},
): Promise<TestServer> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'parapet-e2e-'));
  const child: ChildProcess = spawn(
    process.execPath,
    [
      join(root, 'apps/server/dist/main.mjs'),
      '--port',
      '0',
      '--data',
      dataDir,
      '--log-format',
      'json',
      ...(options.flags ?? []),
    ],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const lines: string[] = [];
  let url = '';
  let setupLink: string | null = null;
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`The server did not start in 90 s:\n${lines.join('\n')}`)), 90_000);
    const take = (line: string): void => {
      lines.push(line);
      const link = /^\s*(https?:\/\/\S+\/setup\?token=\S+)/.exec(line);
      if (link?.[1]) setupLink = link[1];
      const ready = /"url":"(http[^"]+)"/.exec(line);
      if (ready?.[1] && line.includes('Ready in')) {
        url = ready[1];
        // The set-up link follows the ready line.
        setTimeout(() => {
          clearTimeout(timer);
          resolve();
        }, 200);
      }
    };
    if (child.stdout) createInterface({ input: child.stdout }).on('line', take);
    if (child.stderr) createInterface({ input: child.stderr }).on('line', take);
    void exited.then((code) => reject(new Error(`The server ended with ${code}:\n${lines.join('\n')}`)));
  });
  return {
    url,
    get setupLink() {
      return setupLink;
    },
    dataDir,
    output: () => lines.join('\n'),
    async stop() {
      child.kill('SIGINT');
      const code = await exited;
      if (!options.dataDir) rmSync(dataDir, { recursive: true, force: true });
      return code;
    },
  };
}
