import type { ProcessNode } from '@parapet/schema/wire';

type Row = Readonly<Record<string, unknown>>;

const text = (row: Row, name: string): string => {
  const value = row[name];
  return value === null || value === undefined || typeof value === 'object' ? '' : String(value);
};

const number = (row: Row, name: string): number | null => {
  const value = text(row, name);
  return /^\d+$/.test(value) ? Number(value) : null;
};

function node(key: string, row: Row, prefix: string, names: { id: string; created: string }): ProcessNode | undefined {
  const fileName = text(row, `${prefix}FileName`);
  const processId = number(row, names.id);
  if (!fileName && processId === null) return undefined;
  const isChild = prefix === '';
  const domain = text(row, `${prefix}AccountDomain`);
  const account = text(row, `${prefix}AccountName`);
  return {
    key,
    fileName,
    folderPath: text(row, `${prefix}FolderPath`),
    processId,
    creationTime: text(row, names.created) || null,
    commandLine: text(row, isChild ? 'ProcessCommandLine' : `${prefix}CommandLine`),
    account: domain && account ? `${domain}\\${account}` : account,
    integrityLevel: text(row, isChild ? 'ProcessIntegrityLevel' : `${prefix}IntegrityLevel`),
    sha256: text(row, `${prefix}SHA256`),
    sha1: text(row, `${prefix}SHA1`),
    highlighted: false,
    alerts: [],
    activity: [],
    huntingQuery: '',
    children: [],
  };
}

/**
 * The processes one hunting row names, oldest first: parent of the initiating process, initiating process, and the
 * process the row started. Only what the row itself says.
 * @returns an empty list when the row names no process
 */
export function lineageOf(row: Row): readonly ProcessNode[] {
  const started =
    text(row, 'ProcessCommandLine') || text(row, 'ProcessCreationTime')
      ? node('process', row, '', { id: 'ProcessId', created: 'ProcessCreationTime' })
      : undefined;
  const initiating = node('initiating', row, 'InitiatingProcess', {
    id: 'InitiatingProcessId',
    created: 'InitiatingProcessCreationTime',
  });
  const parent = node('parent', row, 'InitiatingProcessParent', {
    id: 'InitiatingProcessParentId',
    created: 'InitiatingProcessParentCreationTime',
  });
  const chain = [parent, initiating, started].filter((one) => one !== undefined);
  const last = chain.length - 1;
  return chain.reduceRight<readonly ProcessNode[]>(
    (children, one, index) => [{ ...one, children, highlighted: index === last }],
    [],
  );
}
