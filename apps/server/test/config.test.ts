import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ParapetError } from '@parapet/schema';
import { describe, expect, it } from 'vitest';
import { loadConfig, SETTINGS } from '../src/config.ts';
import { lockDataDir } from '../src/lock.ts';

const folder = (): string => mkdtempSync(join(tmpdir(), 'parapet-config-'));

function failure(work: () => unknown): ParapetError {
  try {
    work();
  } catch (error) {
    if (error instanceof ParapetError) return error;
    throw error;
  }
  throw new Error('expected a failure');
}

describe('configuration', () => {
  it('lets a flag beat the environment, the environment the file, the file the default', () => {
    const cwd = folder();
    writeFileSync(join(cwd, 'parapet.yaml'), 'port: 1111\nlog-level: warn\ndata: here\n');
    const env = { PARAPET_PORT: '2222', PARAPET_LOG_LEVEL: 'debug' };
    expect(loadConfig(['--port', '3333'], env, cwd)).toMatchObject({
      port: 3333,
      logLevel: 'debug',
      dataDir: join(cwd, 'here'),
      host: '127.0.0.1',
    });
    expect(loadConfig([], env, cwd).port).toBe(2222);
    expect(loadConfig([], {}, cwd)).toMatchObject({ port: 1111, logLevel: 'warn' });
    expect(loadConfig([], {}, folder()).port).toBe(8080);
  });

  it('takes switches with and without a value in each place', () => {
    expect(loadConfig(['--sample'], {}, folder()).sample).toBe(true);
    expect(loadConfig([], { PARAPET_SAMPLE: '1' }, folder()).sample).toBe(true);
    expect(loadConfig([], { PARAPET_SAMPLE: 'off' }, folder()).sample).toBe(false);
  });

  it('names the setting and its origin when a value is wrong', () => {
    expect(failure(() => loadConfig([], { PARAPET_PORT: 'many' }, folder())).message).toContain('PARAPET_PORT');
    expect(failure(() => loadConfig(['--log-level', 'loud'], {}, folder())).message).toContain('loud');
    expect(failure(() => loadConfig(['--prot', '1'], {}, folder())).hint).toContain('--port');
    expect(failure(() => loadConfig(['--port', '70000'], {}, folder())).message).toContain('65535');
    expect(failure(() => loadConfig(['--config', 'nowhere.yaml'], {}, folder())).message).toContain('nowhere.yaml');
    const cwd = folder();
    writeFileSync(join(cwd, 'parapet.yaml'), 'prot: 1\n');
    expect(failure(() => loadConfig([], {}, cwd)).message).toContain('prot');
  });

  it('refuses plain HTTP beyond loopback unless told', () => {
    expect(failure(() => loadConfig(['--host', '0.0.0.0'], {}, folder())).hint).toContain('--allow-insecure-http');
    expect(loadConfig(['--host', '0.0.0.0', '--allow-insecure-http'], {}, folder()).host).toBe('0.0.0.0');
    expect(loadConfig(['--host', '::1'], {}, folder()).host).toBe('::1');
  });

  it('is documented: one row a setting', () => {
    const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');
    for (const setting of SETTINGS)
      expect(page).toContain(
        `| \`--${setting.flag}\` | \`${setting.env}\` | \`${setting.fallback}\` | ${setting.about} |`,
      );
  });
});

describe('data folder lock', () => {
  it('refuses a second taker while the first lives, and names it', () => {
    const dir = folder();
    const release = lockDataDir(dir);
    const error = failure(() => lockDataDir(dir));
    expect(error.code).toBe('data_folder_in_use');
    expect(error.message).toContain(String(process.pid));
    release();
    lockDataDir(dir)();
  });

  it('takes over from a process that is gone, from a recycled process id and from a torn file', () => {
    const dir = folder();
    writeFileSync(join(dir, 'parapet.lock'), JSON.stringify({ pid: 2 ** 22 - 1, identity: 'x' }));
    lockDataDir(dir)();
    writeFileSync(join(dir, 'parapet.lock'), JSON.stringify({ pid: process.ppid, identity: 'another boot:1' }));
    lockDataDir(dir)();
    writeFileSync(join(dir, 'parapet.lock'), '{"pi');
    lockDataDir(dir)();
  });
});
