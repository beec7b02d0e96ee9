import { execSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { openEmbeddedStore } from '@parapet/store';
import { createDetection } from '../src/index.ts';
import { settle } from './correlation-model.ts';
import { localHunting } from './zz-local-hunting.ts';

const dir = mkdtempSync('/tmp/scratch/verify-');
const log: any = {
  info: () => {},
  warn: (o: any, m: string) => console.log('WARN', m, o?.err?.message ?? '', JSON.stringify(o).slice(0, 200)),
  error: (o: any, m: string) => console.log('ERROR', m, o?.err?.message ?? ''),
};
const store = await openEmbeddedStore({ dataDir: dir });
const hunting = localHunting(store);
let drafts: any[] = [];
const t00 = Date.now();
const detection = await createDetection({
  hunting,
  store,
  contentDir: '/work/main/content/detections',
  log,
  sink: {
    accept: async (d) => {
      drafts.push(...d);
      return { created: d.length, repeated: 0 };
    },
  },
});
console.log('rules ready', Date.now() - t00);
let batch = 0,
  seq = 0;
const base = (p: any) =>
  String(p ?? '')
    .split('\\')
    .pop() ?? '';
const low = (x: any) => String(x ?? '').toLowerCase();
const acc = (u: any) => {
  const [d, n] = String(u ?? '').includes('\\') ? String(u).split('\\') : ['', String(u ?? '')];
  return { d: low(d), n: low(n) };
};
const num = (v: any) => {
  const n = Number(v);
  return Number.isFinite(n) ? n : undefined;
};
const guid = (g: any) => low(g).replace(/[{}]/g, '');
const hash = (h: any, k: string) => low((new RegExp(`${k}=([0-9A-Fa-f]+)`).exec(String(h ?? '')) ?? [])[1]);
const reg = (t: string) =>
  t
    .replace(/^HKLM\\/, 'HKEY_LOCAL_MACHINE\\')
    .replace(/^HKU\\/, 'HKEY_USERS\\')
    .replace(/^HKCR\\/, 'HKEY_CLASSES_ROOT\\');
const dword = (d: any) => {
  const m = /^[DQ]WORD \((0x[0-9a-fA-F]+)\)$/.exec(String(d));
  return m ? String(Number(m[1])) : String(d ?? '');
};
function actor(d: any) {
  const u = acc(d.User);
  return {
    InitiatingProcessFileName: base(d.Image),
    InitiatingProcessFolderPath: d.Image,
    InitiatingProcessId: num(d.ProcessId),
    InitiatingProcessUniqueId: guid(d.ProcessGuid),
    InitiatingProcessAccountName: u.n,
    InitiatingProcessAccountDomain: u.d,
  };
}
function map(e: any, out: Record<string, any[]>) {
  const d = e.winlog?.event_data ?? e.event_data ?? e;
  const ch = e.winlog?.channel ?? e.log_name ?? e.Channel ?? '';
  const id = Number(e.winlog?.event_id ?? e.event_id ?? e.EventID);
  const host = low(e.winlog?.computer_name ?? e.computer_name ?? e.Hostname ?? e.Computer);
  let time =
    /Sysmon/.test(ch) && d.UtcTime
      ? `${d.UtcTime.replace(' ', 'T')}Z`
      : (e['@timestamp'] ?? (e.TimeCreated ? `${e.TimeCreated.replace(' ', 'T')}Z` : e.EventTime));
  if (!/Z$/.test(time)) time = `${String(time).replace(' ', 'T')}Z`;
  const B = {
    Timestamp: time,
    DeviceId: createHash('sha1').update(host).digest('hex'),
    DeviceName: host,
    ReportId: num(e.RecordNumber ?? e.record_number ?? e.winlog?.record_id) ?? ++seq,
  };
  const put = (t: string, r: any) => {
    (out[t] ??= []).push({ ...B, ...r });
  };
  const S = {
    InitiatingProcessAccountName: low(d.SubjectUserName).replace(/^-$/, ''),
    InitiatingProcessAccountDomain: low(d.SubjectDomainName).replace(/^-$/, ''),
    InitiatingProcessAccountSid: d.SubjectUserSid ?? '',
  };
  const T = {
    n: low(d.TargetUserName).replace(/^-$/, ''),
    d: low(d.TargetDomainName).replace(/^-$/, ''),
    sid: d.TargetUserSid ?? '',
  };
  const ip = String(d.IpAddress ?? '')
    .replace('::ffff:', '')
    .replace(/^-$/, '');
  if (/Sysmon/.test(ch)) {
    if (id === 1) {
      const u = acc(d.User);
      put('DeviceProcessEvents', {
        ActionType: 'ProcessCreated',
        FileName: base(d.Image),
        FolderPath: d.Image,
        SHA1: hash(d.Hashes, 'SHA1'),
        SHA256: hash(d.Hashes, 'SHA256'),
        ProcessId: num(d.ProcessId),
        ProcessCommandLine: d.CommandLine,
        ProcessUniqueId: guid(d.ProcessGuid),
        ProcessVersionInfoOriginalFileName: d.OriginalFileName,
        AccountName: u.n,
        AccountDomain: u.d,
        InitiatingProcessFileName: base(d.ParentImage),
        InitiatingProcessFolderPath: d.ParentImage,
        InitiatingProcessId: num(d.ParentProcessId),
        InitiatingProcessCommandLine: d.ParentCommandLine,
        InitiatingProcessUniqueId: guid(d.ParentProcessGuid),
      });
    } else if (id === 3) {
      const o = low(d.Initiated) === 'true';
      put('DeviceNetworkEvents', {
        ActionType: o ? 'ConnectionSuccess' : 'InboundConnectionAccepted',
        LocalIP: o ? d.SourceIp : d.DestinationIp,
        RemoteIP: o ? d.DestinationIp : d.SourceIp,
        ...actor(d),
      });
    } else if (id === 8 || id === 10)
      put('DeviceEvents', {
        ActionType: id === 8 ? 'CreateRemoteThreadApiCall' : 'OpenProcessApiCall',
        FileName: base(d.TargetImage),
        FolderPath: d.TargetImage,
        ProcessId: num(d.TargetProcessId),
        InitiatingProcessFileName: base(d.SourceImage),
        InitiatingProcessFolderPath: d.SourceImage,
        InitiatingProcessId: num(d.SourceProcessId),
        InitiatingProcessUniqueId: guid(d.SourceProcessGUID ?? d.SourceProcessGuid),
        AdditionalFields: { DesiredAccess: num(d.GrantedAccess), StartFunction: d.StartFunction },
      });
    else if ([2, 11, 15, 23, 26].includes(id))
      put('DeviceFileEvents', {
        ActionType: id === 2 ? 'FileModified' : id >= 23 ? 'FileDeleted' : 'FileCreated',
        FileName: base(d.TargetFilename),
        FolderPath: d.TargetFilename,
        ...actor(d),
      });
    else if ([12, 13].includes(id)) {
      const t = reg(String(d.TargetObject));
      const onv = id === 13 || d.EventType === 'DeleteValue';
      put('DeviceRegistryEvents', {
        ActionType:
          id === 13 ? 'RegistryValueSet' : d.EventType === 'CreateKey' ? 'RegistryKeyCreated' : 'RegistryKeyDeleted',
        RegistryKey: onv ? t.split('\\').slice(0, -1).join('\\') : t,
        RegistryValueName: onv ? base(t).replace('(Default)', '') : '',
        RegistryValueData: id === 13 ? dword(d.Details) : '',
        ...actor(d),
      });
    } else if ([19, 20, 21].includes(id)) {
      const u = acc(d.User);
      put('DeviceEvents', {
        ActionType:
          id === 19
            ? 'WmiEventFilterActivity'
            : id === 20
              ? 'WmiEventConsumerActivity'
              : 'WmiBindEventFilterToConsumer',
        AccountName: u.n,
        AccountDomain: u.d,
        AdditionalFields: {
          Type: d.Type,
          Destination: d.Destination,
          Consumer: d.Consumer,
          Filter: d.Filter,
          Query: d.Query,
        },
      });
    }
  } else if (/^security$/i.test(ch)) {
    if (id === 4688)
      put('DeviceProcessEvents', {
        ActionType: 'ProcessCreated',
        FileName: base(d.NewProcessName),
        FolderPath: d.NewProcessName,
        ProcessId: num(d.NewProcessId),
        ProcessCommandLine: d.CommandLine,
        ProcessUniqueId: createHash('md5')
          .update(host + d.NewProcessId + time)
          .digest('hex'),
        AccountName: T.n || S.InitiatingProcessAccountName,
        AccountDomain: T.d || S.InitiatingProcessAccountDomain,
        AccountSid: d.SubjectUserSid,
        InitiatingProcessFileName: base(d.ParentProcessName),
        InitiatingProcessFolderPath: d.ParentProcessName,
        InitiatingProcessId: num(d.ProcessId),
        ...S,
      });
    else if ([4624, 4625, 4648].includes(id))
      put('DeviceLogonEvents', {
        ActionType: id === 4624 ? 'LogonSuccess' : id === 4625 ? 'LogonFailed' : 'LogonAttempted',
        LogonType:
          (
            {
              2: 'Interactive',
              3: 'Network',
              4: 'Batch',
              5: 'Service',
              7: 'Unlock',
              8: 'NetworkCleartext',
              9: 'NewCredentials',
              10: 'RemoteInteractive',
            } as any
          )[d.LogonType] ?? String(d.LogonType),
        AccountName: T.n,
        AccountDomain: T.d,
        AccountSid: T.sid,
        RemoteIP: ip,
        ...S,
      });
    else if ([4768, 4769, 4771, 4776].includes(id)) {
      const code = low(d.Status);
      put('IdentityLogonEvents', {
        DeviceId: undefined,
        DeviceName: low(d.Workstation).replace(/\\/g, ''),
        ReportId: `${B.DeviceId}-${B.ReportId}`,
        ActionType: ['0x0', ''].includes(code) && id !== 4771 ? 'LogonSuccess' : 'LogonFailed',
        Protocol: id === 4776 ? 'Ntlm' : 'Kerberos',
        AccountName: T.n.split('@')[0],
        AccountDomain: T.d || T.n.split('@')[1],
        IPAddress: ip,
        DestinationDeviceName: host,
        AdditionalFields: {
          ServiceName: d.ServiceName,
          EncryptionType:
            ({ '0x17': 'Rc4Hmac', '0x12': 'Aes256' } as any)[low(d.TicketEncryptionType)] ??
            low(d.TicketEncryptionType),
        },
      });
    } else if (id === 4662)
      put('IdentityDirectoryEvents', {
        DeviceId: undefined,
        DeviceName: '',
        ReportId: `${B.DeviceId}-${B.ReportId}`,
        ActionType: /1131f6a[ad]-9c07|89e95b76-444d/.test(low(d.Properties))
          ? 'Directory Services replication'
          : 'Directory object accessed',
        AccountName: S.InitiatingProcessAccountName,
        AccountDomain: S.InitiatingProcessAccountDomain,
        AccountSid: d.SubjectUserSid,
        DestinationDeviceName: host,
      });
    else if (id === 4697)
      put('DeviceEvents', {
        ActionType: 'ServiceInstalled',
        ProcessCommandLine: d.ServiceFileName,
        ...S,
        AdditionalFields: { ServiceName: d.ServiceName, ServiceImagePath: d.ServiceFileName },
      });
    else if ([4698, 4702].includes(id))
      put('DeviceEvents', {
        ActionType: id === 4698 ? 'ScheduledTaskCreated' : 'ScheduledTaskUpdated',
        ...S,
        AdditionalFields: { TaskName: d.TaskName, TaskContent: d.TaskContent ?? d.TaskContentNew },
      });
    else if ([1102, 4719].includes(id))
      put('DeviceEvents', {
        ActionType: id === 1102 ? 'SecurityLogCleared' : 'AuditPolicyModification',
        ...S,
        AdditionalFields: { AuditPolicyChanges: d.AuditPolicyChanges },
      });
    else if (id === 4732)
      put('DeviceEvents', {
        ActionType: 'UserAccountAddedToLocalGroup',
        AccountSid: d.MemberSid,
        AccountName: low((/^cn=([^,]+)/i.exec(d.MemberName ?? '') ?? [])[1]),
        ...S,
        AdditionalFields: { GroupName: d.TargetUserName, GroupSid: d.TargetSid },
      });
  } else if (/System$/i.test(ch) && (id === 7045 || id === 104))
    put(
      'DeviceEvents',
      id === 104
        ? { ActionType: 'EventLogCleared' }
        : {
            ActionType: 'ServiceInstalled',
            ProcessCommandLine: d.ImagePath ?? d.ServiceFileName,
            AdditionalFields: { ServiceName: d.ServiceName, ServiceImagePath: d.ImagePath ?? d.ServiceFileName },
          },
    );
  else if (/PowerShell/.test(ch) && [4103, 4104, 800].includes(id)) {
    const m = String(d.ContextInfo ?? d.param2 ?? e.Message ?? '');
    const app = (/Host ?Application ?= ?([^\r\n]*)/.exec(m) ?? [])[1]?.trim() ?? '';
    const u = acc((/User(?:Id)? ?= ?([^\r\n]*)/.exec(m) ?? [])[1]?.trim());
    put('DeviceEvents', {
      ActionType: 'PowerShellCommand',
      InitiatingProcessCommandLine: app,
      InitiatingProcessFileName: base((/^"?(.+?\.exe)/i.exec(app) ?? [])[1]),
      InitiatingProcessId: num(e.ExecutionProcessID ?? e.winlog?.process?.pid),
      InitiatingProcessAccountName: u.n,
      InitiatingProcessAccountDomain: u.d,
      AdditionalFields: { Command: d.ScriptBlockText ?? d.Payload ?? d.param3 ?? e.Message, EventId: String(id) },
    });
  } else if (/Defender/.test(ch) && [1116, 1117].includes(id))
    put('DeviceEvents', {
      ActionType: 'AntivirusDetection',
      FileName: base(d.Path),
      FolderPath: d.Path,
      AdditionalFields: { ThreatName: d['Threat Name'] },
    });
}
async function feed(name: string, rows: Record<string, any[]>) {
  drafts = [];
  batch += 1;
  let n = 0;
  const clean = (r: any) => Object.fromEntries(Object.entries(r).filter(([, v]) => v !== undefined && v !== ''));
  const tables: Record<string, number> = {};
  for (const [t, list] of Object.entries(rows)) {
    await store.insertRows(
      t,
      list.map((r) => ({ ...clean(r), _Batch: batch })),
    );
    tables[t] = list.length;
    n += list.length;
  }
  const t = performance.now();
  await detection.onBatch({ batch, receivedAt: '', tables, acknowledgedAt: Date.now() });
  const t1 = performance.now();
  await detection.settle();
  console.log(
    `\n=== ${name}: ${n} rows ${JSON.stringify(tables)}, continuous ${Math.round(t1 - t)} ms, scheduled ${Math.round(performance.now() - t1)} ms -> ${drafts.length} alerts`,
  );
  const by = new Map<string, number>();
  for (const d of drafts) {
    const k = `${d.severity} ${d.category} | ${d.title} x${d.eventCount} | ${d.evidence
      .filter((e: any) => ['device', 'user', 'cloudIdentity', 'ip'].includes(e.type))
      .map((e: any) => `${e.label}(${e.roles})`)
      .slice(0, 6)
      .join(' ')} anc=${d.processAncestors.length}`;
    by.set(k, (by.get(k) ?? 0) + 1);
  }
  for (const [k, v] of by) console.log(`  ${v}x ${k.slice(0, 300)}`);
  if (process.env.ROWS)
    for (const d of drafts) {
      const r = d.events[0]?.row ?? {};
      console.log(
        '   >',
        d.title,
        '|',
        r.ProcessCommandLine ?? r.RegistryKey ?? JSON.stringify(r.AdditionalFields)?.slice(0, 300),
        '|',
        r.InitiatingProcessFileName,
        r.RegistryValueData ?? '',
      );
    }
  const inc = settle(drafts.map((d, i) => ({ ...d, id: String(i) })));
  console.log('  incidents:', inc.length, inc.map((x) => x.alerts.length).join(','));
  if (process.env.INC)
    for (const x of inc) {
      console.log('   --');
      for (const a of x.alerts) console.log('      ', a.firstActivity.slice(11, 19), a.category, a.title);
    }
  for (const t of Object.keys(rows)) await store.command(`TRUNCATE TABLE hunting.${t}`);
}
const lines = (b: Buffer) =>
  b
    .toString('utf8')
    .split(/\r?\n/)
    .filter((l) => l.trim().startsWith('{'))
    .map((l) => JSON.parse(l));
const unpack = (p: string): Buffer =>
  p.endsWith('.zip')
    ? execSync(`unzip -p '${p}'`, { maxBuffer: 1 << 30 })
    : p.endsWith('.tar.gz')
      ? execSync(`tar xzOf '${p}'`, { maxBuffer: 1 << 30 })
      : gunzipSync(readFileSync(p));
const D = '/work/shared/data/';
for (const arg of process.argv.slice(2)) {
  const rows: Record<string, any[]> = {};
  if (arg === 'aws') {
    for (const f of readdirSync('/tmp/scratch/aws'))
      for (const r of JSON.parse(readFileSync(join('/tmp/scratch/aws', f), 'utf8')).Records)
        (rows.CloudAuditEvents ??= []).push({
          Timestamp: r.eventTime,
          ReportId: r.eventID,
          DataSource: 'AWS CloudTrail',
          ActionType: r.eventName,
          OperationName: r.eventName,
          IPAddress: /^[0-9a-f.:]+$/i.test(r.sourceIPAddress) ? r.sourceIPAddress : '',
          UserAgent: r.userAgent,
          RawEventData: r,
        });
    await feed(arg, rows);
  } else if (arg === 'evtx') {
    const g = new Map<string, any[]>();
    for (const e of lines(unpack(`${D}endpoint-windows/evtx-to-mitre/evtx-to-mitre.jsonl.gz`))) {
      const k = e._evtx;
      delete e._tactic;
      delete e._attack;
      delete e._evtx;
      g.set(k, [...(g.get(k) ?? []), e]);
    }
    for (const [k, list] of g) {
      const r: Record<string, any[]> = {};
      for (const e of list) map(e, r);
      if (Object.keys(r).length) await feed(k, r);
      else console.log('no rows', k);
    }
  } else if (arg === 'mde') {
    const { execSync: x } = await import('node:child_process');
    const j = JSON.parse(
      x(
        `python3 -c "import csv,gzip,json,io;print(json.dumps(list(csv.DictReader(io.TextIOWrapper(gzip.open('${D}benign/mde-process-events-workstation.csv.gz'),encoding='utf-8-sig')))))"`,
        { maxBuffer: 1 << 30 },
      ).toString(),
    );
    console.log(Object.keys(j[0]).join(','));
    rows.DeviceProcessEvents = j.map((r: any, i: number) => ({
      Timestamp: r.EventTime ?? r.Timestamp ?? r.CreatedProcessCreationTime ?? r.InitiatingProcessCreationTime,
      DeviceId: 'mde',
      DeviceName: 'mde',
      ReportId: i + 1,
      ActionType: 'ProcessCreated',
      FileName: r.CreatedProcessName ?? base(r.CreatedProcessFilePath),
      FolderPath: r.CreatedProcessFilePath ?? '',
      ProcessCommandLine: r.CreatedProcessCommandLine ?? '',
      ProcessId: num(r.CreatedProcessId),
      AccountName: r.CreatedProcessAccountName,
      InitiatingProcessFileName: r.InitiatingProcessName ?? base(r.InitiatingProcessFilePath),
      InitiatingProcessCommandLine: r.Process_CommandLine,
      InitiatingProcessId: num(r.InitiatingProcessId),
    }));
    console.log(JSON.stringify(rows.DeviceProcessEvents[5]), JSON.stringify(j[5]).slice(0, 900));
    await feed(arg, rows);
  } else {
    const list = lines(unpack(D + (arg.startsWith('b') ? arg : `endpoint-windows/${arg}`)));
    for (const e of list) map(e, rows);
    await feed(arg, rows);
  }
}
await detection.close();
await store.close();
process.exit(0);
