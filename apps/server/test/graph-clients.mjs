/**
 * What a person's own script does with the public client libraries: only authority, base address and credentials are
 * Parapet's. Run by api-clients.test.ts in a process of its own, because Node takes trusted certificates only at its start.
 */
import { ConfidentialClientApplication, PublicClientApplication } from '@azure/msal-node';
import { Client, PageIterator } from '@microsoft/microsoft-graph-client';
import { Client as KustoClient, KustoConnectionStringBuilder } from 'azure-kusto-data';

const { url, tenant, clientId, clientSecret, publicClientId, hook } = JSON.parse(process.argv[2] ?? '{}');
const { host, hostname } = new URL(url);
const msal = new ConfidentialClientApplication({
  auth: { clientId, clientSecret, authority: `${url}/${tenant}`, knownAuthorities: [host] },
});
const scopes = ['https://graph.microsoft.com/.default'];
const token = async () => (await msal.acquireTokenByClientCredential({ scopes }))?.accessToken ?? '';
const graph = Client.init({
  baseUrl: `${url}/`,
  customHosts: new Set([hostname]),
  authProvider: (done) =>
    token().then(
      (value) => done(null, value),
      (error) => done(error, null),
    ),
});
const told = {};

const first = await graph.api('/security/alerts_v2').top(4).count(true).get();
told.count = first['@odata.count'];
const seen = [];
await new PageIterator(graph, first, (alert) => {
  seen.push(alert.id);
  return true;
}).iterate();
told.paged = new Set(seen).size;
const high = await graph.api('/security/alerts_v2').filter("severity eq 'high'").select(['id', 'severity']).get();
told.severities = [...new Set(high.value.map(({ severity }) => severity))];
const expanded = await graph.api('/security/incidents').expand('alerts').orderby('createdDateTime').top(2).get();
told.expanded = expanded.value.map(({ alerts }) => alerts.length);
const [one, two] = expanded.value;
const patched = await graph.api(`/security/incidents/${one.id}`).patch({
  status: 'inProgress',
  classification: 'TruePositive',
  determination: 'Malware',
  customTags: ['Demo'],
});
told.patched = [patched.status, patched.classification, patched.determination, patched.customTags];
const commented = await graph.api(`/security/incidents/${one.id}/comments`).post({
  '@odata.type': 'microsoft.graph.security.alertComment',
  comment: 'From a script',
});
told.comments = commented.value.map(({ comment }) => comment);
const merged = await graph
  .api('/security/incidents/microsoft.graph.security.mergeIncidents')
  .post({ incidentIds: [one.id, two.id], mergeReasons: 'sameActor' });
told.merged = [one.id, two.id].includes(merged.targetIncidentId);
const hunted = await graph.api('/security/runHuntingQuery').post({
  Query: 'print Name = "ü", Number = 1, At = datetime(2026-03-01T08:00:00Z), Bag = dynamic({"a": 1}), Yes = true',
  Timespan: 'P1D',
});
told.hunted = { schema: hunted.schema, results: hunted.results };
const refused = await graph
  .api('/security/runHuntingQuery')
  .post({ query: 'DeviceEvents | where Nothing == 1' })
  .catch((error) => error);
told.refused = [refused.statusCode, refused.code, /line 1, column/i.test(refused.message)];
const subscription = await graph.api('/subscriptions').post({
  changeType: 'updated',
  resource: '/security/incidents',
  notificationUrl: hook,
  clientState: 'mine',
  expirationDateTime: new Date(Date.now() + 3_600_000).toISOString(),
});
told.subscribed = subscription.id !== undefined;
await graph.api(`/security/incidents/${merged.targetIncidentId}`).patch({ summary: 'For the subscription' });
const batch = await graph
  .api('/$batch')
  .post({ requests: [{ id: '1', method: 'GET', url: '/security/alerts_v2?$top=1' }] });
told.batch = batch.responses.map(({ status }) => status);

const kusto = new KustoClient(KustoConnectionStringBuilder.withAccessToken(url, await token()));
const rows = await kusto.execute('hunting', 'print x = 40 + 2');
told.kusto = [...(rows.primaryResults[0]?.rows() ?? [])].map((row) => row.toJSON());
kusto.close();

const device = new PublicClientApplication({
  auth: { clientId: publicClientId, authority: `${url}/${tenant}`, knownAuthorities: [host] },
});
const byDevice = await device.acquireTokenByDeviceCode({
  scopes: ['SecurityAlert.Read.All', 'offline_access'],
  // The test reads the line and answers in the portal.
  deviceCodeCallback: ({ userCode }) => process.stdout.write(`DEVICE ${userCode}\n`),
});
told.device = [byDevice?.account?.username, byDevice?.scopes.some((scope) => /SecurityAlert\.Read\.All$/.test(scope))];
const silent = await device.acquireTokenSilent({
  account: byDevice?.account,
  scopes: ['SecurityAlert.Read.All'],
  forceRefresh: true,
});
told.refreshed = Boolean(silent?.accessToken) && silent.accessToken !== byDevice?.accessToken;
process.stdout.write(`TOLD ${JSON.stringify(told)}\n`);
