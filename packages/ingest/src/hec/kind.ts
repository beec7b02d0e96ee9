import type { SourceKind } from '../sources/types.ts';

/** Everything that writes to Splunk over HTTP. */
export const hecKind: SourceKind = {
  id: 'hec',
  title: 'Splunk HTTP Event Collector',
  description:
    'Senders that write to Splunk: Fluent Bit, Vector, Cribl, Docker, OpenTelemetry, appliances and scripts.',
  credentials: 'key',
  fields: [
    {
      name: 'useAck',
      label: 'Indexer acknowledgement',
      type: 'switch',
      fallback: false,
      hint: 'Requests must name a channel and get an ackId; it turns true once the events can be hunted.',
    },
    {
      name: 'queryToken',
      label: 'Token in the address',
      type: 'switch',
      fallback: false,
      hint: 'Accept ?token=… as well. Addresses end up in logs of proxies.',
    },
    {
      name: 'lineBreaking',
      label: 'Raw endpoint: an event is',
      type: 'choice',
      fallback: 'line',
      choices: [
        { value: 'line', label: 'a line' },
        { value: 'indent', label: 'a line with the indented lines after it' },
        { value: 'body', label: 'the whole request' },
      ],
    },
    {
      name: 'indexes',
      label: 'Allowed indexes',
      type: 'text',
      hint: 'Names parted by commas. Empty allows every index.',
    },
  ],
  setup: [
    {
      title: 'Fluent Bit',
      language: 'yaml',
      text: `pipeline:
  outputs:
    - name: splunk
      match: "*"
      host: {{host}}
      port: {{port}}
      splunk_token: {{key}}
      compress: gzip`,
    },
    {
      title: 'Vector',
      language: 'yaml',
      text: `sinks:
  parapet:
    type: splunk_hec_logs
    inputs: ["*"]
    endpoint: "{{url}}"
    default_token: "{{key}}"
    encoding: { codec: json }
    acknowledgements: { indexer_acknowledgements_enabled: {{setting:useAck}} }`,
    },
    {
      title: 'OpenTelemetry Collector',
      language: 'yaml',
      text: `exporters:
  splunk_hec:
    token: "{{key}}"
    endpoint: "{{url}}/services/collector"`,
    },
    {
      title: 'Docker',
      language: 'bash',
      text: `docker run --log-driver=splunk --log-opt splunk-token={{key}} \\
  --log-opt splunk-url={{url}} --log-opt splunk-format=inline IMAGE`,
    },
    {
      title: 'curl',
      language: 'bash',
      text: `curl -sS {{url}}/services/collector -H 'Authorization: Splunk {{key}}' \\
  -d '{"event": {"message": "hello"}, "sourcetype": "test", "time": '"$(date +%s)"'}'`,
    },
  ],
};
