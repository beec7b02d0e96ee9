import { Writable } from 'node:stream';
import { type Logger, pino } from 'pino';
import type { Config } from './config.ts';

const LEVELS: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'WARN',
  50: 'ERROR',
  60: 'FATAL',
};

/** One readable line per record for people at a terminal; a collector gets the JSON itself. */
function prettyStream(out: NodeJS.WritableStream): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      for (const line of chunk.toString('utf8').split('\n')) {
        if (!line) continue;
        try {
          const {
            level,
            time,
            msg,
            err,
            pid: _pid,
            hostname: _hostname,
            ...rest
          } = JSON.parse(line) as Record<string, unknown>;
          const clock = new Date(Number(time)).toISOString().slice(11, 19);
          const label = level === 30 ? '' : ` ${LEVELS[Number(level)] ?? level}`;
          const failure = err as { message?: string; stack?: string } | undefined;
          const fields = Object.keys(rest).length > 0 && level !== 30 ? ` ${JSON.stringify(rest)}` : '';
          out.write(
            `${clock}${label} ${msg ?? ''}${fields}${failure ? `\n  ${failure.stack ?? failure.message}` : ''}\n`,
          );
        } catch {
          out.write(`${line}\n`);
        }
      }
      done();
    },
  });
}

/**
 * The process's logger. Secrets never reach it: authorization headers, cookies and tokens are cut out here as a
 * second line of defence.
 */
export function createLog(
  config: Pick<Config, 'logLevel' | 'logFormat'>,
  out: NodeJS.WritableStream = process.stdout,
): Logger {
  return pino(
    {
      level: config.logLevel,
      redact: {
        paths: ['req.headers.authorization', 'req.headers.cookie', '*.password', '*.token', '*.secret', '*.encoded'],
        censor: '[redacted]',
      },
    },
    config.logFormat === 'json' ? (out as NodeJS.WritableStream & { write(text: string): boolean }) : prettyStream(out),
  );
}
