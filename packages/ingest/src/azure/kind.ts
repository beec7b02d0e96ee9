import type { SourceKind } from '../sources/types.ts';

/** Clients of the Logs Ingestion API: its SDKs, and the outputs of shippers that write to Log Analytics. */
export const azureKind: SourceKind = {
  id: 'azure-logs',
  title: 'Azure Logs Ingestion API',
  description: 'Senders that write to Azure Monitor: its client libraries, Fluent Bit, Logstash, Cribl and scripts.',
  credentials: 'key',
  fields: [],
  setup: [
    {
      title: 'JavaScript',
      language: 'javascript',
      text: `import { ClientSecretCredential } from '@azure/identity';
import { LogsIngestionClient } from '@azure/monitor-ingestion';

// The clients ask for tokens over HTTPS alone.
const credential = new ClientSecretCredential('parapet', '{{keyId}}', '{{keySecret}}', {
  authorityHost: '{{url}}', disableInstanceDiscovery: true,
});
const client = new LogsIngestionClient('{{url}}', credential);
await client.upload('dcr-parapet', 'Custom-MyLogs', [{ TimeGenerated: new Date(), Message: 'hello' }]);`,
    },
    {
      title: 'Python',
      language: 'python',
      text: `from azure.identity import ClientSecretCredential
from azure.monitor.ingestion import LogsIngestionClient

credential = ClientSecretCredential("parapet", "{{keyId}}", "{{keySecret}}",
    authority="{{url}}", disable_instance_discovery=True)
client = LogsIngestionClient("{{url}}", credential)
client.upload("dcr-parapet", "Custom-MyLogs", [{"Message": "hello"}])`,
    },
    {
      title: 'curl',
      language: 'bash',
      text: `TOKEN=$(curl -sS {{url}}/parapet/oauth2/v2.0/token -d grant_type=client_credentials \\
  -d client_id={{keyId}} --data-urlencode client_secret={{keySecret}} | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')
curl -sS -X POST "{{url}}/dataCollectionRules/dcr-parapet/streams/Custom-MyLogs?api-version=2023-01-01" \\
  -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '[{"Message": "hello"}]'`,
    },
  ],
};
