import type { EntityType } from '@parapet/schema';

/** Columns that always make the same entity, so that a rule need not spell them out. */
export interface Preset {
  readonly type: EntityType;
  readonly fields: Readonly<Record<string, string>>;
  readonly constants?: Readonly<Record<string, string>>;
  /** Columns the query must produce; the others are used when they are there. */
  readonly required: readonly string[];
}

const DEVICE = { deviceId: 'DeviceId', deviceName: 'DeviceName' } as const;

export const PRESETS: Readonly<Record<string, Preset>> = {
  device: { type: 'device', fields: DEVICE, required: ['DeviceId'] },
  account: {
    type: 'user',
    fields: {
      accountName: 'AccountName',
      accountDomain: 'AccountDomain',
      accountSid: 'AccountSid',
      accountUpn: 'AccountUpn',
      accountObjectId: 'AccountObjectId',
      logonId: 'LogonId',
    },
    required: ['AccountName'],
  },
  initiatingAccount: {
    type: 'user',
    fields: {
      accountName: 'InitiatingProcessAccountName',
      accountDomain: 'InitiatingProcessAccountDomain',
      accountSid: 'InitiatingProcessAccountSid',
      accountUpn: 'InitiatingProcessAccountUpn',
      accountObjectId: 'InitiatingProcessAccountObjectId',
      logonId: 'InitiatingProcessLogonId',
    },
    required: ['InitiatingProcessAccountName'],
  },
  /** The created process of DeviceProcessEvents. */
  process: {
    type: 'process',
    fields: {
      ...DEVICE,
      processId: 'ProcessId',
      processUniqueId: 'ProcessUniqueId',
      processCreationTime: 'ProcessCreationTime',
      processCommandLine: 'ProcessCommandLine',
      parentProcessFileName: 'InitiatingProcessFileName',
      fileName: 'FileName',
      folderPath: 'FolderPath',
      sha1: 'SHA1',
      sha256: 'SHA256',
      md5: 'MD5',
      accountName: 'AccountName',
      accountDomain: 'AccountDomain',
      logonId: 'LogonId',
    },
    required: ['DeviceId', 'ProcessId', 'FileName'],
  },
  /** The acting process of every other device table, the parent in DeviceProcessEvents. */
  initiatingProcess: {
    type: 'process',
    fields: {
      ...DEVICE,
      processId: 'InitiatingProcessId',
      processUniqueId: 'InitiatingProcessUniqueId',
      processCreationTime: 'InitiatingProcessCreationTime',
      processCommandLine: 'InitiatingProcessCommandLine',
      parentProcessFileName: 'InitiatingProcessParentFileName',
      fileName: 'InitiatingProcessFileName',
      folderPath: 'InitiatingProcessFolderPath',
      sha1: 'InitiatingProcessSHA1',
      sha256: 'InitiatingProcessSHA256',
      md5: 'InitiatingProcessMD5',
      accountName: 'InitiatingProcessAccountName',
      accountDomain: 'InitiatingProcessAccountDomain',
      logonId: 'InitiatingProcessLogonId',
    },
    required: ['DeviceId', 'InitiatingProcessId', 'InitiatingProcessFileName'],
  },
  file: {
    type: 'file',
    fields: { fileName: 'FileName', folderPath: 'FolderPath', sha1: 'SHA1', sha256: 'SHA256', md5: 'MD5' },
    required: ['FileName'],
  },
  initiatingFile: {
    type: 'file',
    fields: {
      fileName: 'InitiatingProcessFileName',
      folderPath: 'InitiatingProcessFolderPath',
      sha1: 'InitiatingProcessSHA1',
      sha256: 'InitiatingProcessSHA256',
      md5: 'InitiatingProcessMD5',
    },
    required: ['InitiatingProcessFileName'],
  },
  registry: {
    type: 'registry',
    fields: {
      registryKey: 'RegistryKey',
      registryValueName: 'RegistryValueName',
      registryValueData: 'RegistryValueData',
    },
    required: ['RegistryKey'],
  },
  service: { type: 'service', fields: { ...DEVICE, serviceName: 'ServiceName' }, required: ['ServiceName'] },
  scheduledTask: { type: 'scheduledTask', fields: { ...DEVICE, taskName: 'TaskName' }, required: ['TaskName'] },
  remoteIp: { type: 'ip', fields: { ip: 'RemoteIP' }, required: ['RemoteIP'] },
  sourceIp: { type: 'ip', fields: { ip: 'IPAddress' }, required: ['IPAddress'] },
  awsActor: {
    type: 'cloudIdentity',
    fields: { resourceId: 'ActorArn', accountName: 'ActorName', cloudAccountId: 'CloudAccountId' },
    constants: { cloudPlatform: 'AWS' },
    required: ['ActorArn', 'ActorName'],
  },
  awsTargetUser: {
    type: 'cloudIdentity',
    fields: { resourceId: 'TargetUserArn', accountName: 'TargetResource', cloudAccountId: 'CloudAccountId' },
    constants: { cloudPlatform: 'AWS' },
    required: ['TargetUserArn', 'TargetResource'],
  },
  awsAccessKey: {
    type: 'cloudResource',
    fields: { resourceId: 'AccessKeyId', cloudAccountId: 'CloudAccountId' },
    constants: { cloudPlatform: 'AWS', resourceType: 'AccessKey' },
    required: ['AccessKeyId'],
  },
  awsAccount: {
    type: 'cloudAccount',
    fields: { cloudAccountId: 'CloudAccountId' },
    constants: { cloudPlatform: 'AWS' },
    required: ['CloudAccountId'],
  },
  awsResource: {
    type: 'cloudResource',
    fields: { resourceId: 'TargetResource', resourceType: 'TargetType', cloudAccountId: 'CloudAccountId' },
    constants: { cloudPlatform: 'AWS' },
    required: ['TargetResource', 'TargetType'],
  },
};
