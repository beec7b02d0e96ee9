import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createHunting, type EmbeddedStore, type Hunting, openEmbeddedStore } from '@parapet/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadAsim } from '../src/hunting/asim.ts';

const folder = fileURLToPath(new URL('../../../content/asim', import.meta.url));
const problems: string[] = [];
const library = loadAsim(folder, (name, problem) => problems.push(`${name}: ${problem}`));
const dataDir = mkdtempSync(join(tmpdir(), 'parapet-asim-'));
let store: EmbeddedStore;
let hunting: Hunting;

beforeAll(async () => {
  store = await openEmbeddedStore({ dataDir });
  hunting = createHunting(store, { saved: () => ({ functions: [], watchlists: [], library }) });
  const dns = (time: string, device: string, query: string) => ({
    Timestamp: time,
    ActionType: 'DnsQueryResponse',
    DeviceName: device,
    AdditionalFields: { DnsQueryString: query },
  });
  await store.insertRows('DeviceEvents', [
    dns('2026-03-01T10:00:00Z', 'pc1', 'www.example.com'),
    dns('2026-03-02T10:00:00Z', 'pc2', 'files.example.net'),
    { Timestamp: '2026-03-01T10:00:00Z', ActionType: 'Other', DeviceName: 'pc1' },
  ]);
  await store.insertRows('ASimDnsActivityLogs', [
    { TimeGenerated: '2026-03-01T11:00:00Z', DnsQuery: 'mail.example.com', SrcIpAddr: '192.0.2.1', EventType: 'Query' },
  ]);
  const process = { Timestamp: '2026-03-01T10:00:00Z', DeviceName: 'pc1', AccountDomain: 'CORP', AccountName: 'ann' };
  await store.insertRows('DeviceProcessEvents', [
    {
      ...process,
      ActionType: 'ProcessCreated',
      FolderPath: 'C:\\a.exe',
      ProcessCommandLine: 'a.exe -enc x',
      SHA256: 'AB',
    },
    { ...process, ActionType: 'ProcessTerminated', FolderPath: 'C:\\a.exe' },
  ]);
});
afterAll(async () => {
  await hunting.close();
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const rows = async (query: string) => (await hunting.run(query)).rows;

describe('the normalised layer', () => {
  it('has every schema, under new and old names', () => {
    expect(problems).toEqual([]);
    const names = library.map((f) => f.name);
    for (const schema of 'AlertEvent AssetEntity AuditEvent Authentication DhcpEvent Dns FileEvent NetworkSession ProcessCreate ProcessTerminate RegistryEvent UserManagement WebSession'.split(
      ' ',
    )) {
      expect(names).toContain(`_Im_${schema}`);
      expect(names).toContain(`_ASim_${schema}`);
    }
    expect(names).toEqual(expect.arrayContaining(['imDns', 'imProcessCreate', 'ASimDns']));
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(library.map((f) => f.name))('%s compiles', async (name) => {
    const compiled = await hunting.compile(`${name} | take 1`);
    expect(compiled.ok ? '' : compiled.errors[0]?.message).toBe('');
  });

  it('brings mapped and native rows together', async () => {
    expect(await rows('_ASim_Dns | project DnsQuery, DvcHostname, EventSchema, Type | sort by DnsQuery asc')).toEqual([
      ['files.example.net', 'pc2', 'Dns', 'DeviceEvents'],
      ['mail.example.com', '', 'Dns', 'ASimDnsActivityLogs'],
      ['www.example.com', 'pc1', 'Dns', 'DeviceEvents'],
    ]);
  });

  it('filters by named parameters', async () => {
    expect(await rows(`_Im_Dns(domain_has_any=dynamic(["example.com"])) | summarize count()`)).toEqual([[2]]);
    expect(
      await rows('_Im_Dns(starttime=datetime(2026-03-02), endtime=datetime(2026-03-03)) | project DnsQuery'),
    ).toEqual([['files.example.net']]);
    expect(await rows(`imDns(srcipaddr="192.0.2.1") | project DnsQuery`)).toEqual([['mail.example.com']]);
    expect(await rows('_Im_Dns(disabled=true) | count')).toEqual([[0]]);
    expect(
      await rows('_Im_Dns(pack=true) | where isnotnull(AdditionalFields) and Type == "DeviceEvents" | count'),
    ).toEqual([[2]]);
    expect(
      await rows(
        `_Im_ProcessCreate(commandline_has_any=dynamic(["enc"]), hashes_has_any=dynamic(["ab"])) | project TargetUsername, EventType`,
      ),
    ).toEqual([['CORP\\ann', 'ProcessCreated']]);
    expect(await rows('_Im_ProcessTerminate | count')).toEqual([[1]]);
  });

  it('asks a source for the time range only', async () => {
    const compiled = await hunting.compile('_Im_Dns(starttime=datetime(2026-03-02)) | count');
    expect(compiled.ok && compiled.filtersTime).toBe(true);
  });
});
