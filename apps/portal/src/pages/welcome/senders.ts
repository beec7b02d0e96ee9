/** Copy-and-paste configuration of the senders. The values come from the running server and the key just made. */
export interface SenderInput {
  /** `http://host:port` as the browser reached it. */
  readonly url: string;
  readonly keyId: string;
  readonly keySecret: string;
  /** base64 of `id:secret`. */
  readonly encoded: string;
}

export interface Sender {
  readonly id: string;
  readonly title: string;
  /** Where the text goes. */
  readonly where: string;
  readonly language: 'yaml' | 'shell';
  readonly text: string;
}

/** The address with its port spelled out: Beats would otherwise try 9200. */
export function withPort(url: string): string {
  const parsed = new URL(url);
  const port = parsed.port || (parsed.protocol === 'https:' ? '443' : '80');
  return `${parsed.protocol}//${parsed.hostname}:${port}`;
}

export function senders({ url, keyId, keySecret, encoded }: SenderInput): readonly Sender[] {
  const host = withPort(url);
  const output = [
    'output.elasticsearch:',
    `  hosts: ["${host}"]`,
    `  api_key: "${keyId}:${keySecret}"`,
    '  compression_level: 3',
    'setup.template.enabled: false',
    'setup.ilm.enabled: false',
  ];
  return [
    {
      id: 'winlogbeat',
      title: 'Winlogbeat',
      where: 'In winlogbeat.yml on the Windows machine, then restart the service.',
      language: 'yaml',
      text: [
        'winlogbeat.event_logs:',
        '  - name: Security',
        '  - name: Microsoft-Windows-Sysmon/Operational',
        '  - name: Microsoft-Windows-PowerShell/Operational',
        '  - name: System',
        ...output,
        '',
      ].join('\n'),
    },
    {
      id: 'filebeat',
      title: 'Filebeat',
      where: 'In filebeat.yml; here for AWS CloudTrail files, one JSON object a line.',
      language: 'yaml',
      text: [
        'filebeat.inputs:',
        '  - type: filestream',
        '    id: cloudtrail',
        '    paths: ["/var/log/cloudtrail/*.json"]',
        '    parsers:',
        '      - ndjson: { target: "" }',
        ...output,
        '',
      ].join('\n'),
    },
    {
      id: 'curl',
      title: 'curl',
      where: 'Anything that speaks the Elastic bulk protocol works the same way. Sends one event.',
      language: 'shell',
      text: [
        `curl -sS "${url}/_bulk" \\`,
        `  -H "Authorization: ApiKey ${encoded}" \\`,
        '  -H "Content-Type: application/x-ndjson" \\',
        "  --data-binary @- <<'EOF'",
        '{"create":{"_index":"winlogbeat"}}',
        '{"@timestamp":"2026-01-31T09:30:00.000Z","winlog":{"channel":"Security","event_id":4624,"provider_name":"Microsoft-Windows-Security-Auditing","computer_name":"host1.example.com","event_data":{"TargetUserName":"alice","TargetDomainName":"EXAMPLE","LogonType":"3","IpAddress":"10.0.0.5"}}}',
        'EOF',
        '',
      ].join('\n'),
    },
    {
      id: 'files',
      title: 'Files',
      where:
        'On a machine with the files: zip, gz and NDJSON, single or whole folders. Shows progress and can be resumed.',
      language: 'shell',
      text: [`parapet ingest ./logs --url "${url}" --key "${encoded}"`, ''].join('\n'),
    },
  ];
}
