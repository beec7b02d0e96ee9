import { timeAt } from './timestamp.ts';
import type { Zone } from './zone.ts';

const FACILITIES = [
  'kern',
  'user',
  'mail',
  'daemon',
  'auth',
  'syslog',
  'lpr',
  'news',
  'uucp',
  'cron',
  'authpriv',
  'ftp',
  'ntp',
  'audit',
  'alert',
  'clock',
  'local0',
  'local1',
  'local2',
  'local3',
  'local4',
  'local5',
  'local6',
  'local7',
];
const SEVERITIES = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'];

/** JSON of a priority, made once for each of the 192 values. */
const PRIORITIES = Array.from({ length: 192 }, (_, value) => {
  const facility = value >> 3;
  const severity = value & 7;
  return `"priority":${value},"facility":{"code":${facility},"name":"${FACILITIES[facility]}"},"severity":{"code":${severity},"name":"${SEVERITIES[severity]}"}`;
});

/** What is known about a message beside its text. */
export interface SyslogOrigin {
  /** JSON that is the same for all messages of a peer, ready to be put into the record: see {@link originJson}. */
  readonly json: string;
  readonly zone: Zone;
  /** Milliseconds since the epoch at which it arrived. */
  readonly now: number;
  /** The text is only the beginning of what was sent. */
  readonly truncated?: boolean;
}

/** The part of a record that says who delivered it. */
export function originJson(peer: { readonly ip: string; readonly port?: number; readonly subject?: string }): string {
  const source = `"source":{"ip":${JSON.stringify(peer.ip)}${peer.port === undefined ? '' : `,"port":${peer.port}`}}`;
  return peer.subject === undefined ? source : `${source},"tls":{"client":{"subject":${JSON.stringify(peer.subject)}}}`;
}

/** Sequence numbers and marks that Cisco devices put before the time. */
const CISCO_LEAD = /(?:\d{1,12}: )?(?:[\w.-]{1,100}: )?(?:\d{1,12}: )?[*.:]? ?/y;
const TAG = /([\w./@+-]{1,64})(?:\[([^\]\s]{1,48})\])?: ?/y;
const HOST = /[A-Za-z0-9_.:[\]%-]{1,255}(?= )/y;
const EVENT_FORMAT = /^(?:CEF|LEEF):\d/;

/**
 * One syslog message as the JSON of a record, names by the Elastic Common Schema: `@timestamp`, `message` (the text behind
 * the header), `event.original` (all of it), `log.syslog.*`, `host.hostname`, `source.ip`.
 *
 * RFC 5424 and RFC 3164 and what devices make of them: no priority, no time, no host, a year or a zone in the time,
 * sequence numbers (Cisco), ISO times (rsyslog). CEF and LEEF stay whole in `message`. What is not recognised is
 * `message`, with the time of arrival.
 */
export function syslogRecord(text: string, origin: SyslogOrigin): string {
  let at = 0;
  let priority = -1;
  if (text.charCodeAt(0) === 60) {
    const close = text.indexOf('>');
    if (close > 1 && close <= 4) {
      const value = Number(text.slice(1, close));
      if (Number.isInteger(value) && value >= 0 && value < 192) {
        priority = value;
        at = close + 1;
      }
    }
  }
  const syslog = priority >= 0 ? (PRIORITIES[priority] ?? '') : '';
  if (priority >= 0 && text.charCodeAt(at) === 49 && text.charCodeAt(at + 1) === 32) {
    const record = rfc5424(text, at + 2, syslog, origin);
    if (record !== null) return record;
  }
  return rfc3164(text, at, syslog, origin);
}

function rfc5424(text: string, from: number, syslog: string, origin: SyslogOrigin): string | null {
  let at = from;
  const field = (): string | null => {
    const end = text.indexOf(' ', at);
    const value = end === -1 ? text.slice(at) : text.slice(at, end);
    at = end === -1 ? text.length : end + 1;
    return value === '-' || value === '' ? null : value;
  };
  const time = text.charCodeAt(at) === 45 ? null : timeAt(text, at, origin.zone, origin.now);
  // With a time that cannot be read it is some other dialect that happens to hold a `1`.
  if (time === null && text.charCodeAt(at) !== 45) return null;
  field();
  const hostname = field();
  const appname = field();
  const procid = field();
  const msgid = field();
  let structured = '';
  if (text.charCodeAt(at) === 91) {
    const parsed = structuredData(text, at);
    if (parsed) {
      structured = parsed.json;
      at = parsed.end;
      if (text.charCodeAt(at) === 32) at++;
    }
  } else if (text.charCodeAt(at) === 45 && (at + 1 >= text.length || text.charCodeAt(at + 1) === 32)) at += 2;
  if (text.charCodeAt(at) === 0xfeff) at++;
  return record(origin, time, text, text.slice(at), {
    syslog: `${syslog},"version":"1"`,
    hostname,
    appname,
    procid,
    msgid,
    structured,
  });
}

/** Elements of structured data as JSON. A value that occurs twice in an element becomes a list. */
function structuredData(text: string, from: number): { readonly json: string; readonly end: number } | null {
  const elements: string[] = [];
  const seen = new Map<string, Map<string, string[]>>();
  let at = from;
  while (text.charCodeAt(at) === 91) {
    const head = /[^\s=\]"]{1,200}/y;
    head.lastIndex = at + 1;
    const id = head.exec(text)?.[0];
    if (id === undefined) return null;
    at = head.lastIndex;
    const values = seen.get(id) ?? new Map<string, string[]>();
    seen.set(id, values);
    while (text.charCodeAt(at) === 32) {
      at++;
      const equals = text.indexOf('="', at);
      if (equals === -1 || equals - at > 200) return null;
      const name = text.slice(at, equals);
      let value = '';
      let start = equals + 2;
      for (at = start; ; at++) {
        const code = text.charCodeAt(at);
        if (Number.isNaN(code)) return null;
        if (code === 92 && /["\\\]]/.test(text[at + 1] ?? '')) {
          value += text.slice(start, at);
          start = ++at;
        } else if (code === 34) break;
      }
      value += text.slice(start, at);
      at++;
      const known = values.get(name);
      if (known) known.push(value);
      else values.set(name, [value]);
    }
    if (text.charCodeAt(at) !== 93) return null;
    at++;
  }
  for (const [id, values] of seen) {
    const parts: string[] = [];
    for (const [name, list] of values)
      parts.push(`${JSON.stringify(name)}:${JSON.stringify(list.length === 1 ? list[0] : list)}`);
    elements.push(`${JSON.stringify(id)}:{${parts.join(',')}}`);
  }
  return { json: `{${elements.join(',')}}`, end: at };
}

function rfc3164(text: string, from: number, syslog: string, origin: SyslogOrigin): string {
  let at = from;
  let time = timeAt(text, at, origin.zone, origin.now);
  let hostname: string | null = null;
  if (!time) {
    // `123: host: 456: *Mar  1 10:00:00.123: %SYS-5-…`
    CISCO_LEAD.lastIndex = at;
    const lead = CISCO_LEAD.exec(text)?.[0] ?? '';
    if (lead !== '') {
      time = timeAt(text, at + lead.length, origin.zone, origin.now);
      if (time) hostname = /(?:^|: )([A-Za-z][\w.-]*): /.exec(lead)?.[1] ?? null;
    }
  }
  if (time) {
    at = time.end;
    if (text.charCodeAt(at) === 58) at++;
    while (text.charCodeAt(at) === 32) at++;
    const next = text.charCodeAt(at);
    // A device that names itself does so behind the time; a tag ends with a colon, `%FAC-…` and CEF are text.
    if (hostname === null && next !== 37 && next !== 58) {
      HOST.lastIndex = at;
      const word = HOST.exec(text)?.[0];
      if (word && !word.endsWith(':') && !/\[\d+\]$/.test(word) && !EVENT_FORMAT.test(word)) {
        hostname = word;
        at += word.length + 1;
        // `host : %ASA-6-…`
        if (text.startsWith(': ', at)) at += 2;
      }
    }
    while (text.charCodeAt(at) === 32) at++;
    if (text.startsWith(': ', at)) at += 2;
  }
  let appname: string | null = null;
  let procid: string | null = null;
  if (time || from > 0) {
    const code = text.charCodeAt(at);
    if (code !== 37 && !EVENT_FORMAT.test(text.slice(at, at + 7))) {
      TAG.lastIndex = at;
      const tag = TAG.exec(text);
      if (tag) {
        appname = tag[1] ?? null;
        procid = tag[2] ?? null;
        at = TAG.lastIndex;
      }
    }
  }
  return record(origin, time, text, text.slice(at), { syslog, hostname, appname, procid, msgid: null, structured: '' });
}

interface Header {
  readonly syslog: string;
  readonly hostname: string | null;
  readonly appname: string | null;
  readonly procid: string | null;
  readonly msgid: string | null;
  readonly structured: string;
}

let lastSecond = -1;
let lastText = '';

/** ISO 8601; the part up to the second is the same for many messages. */
function iso(at: number, finer: string): string {
  const second = Math.floor(at / 1_000);
  if (second !== lastSecond) {
    lastSecond = second;
    lastText = new Date(second * 1_000).toISOString().slice(0, 20);
  }
  return `${lastText}${String(at - second * 1_000).padStart(3, '0')}${finer}Z`;
}

function record(
  origin: SyslogOrigin,
  time: { readonly at: number; readonly finer: string } | null,
  original: string,
  message: string,
  header: Header,
): string {
  let syslog = header.syslog;
  const add = (name: string, json: string): void => {
    syslog += `${syslog === '' ? '' : ','}"${name}":${json}`;
  };
  if (header.hostname !== null) add('hostname', JSON.stringify(header.hostname));
  if (header.appname !== null) add('appname', JSON.stringify(header.appname));
  if (header.procid !== null) add('procid', JSON.stringify(header.procid));
  if (header.msgid !== null) add('msgid', JSON.stringify(header.msgid));
  if (header.structured !== '') add('structured_data', header.structured);
  const flags = origin.truncated ? ',"flags":["truncated"]' : '';
  const host = header.hostname === null ? '' : `"host":{"hostname":${JSON.stringify(header.hostname)}},`;
  return `{"@timestamp":"${iso(time?.at ?? origin.now, time?.finer ?? '')}","message":${JSON.stringify(message)},"event":{"original":${JSON.stringify(original)}},"log":{"syslog":{${syslog}}${flags}},${host}${origin.json}}`;
}

/** The text of a message: UTF-8, with U+FFFD for what is not; a line end or NULs at its end are framing. */
export function syslogText(bytes: Buffer): string {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === 0 || bytes[end - 1] === 10 || bytes[end - 1] === 13)) end--;
  return bytes.toString('utf8', 0, end);
}
