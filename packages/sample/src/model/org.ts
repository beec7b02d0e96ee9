import { Random } from '../prng.ts';
import { DEPARTMENTS, GIVEN_NAMES, SITE_WORDS, SURNAMES } from './names.ts';

export const DNS_DOMAIN = 'ad.northmoor.example';
export const NETBIOS = 'NORTHMOOR';

/** A security principal as Windows logs it. */
export interface Account {
  readonly name: string;
  readonly domain: string;
  readonly sid: string;
  readonly privileged: boolean;
}

export interface Site {
  readonly code: string;
  readonly name: string;
  /** Hours ahead of UTC, all year. */
  readonly offset: number;
  /** First two octets of the inside network. */
  readonly net: string;
  /** Address the site shows to the internet. */
  readonly egress: string;
}

export interface Person {
  readonly given: string;
  readonly surname: string;
  readonly title: string;
  readonly department: string;
  readonly site: Site;
  readonly account: Account;
  /** A second account for administration; only IT has one. */
  readonly admin?: Account;
  readonly mail: string;
  /** Usual start of work, minutes after local midnight. */
  readonly startMinute: number;
  /** Address at home, used for cloud work now and then. */
  readonly home: string;
  device: Device;
}

export type Role =
  | 'workstation'
  | 'domain-controller'
  | 'file-server'
  | 'web-server'
  | 'build-server'
  | 'jump-host'
  | 'database'
  | 'backup'
  | 'scanner'
  | 'deployment'
  | 'remote-desktop'
  | 'application';

export interface Device {
  readonly name: string;
  readonly fqdn: string;
  readonly ip: string;
  readonly mac: string;
  readonly role: Role;
  readonly site: Site;
  readonly os: { readonly name: string; readonly build: string; readonly version: string };
  /** What the shipper collects: Sysmon and the event logs, or the event logs with process auditing only. */
  readonly sensor: 'sysmon' | 'audit';
  readonly account: Account;
  readonly uuid: string;
  readonly laptop: boolean;
  owner?: Person;
}

/** A name on the internet with its addresses, all in the documentation ranges. */
export interface WebSite {
  readonly name: string;
  readonly addresses: readonly string[];
}

export interface Organisation {
  readonly sites: readonly Site[];
  readonly people: readonly Person[];
  readonly devices: readonly Device[];
  readonly services: Readonly<Record<ServiceAccount, Account>>;
  readonly web: readonly WebSite[];
  readonly domainSid: string;
  readonly domainGuid: string;
  device(role: Role, index?: number): Device;
}

const SERVICE_ACCOUNTS = [
  'svc_backup',
  'svc_scan',
  'svc_deploy',
  'svc_sql',
  'svc_sqlagent',
  'svc_erp',
  'svc_web',
  'svc_build',
  'svc_monitor',
  'svc_print',
  'svc_mail',
  'svc_reports',
] as const;
export type ServiceAccount = (typeof SERVICE_ACCOUNTS)[number];

const SITES: readonly Site[] = [
  { code: 'HBR', name: 'Harbour', offset: 1, net: '10.20', egress: '192.0.2.10' },
  { code: 'MIL', name: 'Mill', offset: 1, net: '10.30', egress: '192.0.2.26' },
  { code: 'QUY', name: 'Quay', offset: -5, net: '10.40', egress: '192.0.2.42' },
];

const WINDOWS_11 = { name: 'Windows 11 Enterprise', build: '22631.4460', version: '10.0' };
const WINDOWS_10 = { name: 'Windows 10 Enterprise', build: '19045.5131', version: '10.0' };
const SERVER_2022 = { name: 'Windows Server 2022 Standard', build: '20348.2849', version: '10.0' };
const SERVER_2016 = { name: 'Windows Server 2016 Standard', build: '14393.7515', version: '10.0' };

/** Name, role, site and sensor of every server. `audit` servers are the old ones where Sysmon is not rolled out. */
const SERVERS: readonly (readonly [string, Role, number, Device['sensor']])[] = [
  ['DC01', 'domain-controller', 0, 'sysmon'],
  ['DC02', 'domain-controller', 1, 'sysmon'],
  ['FS01', 'file-server', 0, 'sysmon'],
  ['FS02', 'file-server', 1, 'sysmon'],
  ['WEB01', 'web-server', 0, 'sysmon'],
  ['WEB02', 'web-server', 0, 'sysmon'],
  ['BLD01', 'build-server', 0, 'sysmon'],
  ['JMP01', 'jump-host', 0, 'sysmon'],
  ['SQL01', 'database', 0, 'sysmon'],
  ['SQL02', 'database', 1, 'audit'],
  ['BKP01', 'backup', 0, 'sysmon'],
  ['SCN01', 'scanner', 0, 'sysmon'],
  ['DEP01', 'deployment', 0, 'sysmon'],
  ['RDS01', 'remote-desktop', 0, 'sysmon'],
  ['ERP01', 'application', 0, 'sysmon'],
  ['ERP02', 'application', 1, 'audit'],
  ['APP01', 'application', 0, 'sysmon'],
  ['APP02', 'application', 0, 'sysmon'],
  ['APP03', 'application', 2, 'audit'],
  ['PRN01', 'application', 0, 'audit'],
  ['MES01', 'application', 1, 'sysmon'],
  ['MES02', 'application', 1, 'audit'],
  ['CER01', 'application', 0, 'sysmon'],
  ['MON01', 'application', 0, 'sysmon'],
  ['FS03', 'file-server', 2, 'sysmon'],
  ['QDB01', 'database', 2, 'audit'],
  ['LIC01', 'application', 0, 'audit'],
  ['TST01', 'application', 0, 'sysmon'],
];

/** Draws the organisation. The shape (sizes, servers, sites) is fixed; people, names and addresses follow the seed. */
export function createOrganisation(seed: string | number): Organisation {
  const random = new Random(`organisation/${seed}`);
  const authority = () => random.between(1_000_000_000, 4_200_000_000);
  const domainSid = `S-1-5-21-${authority()}-${authority()}-${authority()}`;
  let rid = 1104;
  const account = (name: string, privileged = false): Account => ({
    name,
    domain: NETBIOS,
    sid: `${domainSid}-${rid++}`,
    privileged,
  });
  const services = Object.fromEntries(
    SERVICE_ACCOUNTS.map((name) => [name, account(name, name === 'svc_backup' || name === 'svc_deploy')]),
  ) as Record<ServiceAccount, Account>;

  const devices: Device[] = [];
  const addDevice = (
    name: string,
    role: Role,
    site: Site,
    ip: string,
    extra: Pick<Device, 'os' | 'sensor' | 'laptop'>,
  ) => {
    const full = `${site.code}-${name}`;
    const mac = ['02', ...random.hex(10).match(/../g)!].join('-').toUpperCase();
    const device: Device = {
      name: full,
      fqdn: `${full}.${DNS_DOMAIN}`,
      ip,
      mac,
      role,
      site,
      account: account(`${full}$`, role === 'domain-controller'),
      uuid: random.uuid(),
      ...extra,
    };
    devices.push(device);
    return device;
  };
  SERVERS.forEach(([name, role, siteIndex, sensor], i) => {
    const site = SITES[siteIndex]!;
    const os = sensor === 'audit' ? SERVER_2016 : SERVER_2022;
    addDevice(name, role, site, `${site.net}.10.${11 + i}`, { os, sensor, laptop: false });
  });

  const people: Person[] = [];
  const given = random.shuffled(GIVEN_NAMES);
  const surnames = random.shuffled(SURNAMES);
  for (const department of DEPARTMENTS) {
    for (let i = 0; i < department.size; i++) {
      const n = people.length;
      const site = department.name === 'IT' ? SITES[0]! : SITES[random.pick([0, 0, 0, 1, 1, 2])]!;
      const first = given[n]!;
      const last = surnames[n]!;
      const user = `${first[0]}${last}`.toLowerCase();
      const os = random.chance(0.75) ? WINDOWS_11 : WINDOWS_10;
      const octet = `${30 + Math.floor(n / 200)}.${20 + n}`;
      const device = addDevice(`WS${String(101 + n)}`, 'workstation', site, `${site.net}.${octet}`, {
        os,
        sensor: 'sysmon',
        laptop: random.chance(0.55),
      });
      const person: Person = {
        given: first,
        surname: last,
        title: department.titles[i % department.titles.length]!,
        department: department.name,
        site,
        account: account(user),
        ...(department.name === 'IT' ? { admin: account(`adm-${user}`, true) } : {}),
        mail: `${first}.${last}@northmoor.example`.toLowerCase(),
        startMinute: 8 * 60 + 20 + random.between(-50, 70),
        home: `198.51.100.${20 + (n % 180)}`,
        device,
      };
      device.owner = person;
      people.push(person);
    }
  }
  // Shared machines without an owner: reception and the shop floor.
  for (const [name, siteIndex] of [
    ['KSK01', 0],
    ['KSK02', 1],
  ] as const) {
    const site = SITES[siteIndex]!;
    addDevice(name, 'workstation', site, `${site.net}.30.${240 + siteIndex}`, {
      os: WINDOWS_10,
      sensor: 'sysmon',
      laptop: false,
    });
  }

  const web: WebSite[] = [];
  for (const left of SITE_WORDS[0]) {
    for (const right of random.shuffled(SITE_WORDS[1]).slice(0, 4)) {
      const address = () =>
        random.chance(0.5) ? `198.51.100.${random.between(200, 250)}` : `192.0.2.${random.between(100, 250)}`;
      const addresses = random.chance(0.4) ? [address(), address()] : [address()];
      web.push({ name: `${random.pick(['www', 'www', 'app', 'cdn'])}.${left}-${right}.example`, addresses });
    }
  }
  const domainGuid = random.uuid();
  return {
    sites: SITES,
    people,
    devices,
    services,
    web,
    domainSid,
    domainGuid,
    device(role, index = 0) {
      const found = devices.filter((d) => d.role === role)[index];
      if (!found) throw new RangeError(`no device ${role} ${index}`);
      return found;
    },
  };
}
