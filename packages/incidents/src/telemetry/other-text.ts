import { type Entity, type EntityFields, type EntityType, makeEntity, type TimelineGroup } from '@parapet/schema';
import { type Row, str } from './rows.ts';

const spaced = (action: string): string => {
  const words = action.includes(' ')
    ? action
    : action
        .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
        .replace(/[_.]+/g, ' ')
        .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
};
const cut = (text: string, most = 200): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
const first = (row: Row, names: readonly string[]): string => {
  for (const name of names) {
    const value = str(row, name).trim();
    if (value && value !== '{}' && value !== '[]') return value;
  }
  return '';
};

const WHO = [
  'AccountUpn',
  'UserPrincipalName',
  'AccountDisplayName',
  'UserDisplayName',
  'UserId',
  'AccountName',
  'UserIdentityUserName',
  'UserIdentityArn',
  'ActorAlternateId',
  'TargetUserName',
  'SubjectUserName',
];
const WHERE_FROM = [
  'IPAddress',
  'RemoteIP',
  'SourceIpAddress',
  'ClientIP',
  'ClientIp',
  'IpAddress',
  'CallerIpAddress',
  'SrcIpAddr',
];
const ACTION = ['ActionType', 'OperationName', 'EventName', 'Operation', 'Activity', 'EventType'];
const APP = ['Application', 'AppDisplayName', 'ResourceDisplayName'];
const OBJECT = [
  'ObjectName',
  'ResourceId',
  'TargetAccountUpn',
  'TargetAccountDisplayName',
  'TargetDeviceName',
  'DestinationDeviceName',
  'QueryTarget',
  'Query',
  'ObjectId',
];
const TEXT = ['RenderedDescription', 'SyslogMessage', 'Activity', 'Description', 'Message', 'LogMessage'];

/** Whether a sign-in failed, in the words of its table; undefined where it does not say. */
function failed(row: Row): boolean | undefined {
  const action = str(row, 'ActionType');
  if (/fail/i.test(action)) return true;
  if (/success/i.test(action)) return false;
  const code = first(row, ['ErrorCode', 'ResultType']);
  return code === '' ? undefined : !/^0+$/.test(code);
}

/** One line about a row of any table: who did what to what, from where. */
export function otherTitle(table: string, group: TimelineGroup, row: Row): string {
  const who = first(row, WHO);
  const from = first(row, WHERE_FROM);
  const action = first(row, ACTION);
  const app = first(row, APP);
  switch (group) {
    case 'signIn': {
      const bad = failed(row);
      const verb =
        bad === undefined ? spaced(action || 'Signed in').toLowerCase() : bad ? 'failed to sign in' : 'signed in';
      return cut(`${who || 'Someone'} ${verb}${app ? ` to ${app}` : ''}${from ? ` from ${from}` : ''}`);
    }
    case 'email':
      return cut(emailTitle(table, row));
    case 'inventory': {
      const name = first(row, [
        'DeviceName',
        'AccountUpn',
        'AccountDisplayName',
        'AccountName',
        'AppName',
        'OAuthAppId',
      ]);
      return cut(`${table} recorded${name ? ` ${name}` : ''}`);
    }
    case 'log': {
      const text = first(row, TEXT);
      const id = str(row, 'EventID');
      return cut(
        text || `${table}${id ? ` ${id}` : ''}${action ? `: ${spaced(action)}` : ''}${who ? ` by ${who}` : ''}`,
      );
    }
    default: {
      const object = first(row, OBJECT);
      return cut(
        `${spaced(action || table)}${object && object !== who ? `: ${object}` : ''}${app && group === 'cloud' ? ` in ${app}` : ''}${who ? ` by ${who}` : ''}${from ? ` from ${from}` : ''}`,
      );
    }
  }
}

function emailTitle(table: string, row: Row): string {
  const subject = str(row, 'Subject');
  const sender = first(row, ['SenderFromAddress', 'SenderMailFromAddress']);
  const recipient = str(row, 'RecipientEmailAddress');
  switch (table) {
    case 'EmailEvents': {
      const outcome = str(row, 'DeliveryAction');
      return `${subject ? `“${subject}”` : 'Message without a subject'} from ${sender || 'unknown'} to ${recipient || 'unknown'}${outcome ? `: ${outcome.toLowerCase()}` : ''}`;
    }
    case 'EmailUrlInfo':
      return `Link in the message: ${str(row, 'Url') || str(row, 'UrlDomain')}`;
    case 'EmailAttachmentInfo':
      return `Attachment ${str(row, 'FileName') || str(row, 'SHA256')}${sender ? ` from ${sender}` : ''}`;
    case 'UrlClickEvents':
      return `${str(row, 'AccountUpn') || 'Someone'} clicked ${str(row, 'Url')}${str(row, 'ActionType') ? ` (${spaced(str(row, 'ActionType')).toLowerCase()})` : ''}`;
    default:
      return `${spaced(first(row, ACTION) || table)}${subject ? `: “${subject}”` : ''}${recipient ? ` to ${recipient}` : ''}`;
  }
}

/** What a row of any table names, each thing once. */
export function otherEntities(row: Row): Entity[] {
  const found = new Map<string, Entity>();
  const add = (type: EntityType, fields: EntityFields): void => {
    const filled = Object.fromEntries(
      Object.entries(fields).filter(([, value]) => value !== '' && value !== undefined),
    );
    const entity = Object.keys(filled).length > 0 ? makeEntity(type, filled) : undefined;
    if (entity && found.size < 20) found.set(`${type}:${entity.key}`, entity);
  };
  const upn =
    first(row, ['AccountUpn', 'UserPrincipalName', 'ActorAlternateId']) ||
    (str(row, 'UserId').includes('@') ? str(row, 'UserId') : '');
  const name = str(row, 'AccountName');
  if (name || upn)
    add('user', {
      accountName: name,
      accountDomain: str(row, 'AccountDomain'),
      accountSid: str(row, 'AccountSid'),
      accountUpn: upn,
      accountObjectId: str(row, 'AccountObjectId'),
    });
  const device = first(row, ['DeviceName', 'Computer', 'HostName']);
  if (device) add('device', { deviceId: str(row, 'DeviceId'), deviceName: device });
  for (const column of WHERE_FROM) add('ip', { ip: str(row, column) });
  for (const column of ['DestinationIPAddress', 'SenderIPv4', 'LocalIP', 'PublicIP'])
    add('ip', { ip: str(row, column) });
  for (const column of ['RemoteUrl', 'Url']) add('url', { url: str(row, column) });
  if (str(row, 'SHA256') || str(row, 'SHA1'))
    add('file', { fileName: str(row, 'FileName'), sha256: str(row, 'SHA256'), sha1: str(row, 'SHA1') });
  add('mailbox', { mailboxAddress: str(row, 'RecipientEmailAddress') });
  add('mailbox', { mailboxAddress: str(row, 'SenderFromAddress') });
  if (str(row, 'NetworkMessageId'))
    add('mailMessage', { networkMessageId: str(row, 'NetworkMessageId'), emailSubject: str(row, 'Subject') });
  const app = first(row, APP);
  if (app) add('cloudApp', { applicationName: app, applicationId: str(row, 'ApplicationId') });
  if (str(row, 'OAuthAppId'))
    add('oauthApp', { oauthAppId: str(row, 'OAuthAppId'), applicationName: str(row, 'AppName') });
  const arn = str(row, 'UserIdentityArn') || str(row, 'SessionIssuerArn');
  if (arn) add('cloudIdentity', { resourceId: arn, accountName: str(row, 'UserIdentityUserName') });
  if (str(row, 'ResourceId')) add('cloudResource', { resourceId: str(row, 'ResourceId') });
  return [...found.values()];
}
