import type { SourceKind } from '../sources/types.ts';

/** Scripts, webhooks and whatever else can send HTTP. */
export const genericKind: SourceKind = {
  id: 'http',
  title: 'HTTP',
  description: 'Scripts and webhooks: JSON, lines of JSON, CSV or lines of text, told apart by content.',
  credentials: 'key',
  fields: [],
  setup: [
    {
      title: 'JSON',
      language: 'bash',
      text: `curl -sS {{url}}/api/ingest/my-logs -H 'Authorization: Bearer {{key}}' \\
  -H 'Content-Type: application/json' -d '[{"message": "hello"}, {"message": "world"}]'`,
    },
    {
      title: 'File',
      language: 'bash',
      text: `curl -sS {{url}}/api/ingest/my-logs -H 'Authorization: Bearer {{key}}' \\
  -H "Idempotency-Key: $(sha256sum < access.log | cut -c1-64)" --data-binary @access.log`,
    },
    {
      title: 'Rows of a table',
      language: 'bash',
      text: `curl -sS {{url}}/api/ingest/DeviceInfo -H 'Authorization: Bearer {{key}}' \\
  -d '{"Timestamp": "2026-01-01T00:00:00Z", "DeviceName": "pc-1", "OSPlatform": "Windows11"}'`,
    },
  ],
};
