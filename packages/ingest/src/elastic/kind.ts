import type { SourceKind } from '../sources/types.ts';

/** Beats, Logstash, Vector, Fluent Bit and everything else that writes to Elasticsearch. */
export const elasticKind: SourceKind = {
  id: 'elastic',
  title: 'Elasticsearch bulk',
  description: 'Filebeat, Winlogbeat, Logstash, Vector, Fluent Bit and other senders that write to Elasticsearch.',
  credentials: 'key',
  fields: [],
  setup: [
    {
      title: 'Beats',
      language: 'yaml',
      text: `output.elasticsearch:
  hosts: ["{{url}}"]
  api_key: "{{keyId}}:{{keySecret}}"
setup.template.enabled: false
setup.ilm.enabled: false`,
    },
    {
      title: 'Fluent Bit',
      language: 'yaml',
      text: `pipeline:
  outputs:
    - name: es
      match: "*"
      host: {{host}}
      port: {{port}}
      http_user: {{keyId}}
      http_passwd: {{keySecret}}
      index: logs
      suppress_type_name: true`,
    },
    {
      title: 'Vector',
      language: 'yaml',
      text: `sinks:
  parapet:
    type: elasticsearch
    inputs: ["*"]
    endpoints: ["{{url}}"]
    mode: bulk
    bulk: { index: logs, action: create }
    auth: { strategy: basic, user: "{{keyId}}", password: "{{keySecret}}" }`,
    },
    {
      title: 'Logstash',
      language: 'text',
      text: `output {
  elasticsearch {
    hosts => ["{{url}}"]
    user => "{{keyId}}"
    password => "{{keySecret}}"
    index => "logs"
    manage_template => false
    ilm_enabled => false
    data_stream => false
  }
}`,
    },
    {
      title: 'curl',
      language: 'bash',
      text: `printf '%s\\n' '{"create":{"_index":"test"}}' '{"message":"hello","@timestamp":"'"$(date -u +%FT%TZ)"'"}' |
  curl -sS -H 'Authorization: ApiKey {{key}}' -H 'Content-Type: application/x-ndjson' --data-binary @- {{url}}/_bulk`,
    },
  ],
};
