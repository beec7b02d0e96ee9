/** Starting points: columns that queries of the kind expect. */
export interface ListTemplate {
  readonly name: string;
  readonly alias: string;
  readonly description: string;
  readonly columns: readonly string[];
  readonly searchKey: string;
}

export const TEMPLATES: readonly ListTemplate[] = [
  {
    name: 'High-value assets',
    alias: 'HighValueAssets',
    description: 'Devices and resources whose loss hurts most.',
    columns: ['AssetId', 'AssetName', 'AssetType', 'Fqdn', 'IpAddress', 'Owner', 'Tags'],
    searchKey: 'AssetName',
  },
  {
    name: 'VIP users',
    alias: 'VipUsers',
    description: 'People whose accounts are watched more closely.',
    columns: ['UserPrincipalName', 'UserName', 'ObjectId', 'OnPremSid', 'Tags'],
    searchKey: 'UserPrincipalName',
  },
  {
    name: 'Terminated employees',
    alias: 'TerminatedEmployees',
    description: 'People who left, and when their access ends.',
    columns: ['UserPrincipalName', 'UserName', 'ObjectId', 'OnPremSid', 'TerminationDate', 'NotificationDate', 'State'],
    searchKey: 'UserPrincipalName',
  },
  {
    name: 'Identity correlation',
    alias: 'IdentityCorrelation',
    description: 'Which accounts of several systems belong to one person.',
    columns: ['UserPrincipalName', 'UserName', 'EmployeeId', 'Email', 'ObjectId', 'OnPremSid', 'PrivilegedAccount'],
    searchKey: 'UserPrincipalName',
  },
  {
    name: 'Service accounts',
    alias: 'ServiceAccounts',
    description: 'Accounts of programs, and who answers for them.',
    columns: ['ServiceAccount', 'ObjectId', 'OnPremSid', 'Owner', 'Tags'],
    searchKey: 'ServiceAccount',
  },
  {
    name: 'Network mapping',
    alias: 'NetworkAddresses',
    description: 'Address ranges and what they are used for.',
    columns: ['Range', 'Name', 'Site', 'Tags'],
    searchKey: 'Range',
  },
  {
    name: 'Watched addresses',
    alias: 'WatchedAddresses',
    description: 'Addresses and domains to look out for.',
    columns: ['Indicator', 'Type', 'Reason', 'Reference'],
    searchKey: 'Indicator',
  },
];
