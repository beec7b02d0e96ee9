import { parseObject } from '../http/json.ts';
import type { SourceKind } from '../sources/types.ts';

export const OSQUERY_KIND = 'osquery';

const CONFIG = `{
  "options": { "schedule_splay_percent": 10, "logger_event_type": true },
  "schedule": {
    "processes": { "query": "select pid, name, path, cmdline, uid, parent, start_time from processes;", "interval": 300 },
    "listening_ports": { "query": "select pid, port, protocol, address from listening_ports;", "interval": 300 },
    "logged_in_users": { "query": "select type, user, host, time, pid from logged_in_users;", "interval": 300 }
  }
}
`;

/** Machines that run osquery and report over its TLS plugins. */
export const osqueryKind: SourceKind = {
  id: OSQUERY_KIND,
  title: 'osquery',
  description: 'Machines that run osquery: they enrol, fetch their schedule, send results and answer live queries.',
  credentials: 'key',
  fields: [
    {
      name: 'config',
      label: 'Configuration',
      type: 'textarea',
      fallback: CONFIG,
      hint: 'What machines get as their configuration: JSON with options, schedule, packs and decorators.',
    },
  ],
  check: ({ config }) =>
    parseObject(String(config ?? '{}'))
      ? null
      : { field: 'config', message: 'The configuration is not a JSON object. osquery would refuse it.' },
  setup: [
    {
      title: 'Flags of osqueryd',
      language: 'text',
      text: `--tls_hostname={{host}}:{{port}}
--tls_server_certs=/etc/osquery/parapet-ca.pem
--enroll_secret_path=/etc/osquery/enroll_secret
--enroll_tls_endpoint=/osquery/enroll
--config_plugin=tls
--config_tls_endpoint=/osquery/config
--config_refresh=300
--logger_plugin=tls
--logger_tls_endpoint=/osquery/log
--logger_tls_compress=true
--disable_distributed=false
--distributed_plugin=tls
--distributed_tls_read_endpoint=/osquery/distributed_read
--distributed_tls_write_endpoint=/osquery/distributed_write
--distributed_interval=30
--host_identifier=uuid`,
    },
    { title: 'Secret file', language: 'bash', text: "printf '%s' '{{key}}' > /etc/osquery/enroll_secret" },
  ],
};
