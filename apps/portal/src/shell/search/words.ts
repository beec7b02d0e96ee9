import type { SearchResult } from '@parapet/schema/wire';

export type SearchGroup = SearchResult['groups'][number]['group'];

export const GROUP_LABEL: Readonly<Record<SearchGroup, string>> = {
  incidents: 'Incidents',
  alerts: 'Alerts',
  devices: 'Devices',
  users: 'Users',
  files: 'Files',
  ips: 'IP addresses',
  urls: 'URLs',
  mailboxes: 'Mailboxes',
  tables: 'Hunting tables',
};

/** What `type:` takes for a group. */
export const GROUP_TYPE: Readonly<Record<SearchGroup, string>> = {
  incidents: 'incident',
  alerts: 'alert',
  devices: 'device',
  users: 'user',
  files: 'file',
  ips: 'ip',
  urls: 'url',
  mailboxes: 'mailbox',
  tables: 'table',
};
