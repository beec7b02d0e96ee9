import { at, draft, evidence, openWorld, type World } from './support.ts';

const ann = evidence(
  'user',
  { accountDomain: 'corp', accountName: 'ann', accountSid: 'S-1-5-21-1-2-3-1001' },
  'compromised',
);
export const raised = draft('ws1', at(30), {
  severity: 'high',
  category: 'CredentialAccess',
  title: 'LSASS read',
  ruleId: 'lsass',
  extra: [ann],
});
export const low = draft('ws2', at(31), {
  severity: 'low',
  title: 'Odd logon',
  ruleId: 'odd',
  opensIncident: 'always',
});

/** Three devices with a few events, sixty of them at one instant, and an alert on two of them. */
export async function openSeededWorld(): Promise<World> {
  const world = await openWorld({ telemetry: true });
  const { store } = world;
  const on = (device: string) => ({ DeviceId: `ID-${device}`, DeviceName: `${device}.corp.example` });
  // Sixty events of one instant: paging must not lose or repeat any of them.
  await store.insertRows(
    'DeviceFileEvents',
    Array.from({ length: 60 }, (_, n) => ({
      ...on('ws1'),
      Timestamp: '2026-03-01T10:05:00.1234567Z',
      ActionType: 'FileCreated',
      FileName: `f${n}.txt`,
      FolderPath: `C:\\t\\f${n}.txt`,
      SHA256: n === 0 ? 'c'.repeat(64) : '',
      InitiatingProcessFileName: 'tool.exe',
      _ItemId: `7:${n}`,
    })),
  );
  await store.insertRows('DeviceProcessEvents', [
    {
      ...on('ws1'),
      Timestamp: at(0),
      ActionType: 'ProcessCreated',
      FileName: 'tool.exe',
      FolderPath: 'C:\\t\\tool.exe',
      SHA256: 'c'.repeat(64),
      AccountDomain: 'CORP.example',
      AccountName: 'Ann',
      InitiatingProcessFileName: 'cmd.exe',
      ProcessId: 4,
      _ItemId: '1:1',
    },
    {
      ...on('ws2'),
      Timestamp: at(1),
      ActionType: 'ProcessCreated',
      FileName: 'ls',
      FolderPath: '/bin/ls',
      AccountName: 'root',
      _ItemId: '1:2',
    },
    { ...on(`w"s'3\\`), Timestamp: at(2), ActionType: 'ProcessCreated', FileName: 'x', _ItemId: '1:3' },
  ]);
  await store.insertRows('DeviceLogonEvents', [
    {
      ...on('ws1'),
      Timestamp: at(3),
      ActionType: 'LogonSuccess',
      LogonType: 'Interactive',
      AccountDomain: 'corp',
      AccountName: 'ann',
      RemoteIP: '10.0.0.9',
      _ItemId: '1:4',
    },
    {
      ...on('ws1'),
      Timestamp: at(3),
      ActionType: 'LogonSuccess',
      LogonType: 'Network',
      AccountDomain: 'corp',
      AccountName: 'svc',
      _ItemId: '1:5',
    },
  ]);
  await store.insertRows('DeviceNetworkEvents', [
    {
      ...on('ws1'),
      Timestamp: at(4),
      ActionType: 'ConnectionSuccess',
      RemoteIP: '203.0.113.7',
      RemotePort: 443,
      LocalIP: '10.0.0.1',
      InitiatingProcessFileName: 'tool.exe',
      InitiatingProcessAccountDomain: 'corp',
      InitiatingProcessAccountName: 'ann',
      _ItemId: '1:6',
    },
  ]);
  await store.insertRows('ParapetRawEvents', [
    { TimeGenerated: '2026-03-10T11:00:00Z', SourceId: 's1', SourceName: 'beats', Sequence: 1 },
    { TimeGenerated: '2026-03-08T11:00:00Z', SourceId: 's2', SourceName: 'curl', Sequence: 2 },
  ]);
  await world.incidents.accept([
    {
      ...raised,
      evidence: [evidence('device', { deviceId: 'ID-ws1', deviceName: 'ws1.corp.example' }, 'attacked'), ann],
    },
    { ...low, evidence: [evidence('device', { deviceId: 'ID-ws2', deviceName: 'ws2.corp.example' }, 'attacked')] },
  ]);
  return world;
}
