import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RunningReceiver } from '../src/sources/types.ts';
import { startSyslog } from '../src/syslog/kind.ts';
import { receiverContext, until } from './receiver.ts';
import { type Laboratory, laboratory } from './setup.ts';

/** Debian packages rsyslog, rsyslog-gnutls, rsyslog-relp and syslog-ng-core, as they are. */
function installed(name: string, variable: string): string | null {
  const given = process.env[variable];
  if (given) return given;
  try {
    return execFileSync('sh', ['-c', `PATH="$PATH:/usr/sbin:/sbin" command -v ${name}`], { encoding: 'utf8' }).trim();
  } catch {
    return null;
  }
}
const rsyslogd = installed('rsyslogd', 'PARAPET_TEST_RSYSLOG');
const syslogNg = installed('syslog-ng', 'PARAPET_TEST_SYSLOG_NG');
if (!rsyslogd)
  console.warn('rsyslog is not installed: its tests are skipped (apt install rsyslog rsyslog-gnutls rsyslog-relp).');
if (!syslogNg) console.warn('syslog-ng is not installed: its tests are skipped (apt install syslog-ng-core).');

vi.setConfig({ testTimeout: 180_000 });
let lab: Laboratory;
const children: ChildProcess[] = [];
const receivers = new Set<RunningReceiver>();
beforeAll(async () => {
  if (rsyslogd || syslogNg) lab = await laboratory();
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const receiver of receivers) await receiver.stop();
  receivers.clear();
});
afterAll(() => lab?.close());

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function receive(id: string, transport: string, port: number): Promise<RunningReceiver> {
  const context = receiverContext(lab.ingest, 'syslog', id, lab.dir, {
    host: '127.0.0.1',
    port,
    transport,
    timeZone: 'UTC',
    maxConnections: 100,
  });
  const receiver = await startSyslog(context);
  receivers.add(receiver);
  return receiver;
}

const stored = (receiver: RunningReceiver): number => receiver.state().counters?.stored ?? 0;

/** Sender's line number → how often it is stored. */
async function counted(id: string): Promise<Map<string, number>> {
  await lab.ingest.idle();
  const rows = await lab.query(
    `SELECT extract(JSONExtractString(RawEventData, 'message'), 'line (\\\\d+) ') AS n, count() FROM hunting.ParapetRawEvents WHERE SourceId = '${id}' GROUP BY n`,
  );
  return new Map(rows.map(([n, count]) => [String(n), Number(count)]));
}

const LINES = 4_000;
const everyLine = Array.from({ length: LINES }, (_, i) => String(i)).sort();

function prepare(id: string): { dir: string; input: string } {
  const dir = join(lab.dir, `client-${id}`);
  mkdirSync(join(dir, 'work'), { recursive: true });
  const input = join(dir, 'input.log');
  writeFileSync(input, Array.from({ length: LINES }, (_, i) => `line ${i} with "quotes" and ünïcode\n`).join(''));
  return { dir, input };
}

function rsyslog(id: string, action: string): void {
  const { dir, input } = prepare(id);
  const config = join(dir, 'rsyslog.conf');
  writeFileSync(
    config,
    `global(workDirectory="${dir}/work")
module(load="imfile" pollingInterval="1")
${action.includes('omrelp') ? 'module(load="omrelp")' : ''}
input(type="imfile" File="${input}" Tag="client:" freshStartTail="off")
${action}
`,
  );
  children.push(spawn(rsyslogd as string, ['-n', '-f', config, '-i', join(dir, 'pid')], { stdio: 'ignore' }));
}

describe.skipIf(!rsyslogd)('rsyslog', () => {
  const queue = (id: string): string =>
    `queue.type="LinkedList" queue.filename="${id}" action.resumeRetryCount="-1" action.resumeInterval="1"`;

  it.each([
    ['octet-counted', 'RSYSLOG_SyslogProtocol23Format'],
    ['traditional', 'RSYSLOG_ForwardFormat'],
  ])('delivers over TCP, %s', async (framing, template) => {
    const id = `rsyslog-${framing}`;
    const port = await freePort();
    const receiver = await receive(id, 'tcp', port);
    rsyslog(
      id,
      `action(type="omfwd" target="127.0.0.1" port="${port}" protocol="tcp" template="${template}" TCP_Framing="${framing}" ${queue(id)})`,
    );
    await until(() => stored(receiver) >= LINES, 60_000);
    const counts = await counted(id);
    expect([...counts.keys()].sort()).toEqual(everyLine);
    expect([...counts.values()].every((count) => count === 1)).toBe(true);
    const [sample] = await lab.query(
      `SELECT JSONExtractString(RawEventData, 'message'), JSONExtractString(RawEventData, 'log', 'syslog', 'appname'), JSONExtractString(RawEventData, 'log', 'syslog', 'facility', 'name') FROM hunting.ParapetRawEvents WHERE SourceId = '${id}' LIMIT 1`,
    );
    expect(sample).toEqual([expect.stringMatching(/^line \d+ with "quotes" and ünïcode$/), 'client', 'local0']);
  });

  it('delivers over TLS and checks our certificate', async () => {
    const id = 'rsyslog-tls';
    const port = await freePort();
    const receiver = await receive(id, 'tls', port);
    rsyslog(
      id,
      `action(type="omfwd" target="127.0.0.1" port="${port}" protocol="tcp" template="RSYSLOG_SyslogProtocol23Format" TCP_Framing="octet-counted"
        StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/certvalid" StreamDriver.CAFile="${join(lab.dir, id, 'server.crt')}" ${queue(id)})`,
    );
    await until(() => stored(receiver) >= LINES, 60_000);
    const counts = await counted(id);
    expect([...counts.keys()].sort()).toEqual(everyLine);
    expect([...counts.values()].every((count) => count === 1)).toBe(true);
  });

  it('loses nothing over RELP when the receiver goes away in the middle', async () => {
    const id = 'rsyslog-relp';
    const port = await freePort();
    let receiver = await receive(id, 'relp', port);
    rsyslog(
      id,
      `action(type="omrelp" target="127.0.0.1" port="${port}" template="RSYSLOG_SyslogProtocol23Format" windowSize="64" ${queue(id)})`,
    );
    await until(() => stored(receiver) >= 200, 60_000);
    // Connections break, whatever was answered or not.
    await receiver.stop();
    receivers.delete(receiver);
    const first = stored(receiver);
    expect(first).toBeLessThan(LINES);
    receiver = await receive(id, 'relp', port);
    await until(async () => stored(receiver) > 0 && (await counted(id)).size === LINES, 90_000);
    const counts = await counted(id);
    expect([...counts.keys()].sort()).toEqual(everyLine);
    // What was stored and not answered is sent again: a window at most.
    const doubled = [...counts.values()].filter((count) => count > 1).length;
    expect(doubled).toBeLessThanOrEqual(64);
  });
});

describe.skipIf(!syslogNg)('syslog-ng', () => {
  it('delivers over TCP in the form of RFC 5424', async () => {
    const id = 'syslog-ng';
    const { dir, input } = prepare(id);
    const port = await freePort();
    const receiver = await receive(id, 'tcp', port);
    const config = join(dir, 'syslog-ng.conf');
    writeFileSync(
      config,
      `@version: 3.35
options { keep-hostname(yes); };
source s_file { file("${input}" flags(no-parse) program-override("client") follow-freq(1)); };
destination d_parapet { syslog("127.0.0.1" port(${port}) transport("tcp")); };
log { source(s_file); destination(d_parapet); };
`,
    );
    children.push(
      spawn(
        syslogNg as string,
        ['-F', '-f', config, '--no-caps', '-p', join(dir, 'pid'), '-c', join(dir, 'ctl'), '-R', join(dir, 'persist')],
        { stdio: 'ignore' },
      ),
    );
    await until(() => stored(receiver) >= LINES, 60_000);
    const counts = await counted(id);
    expect([...counts.keys()].sort()).toEqual(everyLine);
    expect([...counts.values()].every((count) => count === 1)).toBe(true);
  });
});
