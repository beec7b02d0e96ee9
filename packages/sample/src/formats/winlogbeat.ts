import type { Device } from '../model/org.ts';
import { hashText, Random } from '../prng.ts';
import { renderSecurityMessage } from './security-message.ts';

export const WINLOGBEAT_VERSION = '8.15.3';
export const WINLOGBEAT_INDEX = `winlogbeat-${WINLOGBEAT_VERSION}`;

/** The fields of one Windows event, in the order of the provider's manifest. */
export type EventData = Record<string, string>;

/** What all events of one kind share: provider, channel and the texts of its manifest. */
export interface EventKind {
  readonly channel: Channel;
  readonly id: number;
  readonly task: string;
  readonly version: number;
  /** First line of a Sysmon message; other providers have a renderer of their own. */
  readonly title: string;
  readonly keyword?: 'Audit Success' | 'Audit Failure';
  readonly level?: string;
  /** Events of a manifest with a `UserData` template instead of `EventData`, with the template's element name. */
  readonly userData?: string;
  readonly provider?: { readonly name: string; readonly guid: string };
}

export type Channel = 'sysmon' | 'security' | 'system' | 'powershell';

const CHANNELS: Record<Channel, { name: string; provider: string; guid: string }> = {
  sysmon: {
    name: 'Microsoft-Windows-Sysmon/Operational',
    provider: 'Microsoft-Windows-Sysmon',
    guid: '{5770385f-c22a-43e0-bf4c-06f5698ffbd9}',
  },
  security: {
    name: 'Security',
    provider: 'Microsoft-Windows-Security-Auditing',
    guid: '{54849625-5478-4994-a5ba-3e3b0328c30d}',
  },
  system: { name: 'System', provider: 'Service Control Manager', guid: '{555908d1-a6d7-4695-8e1e-26931d2012f4}' },
  powershell: {
    name: 'Microsoft-Windows-PowerShell/Operational',
    provider: 'Microsoft-Windows-PowerShell',
    guid: '{a0c1853b-5c40-4b15-8766-3cf1c58f985a}',
  },
};

/** One line per machine that never changes: what the shipper says of itself and of its host. */
export function shipperPrefix(device: Device): string {
  const random = new Random(`shipper/${device.uuid}`);
  const host = {
    name: device.fqdn.toLowerCase(),
    hostname: device.name,
    architecture: 'x86_64',
    id: device.uuid,
    ip: [device.ip],
    mac: [device.mac],
    os: { type: 'windows', ...device.os },
  };
  const agent = {
    name: device.name,
    type: 'winlogbeat',
    version: WINLOGBEAT_VERSION,
    ephemeral_id: random.uuid(),
    id: random.uuid(),
  };
  return `"ecs":{"version":"8.0.0"},"host":${JSON.stringify(host)},"agent":${JSON.stringify(agent)}`;
}

/** Thread and process of the service that writes a channel; steady per machine. */
function writer(device: Device, channel: Channel): string {
  const h = hashText(`${device.uuid}/${channel}`);
  return `"process":{"pid":${600 + (h % 800) * 4},"thread":{"id":${700 + ((h >>> 10) % 1500) * 4}}}`;
}

/** Renders documents of one machine. Holds only texts that never change, so its order of use does not matter. */
export class Winlogbeat {
  private readonly prefix: string;
  private readonly writers: Record<Channel, string>;
  private readonly computer: string;

  constructor(device: Device) {
    this.prefix = shipperPrefix(device);
    this.computer = JSON.stringify(device.fqdn);
    this.writers = {
      sysmon: writer(device, 'sysmon'),
      security: writer(device, 'security'),
      system: writer(device, 'system'),
      powershell: writer(device, 'powershell'),
    };
  }

  /**
   * One document as Winlogbeat 8 sends it.
   * @param at milliseconds since the epoch
   * @param delay milliseconds until the shipper read the record
   * @param user the account in the record's header (Sysmon writes as SYSTEM)
   */
  render(
    kind: EventKind,
    data: EventData,
    at: number,
    recordId: number,
    delay: number,
    user: HeaderUser | null,
  ): string {
    const channel = CHANNELS[kind.channel];
    const provider = kind.provider?.name ?? channel.provider;
    const guid = kind.provider?.guid ?? channel.guid;
    const outcome =
      kind.keyword === undefined ? '' : `,"outcome":"${kind.keyword === 'Audit Success' ? 'success' : 'failure'}"`;
    const { body, message } = kind.channel === 'sysmon' ? sysmonTexts(kind.title, data) : otherTexts(kind, data);
    const userText =
      user === null
        ? ''
        : user.sid === 'S-1-5-18'
          ? SYSTEM_USER
          : `"user":{"identifier":"${user.sid}","name":${JSON.stringify(user.name)},"domain":${JSON.stringify(user.domain)},"type":"User"},`;
    const task = JSON.stringify(kind.task);
    return (
      `{"@timestamp":"${new Date(at).toISOString()}",${this.prefix},` +
      `"event":{"kind":"event","code":"${kind.id}","provider":"${provider}","action":${task}${outcome},` +
      `"created":"${new Date(at + delay).toISOString()}"},"log":{"level":"${kind.level ?? 'information'}"},` +
      `"message":${message},` +
      `"winlog":{"api":"wineventlog","channel":"${channel.name}","computer_name":${this.computer},` +
      `"event_id":"${kind.id}","provider_name":"${provider}","provider_guid":"${guid}",` +
      `"record_id":${recordId},"task":${task},"opcode":"Info",` +
      (kind.version > 0 ? `"version":${kind.version},` : '') +
      (kind.keyword === undefined ? '' : `"keywords":["${kind.keyword}"],`) +
      `${userText}${this.writers[kind.channel]},"${kind.userData === undefined ? 'event_data' : 'user_data'}":${body}}}`
    );
  }
}

const SYSTEM_USER = '"user":{"identifier":"S-1-5-18","name":"SYSTEM","domain":"NT AUTHORITY","type":"User"},';

interface Texts {
  /** JSON text of the event's data. */
  readonly body: string;
  /** JSON text of the rendered message. */
  readonly message: string;
}

/** A Sysmon message is its fields, one a line; every value is escaped once and used in both texts. */
function sysmonTexts(title: string, data: EventData): Texts {
  let body = '';
  let message = `"${title}:`;
  for (const key in data) {
    const value = escaped(data[key]!);
    body += `${body === '' ? '{' : ','}"${key}":"${value}"`;
    message += `\\n${key}: ${value}`;
  }
  return { body: `${body}}`, message: `${message}"` };
}

function otherTexts(kind: EventKind, data: EventData): Texts {
  const body = JSON.stringify(kind.userData === undefined ? data : { ...data, xml_name: kind.userData });
  return { body, message: JSON.stringify(renderMessage(kind, data)) };
}

/** The inside of a JSON string. Most values need no escape, which the test finds far quicker than the serializer. */
function escaped(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what JSON must escape.
  return /["\\\u0000-\u001f]/.test(value) ? JSON.stringify(value).slice(1, -1) : value;
}

export interface HeaderUser {
  readonly sid: string;
  readonly name: string;
  readonly domain: string;
}

function renderMessage(kind: EventKind, data: EventData): string {
  switch (kind.channel) {
    case 'powershell':
      return `Creating Scriptblock text (${data.MessageNumber} of ${data.MessageTotal}):\n${data.ScriptBlockText}\n\nScriptBlock ID: ${data.ScriptBlockId}\nPath: ${data.Path ?? ''}`;
    case 'system':
      return (
        `A service was installed in the system.\n\nService Name:  ${data.ServiceName}\nService File Name:  ${data.ImagePath}` +
        `\nService Type:  ${data.ServiceType}\nService Start Type:  ${data.StartType}\nService Account:  ${data.AccountName}`
      );
    default:
      return renderSecurityMessage(kind.id, data);
  }
}
