import type { SourceState } from '@parapet/schema';
import type { ReceiverContext, RunningReceiver, SourceKind } from '../sources/types.ts';
import type { AppendRequest } from '../types.ts';
import { Batcher } from './batcher.ts';
import { listenDatagrams } from './datagram.ts';
import { type SyslogSettings, syslogSettings } from './settings.ts';
import { listenStream } from './stream.ts';

const encrypted = { field: 'transport', values: ['tls', 'relp-tls'] } as const;
const connected = { field: 'transport', values: ['tcp', 'tls', 'relp', 'relp-tls'] } as const;

/** Firewalls, switches, Linux and Unix machines, appliances; rsyslog and syslog-ng as relays. */
export const syslogKind: SourceKind = {
  id: 'syslog',
  title: 'Syslog',
  description:
    'Network devices, firewalls, Linux machines and relays, over UDP, TCP, TLS or RELP; CEF and LEEF inside.',
  credentials: 'none',
  fields: [
    {
      name: 'transport',
      label: 'Transport',
      type: 'choice',
      required: true,
      fallback: 'tcp',
      choices: [
        { value: 'udp', label: 'UDP: no delivery is guaranteed' },
        { value: 'tcp', label: 'TCP' },
        { value: 'tls', label: 'TLS' },
        { value: 'relp', label: 'RELP: acknowledged, nothing is lost' },
        { value: 'relp-tls', label: 'RELP over TLS' },
      ],
    },
    {
      name: 'host',
      label: 'Address to listen on',
      type: 'text',
      fallback: '0.0.0.0',
      hint: '0.0.0.0 is every address of this machine, :: with IPv6.',
    },
    {
      name: 'port',
      label: 'Port',
      type: 'number',
      required: true,
      fallback: 5514,
      min: 0,
      max: 65_535,
      hint: 'Usual ports are 514 for UDP and TCP, 6514 for TLS, 2514 for RELP. Below 1024 a privilege is needed.',
    },
    {
      name: 'peers',
      label: 'Allowed senders',
      type: 'textarea',
      hint: 'Addresses and ranges such as 192.0.2.0/24, one a line. Empty takes messages from everywhere.',
    },
    {
      name: 'timeZone',
      label: 'Time zone of the senders',
      type: 'text',
      fallback: 'UTC',
      hint: 'For messages that name none (RFC 3164): a name such as Europe/Berlin, or +02:00.',
    },
    {
      name: 'maxConnections',
      label: 'Connections at once',
      type: 'number',
      fallback: 1_000,
      min: 1,
      max: 50_000,
      onlyFor: connected,
    },
    {
      name: 'certFile',
      label: 'Certificate file',
      type: 'text',
      hint: 'PEM file on this server. Empty: a self-signed certificate of this source, whose fingerprint is shown.',
      onlyFor: encrypted,
    },
    { name: 'keyFile', label: 'Key file', type: 'text', hint: 'PEM file on this server.', onlyFor: encrypted },
    {
      name: 'clientCaFile',
      label: 'Authority of client certificates',
      type: 'text',
      hint: 'PEM file on this server. When given, only clients with a certificate it signed may send.',
      onlyFor: encrypted,
    },
    {
      name: 'clientNames',
      label: 'Allowed client names',
      type: 'textarea',
      hint: 'Common names, or parts of a subject such as O=Example, one a line. Empty takes every client the authority signed.',
      onlyFor: encrypted,
    },
  ],
  setup: [
    {
      title: 'rsyslog over TCP',
      language: 'text',
      text: `# /etc/rsyslog.d/60-parapet.conf
action(type="omfwd" target="{{host}}" port="{{setting:port}}" protocol="tcp"
       template="RSYSLOG_SyslogProtocol23Format" TCP_Framing="octet-counted"
       queue.type="LinkedList" queue.filename="parapet" queue.maxDiskSpace="1g" queue.saveOnShutdown="on"
       action.resumeRetryCount="-1")`,
    },
    {
      title: 'rsyslog over RELP',
      language: 'text',
      text: `# /etc/rsyslog.d/60-parapet.conf, package rsyslog-relp
module(load="omrelp")
action(type="omrelp" target="{{host}}" port="{{setting:port}}"
       template="RSYSLOG_SyslogProtocol23Format"
       queue.type="LinkedList" queue.filename="parapet" queue.maxDiskSpace="1g" queue.saveOnShutdown="on"
       action.resumeRetryCount="-1")`,
    },
    {
      title: 'rsyslog over TLS',
      language: 'text',
      text: `# /etc/rsyslog.d/60-parapet.conf, package rsyslog-gnutls; server.crt lies in the folder of this source
global(defaultNetstreamDriverCAFile="/etc/rsyslog.d/parapet.crt")
action(type="omfwd" target="{{host}}" port="{{setting:port}}" protocol="tcp"
       StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/certvalid"
       template="RSYSLOG_SyslogProtocol23Format" TCP_Framing="octet-counted"
       queue.type="LinkedList" queue.filename="parapet" queue.maxDiskSpace="1g" queue.saveOnShutdown="on"
       action.resumeRetryCount="-1")`,
    },
    {
      title: 'syslog-ng',
      language: 'text',
      text: `destination d_parapet {
  syslog("{{host}}" port({{setting:port}}) transport("tcp") disk-buffer(disk-buf-size(1073741824) reliable(yes)));
};
log { source(s_src); destination(d_parapet); };`,
    },
    {
      title: 'Try it',
      language: 'bash',
      text: 'logger --server {{host}} --port {{setting:port}} --tcp --rfc5424 --octet-count "hello from $(hostname)"',
    },
  ],
  start: startSyslog,
};

/** @throws Error when a setting cannot be used or the port cannot be had */
export async function startSyslog(context: ReceiverContext): Promise<RunningReceiver> {
  const settings = await syslogSettings(context);
  const stop = new AbortController();
  const batcher = new Batcher('syslog', store(context, stop.signal), (error, events) =>
    context.log.warn({ err: error, events, source: context.source.name }, 'syslog messages could not be stored'),
  );
  const listener =
    settings.transport === 'udp' ? await listenDatagrams(settings, batcher) : await listenStream(settings, batcher);
  return {
    state: () => describe(settings, listener, batcher),
    async stop() {
      await listener.close();
      stop.abort();
      await batcher.stop();
    },
  };
}

/** Waits for room while the source runs; when it stops, what was taken is given one more try. */
function store(context: ReceiverContext, signal: AbortSignal): (request: AppendRequest) => Promise<void> {
  return async (request) => {
    if (!signal.aborted) {
      try {
        await context.appendWhenRoom(request, signal);
        return;
      } catch (error) {
        if ((error as { code?: string }).code !== 'source_stopped' && !signal.aborted) throw error;
      }
    }
    await context.ingest.appendRequest(context.sender, request);
  };
}

function describe(
  settings: SyslogSettings,
  listener: Awaited<ReturnType<typeof listenStream>> | Awaited<ReturnType<typeof listenDatagrams>>,
  batcher: Batcher,
): SourceState {
  const subjects = 'subjects' in listener ? listener.subjects() : [];
  const detail = [
    `Listening on ${settings.host}:${listener.port} (${settings.transport.toUpperCase().replace('-', ' over ')})`,
    ...(settings.tls ? [`certificate SHA-256 ${settings.tls.fingerprint}`] : []),
    ...(subjects.length > 0 ? [`clients ${subjects.slice(0, 10).join('; ')}${subjects.length > 10 ? '; …' : ''}`] : []),
  ];
  return {
    state: batcher.full ? 'waiting' : 'running',
    detail: (batcher.full
      ? ['Held back: there is no room in the buffer, or the rate limit is reached', ...detail]
      : detail
    ).join(', '),
    counters: { ...listener.counters, stored: batcher.stored, lost: batcher.lost, queued: batcher.size },
  };
}
