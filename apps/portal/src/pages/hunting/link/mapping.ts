import { type EntityType, type LinkEntity, makeEntity } from '@parapet/schema/wire';
import { rowRecord } from '../../../features/results-grid/model.ts';

type Columns = readonly { readonly name: string }[];

/** An entity the columns can name, as the dialog offers it. */
export interface Offer extends LinkEntity {
  readonly id: string;
  readonly label: string;
}

type Fields = Readonly<Record<string, string>>;

/** Columns that are there, by the field they fill; undefined when none of the needed ones is. */
function present(columns: ReadonlySet<string>, wanted: Fields, needed: readonly string[]): Fields | undefined {
  const found = Object.entries(wanted).filter(([, column]) => columns.has(column));
  return found.some(([field]) => needed.includes(field)) ? Object.fromEntries(found) : undefined;
}

const ACCOUNTS = ['', 'InitiatingProcess', 'Target', 'Requestor'] as const;

/** What the columns of a result name, the assets that are hit first. */
export function offersOf(columns: Columns): readonly Offer[] {
  const names = new Set(columns.map(({ name }) => name));
  const offers: Offer[] = [];
  const offer = (
    id: string,
    label: string,
    type: EntityType,
    part: LinkEntity['part'],
    wanted: Fields,
    needed: readonly string[],
  ) => {
    const fields = present(names, wanted, needed);
    if (fields) offers.push({ id, label, type, part, fields });
  };
  const device = { deviceId: 'DeviceId', deviceName: 'DeviceName' };
  offer('device', 'Device', 'device', 'impacted', device, ['deviceId', 'deviceName']);
  if (!names.has('DeviceName'))
    offer('computer', 'Device (Computer)', 'device', 'impacted', { deviceName: 'Computer' }, ['deviceName']);
  for (const prefix of ACCOUNTS)
    offer(
      `account ${prefix}`,
      prefix ? `Account (${prefix}Account…)` : 'Account',
      'user',
      prefix === '' ? 'impacted' : 'related',
      {
        accountName: `${prefix}AccountName`,
        accountDomain: `${prefix}AccountDomain`,
        accountSid: `${prefix}AccountSid`,
        accountUpn: `${prefix}AccountUpn`,
        accountObjectId: `${prefix}AccountObjectId`,
      },
      ['accountName', 'accountUpn', 'accountSid'],
    );
  offer('upn', 'Account (UserPrincipalName)', 'user', 'impacted', { accountUpn: 'UserPrincipalName' }, ['accountUpn']);
  offer('mailbox', 'Mailbox (recipient)', 'mailbox', 'impacted', { mailboxAddress: 'RecipientEmailAddress' }, [
    'mailboxAddress',
  ]);
  for (const column of ['ResourceId', 'AzureResourceId', 'AwsResourceName', 'GcpFullResourceName'])
    offer(`resource ${column}`, `Cloud resource (${column})`, 'cloudResource', 'impacted', { resourceId: column }, [
      'resourceId',
    ]);
  for (const prefix of ['', 'InitiatingProcess'] as const) {
    const id = prefix === '' ? 'ProcessId' : 'InitiatingProcessId';
    const time = `${prefix === '' ? 'Process' : 'InitiatingProcess'}CreationTime`;
    const command = `${prefix === '' ? 'Process' : 'InitiatingProcess'}CommandLine`;
    if (prefix !== '' || names.has('ProcessCommandLine'))
      offer(
        `process ${prefix}`,
        prefix ? 'Initiating process' : 'Process',
        'process',
        'related',
        {
          ...device,
          processId: id,
          processCreationTime: time,
          processCommandLine: command,
          fileName: `${prefix}FileName`,
          folderPath: `${prefix}FolderPath`,
          sha256: `${prefix}SHA256`,
        },
        ['processId'],
      );
    offer(
      `file ${prefix}`,
      prefix ? 'File of the initiating process' : 'File',
      'file',
      'related',
      {
        fileName: `${prefix}FileName`,
        folderPath: `${prefix}FolderPath`,
        sha1: `${prefix}SHA1`,
        sha256: `${prefix}SHA256`,
        md5: `${prefix}MD5`,
      },
      ['fileName', 'sha1', 'sha256', 'md5'],
    );
  }
  for (const { name } of columns) {
    if (
      /^(Remote|Local|Source|Destination|SenderIPv4|Client|Caller)?IP(Address|v4|v6)?$|^(Source|Caller|Client)I[pP]Address$/.test(
        name,
      )
    )
      offer(`ip ${name}`, `IP address (${name})`, 'ip', 'related', { ip: name }, ['ip']);
    if (/^(RemoteUrl|Url)$/.test(name)) offer(`url ${name}`, `URL (${name})`, 'url', 'related', { url: name }, ['url']);
  }
  offer(
    'registry',
    'Registry value',
    'registry',
    'related',
    { registryKey: 'RegistryKey', registryValueName: 'RegistryValueName', registryValueData: 'RegistryValueData' },
    ['registryKey'],
  );
  return offers;
}

/** How many alerts the rows become: one for each different combination of impacted entities, and rows that name none. */
export function alertCount(
  columns: readonly { readonly name: string }[],
  rows: readonly (readonly unknown[])[],
  entities: readonly LinkEntity[],
): { readonly alerts: number; readonly without: number } {
  const impacted = entities.filter(({ part }) => part === 'impacted');
  const keys = new Set<string>();
  let without = 0;
  for (const row of rows) {
    const record = rowRecord(columns as never, row);
    const hit = impacted.flatMap(({ type, fields }) => {
      const found = Object.entries(fields).flatMap(([field, column]) => {
        const text = String(record[column] ?? '').trim();
        return text === '' || text === '-' ? [] : [[field, field === 'processId' ? Number(text) : text] as const];
      });
      const entity = makeEntity(type, Object.fromEntries(found));
      return entity ? [`${entity.type}|${entity.key}`] : [];
    });
    if (hit.length === 0) without += 1;
    else keys.add(hit.sort().join('\n'));
  }
  return { alerts: keys.size, without };
}
