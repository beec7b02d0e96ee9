import type { ProcessNode, ProcessTree } from '@parapet/schema';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { alertId } from '../src/sink/identity.ts';
import { at, draft, evidence, openWorld, type World } from './support.ts';

let world: World;
const DEVICE = { DeviceId: 'id-ws5', DeviceName: 'ws5.corp.example' };

/** A process start as Sysmon records it: own id and parent's id. */
const sysmon = (
  minute: number,
  id: string,
  name: string,
  pid: number,
  parent: [string, string, number],
  more = {},
) => ({
  ...DEVICE,
  Timestamp: at(minute),
  ActionType: 'ProcessCreated',
  FileName: name,
  FolderPath: `C:\\bin\\${name}`,
  ProcessId: pid,
  ProcessUniqueId: id,
  ProcessCreationTime: at(minute),
  ProcessCommandLine: `${name} -x`,
  AccountDomain: 'corp',
  AccountName: 'ann',
  InitiatingProcessUniqueId: parent[0],
  InitiatingProcessFileName: parent[1],
  InitiatingProcessId: parent[2],
  _ItemId: `1:${id}`,
  ...more,
});
/** A process start as the Security log records it: the parent by number only. */
const security = (
  minute: number,
  id: string,
  name: string,
  pid: number,
  parent: [string, number],
  device = DEVICE,
) => ({
  ...device,
  Timestamp: at(minute),
  ActionType: 'ProcessCreated',
  FileName: name,
  ProcessId: pid,
  ProcessUniqueId: id,
  ProcessCreationTime: at(minute),
  InitiatingProcessFileName: parent[0],
  InitiatingProcessId: parent[1],
  _ItemId: `1:${id}`,
});
const flat = (nodes: readonly ProcessNode[]): ProcessNode[] => nodes.flatMap((node) => [node, ...flat(node.children)]);
const names = (nodes: readonly ProcessNode[]): unknown[] =>
  nodes.map((node) => (node.children.length ? [node.fileName, names(node.children)] : node.fileName));
const treeOf = (key: string) => world.get<ProcessTree>(`/api/alerts/${key}/process-tree`);

beforeAll(async () => {
  world = await openWorld({ telemetry: true });
  await world.store.insertRows('DeviceProcessEvents', [
    sysmon(0, 'g-exp', 'explorer.exe', 100, ['g-ui', 'userinit.exe', 90]),
    sysmon(10, 'g-word', 'winword.exe', 200, ['g-exp', 'explorer.exe', 100]),
    sysmon(11, 'g-ps', 'powershell.exe', 300, ['g-word', 'winword.exe', 200], {
      SHA256: 'a'.repeat(64),
      ProcessIntegrityLevel: 'Medium',
    }),
    sysmon(12, 'g-who', 'whoami.exe', 400, ['g-ps', 'powershell.exe', 300]),
    // The same start, seen by the Security log too: one process.
    security(12, 's-who', 'whoami.exe', 400, ['powershell.exe', 300]),
    // 300 is given to another powershell.exe later; its child is not a child of the first.
    sysmon(60, 'g-ps2', 'powershell.exe', 300, ['g-exp', 'explorer.exe', 100]),
    sysmon(61, 'g-other', 'notepad.exe', 500, ['g-ps2', 'powershell.exe', 300]),
    // Another device where everything is by number.
    ...((other) => [
      security(0, 'h1', 'services.exe', 600, ['wininit.exe', 500], other),
      security(1, 'h2', 'svchost.exe', 700, ['services.exe', 600], other),
      security(2, 'h3', 'cmd.exe', 800, ['svchost.exe', 700], other),
      security(30, 'h4', 'svchost.exe', 700, ['services.exe', 600], other),
      security(31, 'h5', 'cmd.exe', 900, ['svchost.exe', 700], other),
      security(40, 'h6', 'calc.exe', 800, ['svchost.exe', 700], other),
      security(41, 'h7', 'ping.exe', 901, ['cmd.exe', 800], other),
    ])({ DeviceId: 'id-srv', DeviceName: 'srv.corp.example' }),
  ] as Record<string, unknown>[]);
  const net = (minute: number, unique: string, pid: number, ip: string) => ({
    ...DEVICE,
    Timestamp: at(minute),
    ActionType: 'ConnectionSuccess',
    RemoteIP: ip,
    InitiatingProcessFileName: 'powershell.exe',
    InitiatingProcessUniqueId: unique,
    InitiatingProcessId: pid,
  });
  await world.store.insertRows('DeviceNetworkEvents', [
    net(13, 'g-ps', 300, '192.0.2.1'),
    net(14, 'g-ps', 300, '192.0.2.2'),
    net(15, '', 300, '192.0.2.3'),
    net(62, 'g-ps2', 300, '192.0.2.9'),
  ]);
});
afterAll(() => world.close());

const processEvidence = (unique: string, name: string, pid: number, device = DEVICE) =>
  evidence(
    'process',
    {
      deviceId: device.DeviceId,
      deviceName: device.DeviceName,
      processUniqueId: unique,
      fileName: name,
      processId: pid,
    },
    'suspicious',
  );

describe('process tree', () => {
  test('shows ancestors and descendants, the unseen root as its child knew it, and two records of one start once', async () => {
    const one = draft('ws5', at(12), { extra: [processEvidence('g-ps', 'powershell.exe', 300)] });
    const other = draft('ws5', at(12), {
      ruleId: 'r2',
      title: 'Discovery',
      extra: [processEvidence('s-who', 'whoami.exe', 400)],
    });
    await world.incidents.accept([one, other]);
    const tree = await treeOf(alertId(one));
    expect(names(tree.roots)).toEqual([
      ['userinit.exe', [['explorer.exe', [['winword.exe', [['powershell.exe', ['whoami.exe']]]]]]]],
    ]);
    const nodes = new Map(flat(tree.roots).map((node) => [node.fileName, node]));
    expect(
      flat(tree.roots)
        .filter((node) => node.highlighted)
        .map((node) => node.fileName),
    ).toEqual(['powershell.exe']);
    expect(nodes.get('powershell.exe')).toMatchObject({
      processId: 300,
      commandLine: 'powershell.exe -x',
      account: 'corp\\ann',
      integrityLevel: 'Medium',
      alerts: [{ id: alertId(one) }],
    });
    expect(nodes.get('whoami.exe')?.alerts.map((each) => each.title)).toEqual(['Discovery']);
    expect(tree.gaps).toEqual([
      expect.stringContaining(
        'The start of userinit.exe (90) is not in the telemetry; process telemetry of this device begins at 2026-03-01 10:00:00 UTC',
      ),
    ]);
    expect(tree.deviceName).toBe('ws5.corp.example');
  });

  test('counts activity by the process, not by its number, and each count links to its rows', async () => {
    const one = draft('ws5', at(13), { ruleId: 'r3', extra: [processEvidence('g-ps', 'powershell.exe', 300)] });
    await world.incidents.accept([one]);
    const tree = await treeOf(alertId(one));
    const shell = flat(tree.roots).find((node) => node.fileName === 'powershell.exe');
    expect(shell?.activity).toMatchObject([
      { table: 'DeviceNetworkEvents', actionType: 'ConnectionSuccess', count: 3 },
    ]);
    const rows = await world.hunting.run(shell?.activity[0]?.huntingQuery ?? '');
    const ip = rows.columns.findIndex(({ name }) => name === 'RemoteIP');
    expect(rows.rows.map((row) => row[ip]).sort()).toEqual(['192.0.2.1', '192.0.2.2', '192.0.2.3']);
    for (const node of flat(tree.roots)) {
      const found = await world.hunting.run(node.huntingQuery);
      expect(found.rows.length, node.huntingQuery).toBe(1);
    }
  });

  test('a number alone joins nothing: reuse separates parents, children and holders', async () => {
    const srv = { DeviceId: 'id-srv', DeviceName: 'srv.corp.example' };
    const first = draft('srv', at(2), { ruleId: 'r4', extra: [processEvidence('h2', 'svchost.exe', 700, srv)] });
    const second = draft('srv', at(31), { ruleId: 'r5', extra: [processEvidence('h5', 'cmd.exe', 900, srv)] });
    await world.incidents.accept([first, second]);
    const early = await treeOf(alertId(first));
    // Not cmd.exe (900) of the later svchost, nor ping.exe whose parent "cmd.exe (800)" had given its number to calc.exe.
    expect(names(early.roots)).toEqual([['wininit.exe', [['services.exe', [['svchost.exe', ['cmd.exe']]]]]]]);
    const late = await treeOf(alertId(second));
    expect(names(late.roots)).toEqual([['wininit.exe', [['services.exe', [['svchost.exe', ['cmd.exe']]]]]]]);
    expect(flat(late.roots).find((node) => node.fileName === 'svchost.exe')?.creationTime).toBe(
      at(30).replace('.000Z', '.0000000Z'),
    );
  });

  test('a process of which only the number is recorded is the one that held it at the time of the alert', async () => {
    const held = evidence('process', {
      deviceId: 'id-srv',
      deviceName: 'srv.corp.example',
      processId: 800,
      fileName: 'calc.exe',
    });
    const one = draft('srv', at(42), { ruleId: 'r6', extra: [held] });
    await world.incidents.accept([one]);
    const tree = await treeOf(alertId(one));
    expect(
      flat(tree.roots)
        .filter((node) => node.highlighted)
        .map((node) => [node.fileName, node.creationTime]),
    ).toEqual([['calc.exe', at(40).replace('.000Z', '.0000000Z')]]);
  });

  test('a process that telemetry does not have is shown as the alert recorded it, with the gap named', async () => {
    const one = draft('ws5', at(12), { ruleId: 'r7', extra: [processEvidence('g-none', 'ghost.exe', 999)] });
    await world.incidents.accept([one]);
    const tree = await treeOf(alertId(one));
    expect(names(tree.roots)).toEqual(['ghost.exe']);
    expect(tree.gaps).toEqual([
      'The start of ghost.exe is not in the telemetry; it is shown as the alert recorded it.',
    ]);
  });

  test('an alert that is not about processes answers with its rows in order', async () => {
    const event = (minute: number, id: string) => ({
      table: 'AWSCloudTrail',
      time: at(minute),
      reportId: id,
      deviceId: '',
      row: { EventName: id },
      huntingQuery: 'AWSCloudTrail',
    });
    const one = draft('none', at(0), {
      evidence: [evidence('cloudAccount', { cloudAccountId: '111122223333' })],
      events: [event(5, 'b'), event(1, 'a')],
      eventCount: 2,
    });
    await world.incidents.accept([one]);
    const tree = await treeOf(alertId(one));
    expect(tree.roots).toEqual([]);
    expect(tree.events.map((each) => each.reportId)).toEqual(['a', 'b']);
    expect((await world.call('GET', '/api/alerts/da00/process-tree')).status).toBe(404);
  });
});
