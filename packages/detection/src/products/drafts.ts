import {
  type Category,
  type EntityFields,
  type EntityType,
  type Evidence,
  type EvidenceRole,
  makeEntity,
  OTHER_CATEGORIES,
  SEVERITIES,
  type Severity,
  TACTICS,
} from '@parapet/schema';
import { sha256 } from '../runtime/drafts.ts';
import { kqlDatetime, kqlString } from '../runtime/kql-text.ts';
import type { AlertDraft } from '../types.ts';

/** Alerts of another product that say the same: one title, the same entities, one hour. */
export interface ProductGroup {
  /** `ServiceSource` and `DetectionSource` as the tables have them. */
  readonly service: string;
  readonly detection: string;
  readonly title: string;
  readonly category: string;
  readonly severity: string;
  /** JSON list of "Name (T1234)". */
  readonly techniques: string;
  /** The entities, as one text; `*` stands for what is beyond the cap. */
  readonly entities: string;
  /** ISO 8601, start of the hour. */
  readonly hour: string;
  readonly count: number;
  /** ISO 8601. */
  readonly first: string;
  readonly last: string;
  /** Some of its alerts, the first ones. */
  readonly alerts: readonly { readonly id: string; readonly time: string }[];
}

/** A row of `AlertEvidence`, as far as it says what an entity is. */
export type EvidenceCells = Readonly<Record<string, string>>;

const PRODUCT = /^product:/;

/** True for the id that alerts of another product have in place of a rule's. */
export const isProductRule = (ruleId: string): boolean => PRODUCT.test(ruleId);

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40) || 'unknown';

/** What stands for the rule: the same for every alert that a product gives one title. */
export function productRule(service: string, title: string): string {
  return `product:${slug(service)}:${sha256(service, title).slice(0, 12)}`;
}

/** Names of services that the product has an id for (spec A 1.4); every other product is called as it calls itself. */
const SERVICE_IDS: Readonly<Record<string, string>> = {
  'microsoft defender for endpoint': 'microsoftDefenderForEndpoint',
  'microsoft defender advanced threat protection': 'microsoftDefenderForEndpoint',
  'microsoft defender for identity': 'microsoftDefenderForIdentity',
  'azure advanced threat protection': 'microsoftDefenderForIdentity',
  'aad identity protection': 'azureAdIdentityProtection',
  'azure active directory identity protection': 'azureAdIdentityProtection',
  'microsoft entra id protection': 'azureAdIdentityProtection',
  'microsoft defender for office 365': 'microsoftDefenderForOffice365',
  'microsoft cloud app security': 'microsoftDefenderForCloudApps',
  'microsoft defender for cloud apps': 'microsoftDefenderForCloudApps',
  'microsoft defender for cloud': 'microsoftDefenderForCloud',
  'azure security center': 'microsoftDefenderForCloud',
  'microsoft data loss prevention': 'dataLossPrevention',
  'microsoft insider risk management': 'microsoftInsiderRiskManagement',
};

export const serviceId = (name: string): string => SERVICE_IDS[name.toLowerCase()] ?? (name || 'unknown');

function severityOf(text: string): Severity {
  const lower = text.toLowerCase();
  const known = SEVERITIES.find((each) => each === lower);
  if (known) return known;
  if (lower === 'critical') return 'high';
  if (lower === 'info') return 'informational';
  return 'low';
}

const CATEGORIES = new Map([...TACTICS, ...OTHER_CATEGORIES].map((each) => [each.toLowerCase(), each] as const));
const categoryOf = (text: string): Category =>
  CATEGORIES.get(text.toLowerCase().replace(/[^a-z]/g, '')) ?? 'SuspiciousActivity';

/** A group as a draft. @param evidence rows of some of its alerts; equal entities count once */
export function productDraft(group: ProductGroup, evidence: readonly EvidenceCells[]): AlertDraft {
  const service = serviceId(group.service);
  return {
    dedupeKey: sha256('product', group.service, group.detection, group.title, group.entities, group.hour),
    ruleId: productRule(group.service, group.title),
    title: group.title.slice(0, 256),
    description: `Reported by ${group.service || 'another product'}. Reports with the same title about the same entities within an hour are one alert here; the count says how many there were.`,
    severity: severityOf(group.severity),
    category: categoryOf(group.category),
    techniques: [...new Set(group.techniques.match(/\bT\d{4}(?:\.\d{3})?\b/g) ?? [])],
    recommendedActions:
      'Look at the alert in the product that raised it, then at what else happened to the same entities.',
    serviceSource: service,
    detectionSource: serviceId(group.detection || group.service),
    productName: group.service || 'Unknown',
    evidence: entitiesOf(evidence),
    processAncestors: [],
    events: group.alerts.map(({ id, time }) => ({
      table: 'AlertInfo',
      time,
      reportId: id,
      deviceId: '',
      row: {
        Timestamp: time,
        AlertId: id,
        Title: group.title,
        Category: group.category,
        Severity: group.severity,
        ServiceSource: group.service,
        DetectionSource: group.detection,
      },
      huntingQuery: `AlertInfo\n| where Timestamp == ${kqlDatetime(time)} and AlertId == ${kqlString(id)}`,
    })),
    eventCount: group.count,
    firstActivity: group.first,
    lastActivity: group.last,
    ruleQuery: `AlertInfo\n| where ServiceSource == ${kqlString(group.service)} and Title == ${kqlString(group.title)}`,
    ...(group.entities === '*' ? { overflow: true } : {}),
  };
}

const MAX_EVIDENCE = 100;

/** Entities of AlertEvidence rows with their roles. Where nothing is said to be impacted, the related assets are. */
export function entitiesOf(rows: readonly EvidenceCells[]): Evidence[] {
  const impacted = rows.some((row) => row.EvidenceRole === 'Impacted' && row.EntityType === 'Machine');
  const found = new Map<string, Evidence>();
  for (const row of rows) {
    const [type, fields] = fieldsOf(row);
    const entity = type && makeEntity(type, fields);
    if (!entity || (type === 'user' && !fields.accountName && !fields.accountUpn && !fields.accountSid)) continue;
    const id = `${entity.type}|${entity.key}`;
    const known = found.get(id);
    if (!known && found.size >= MAX_EVIDENCE) continue;
    const roles = rolesOf(entity.type, row, impacted);
    found.set(id, known ? { ...known, roles: [...new Set([...known.roles, ...roles])] } : { ...entity, roles });
  }
  return [...found.values()];
}

function rolesOf(type: EntityType, row: EvidenceCells, impacted: boolean): EvidenceRole[] {
  const direction = (row.EvidenceDirection ?? '').toLowerCase();
  if (direction === 'source') return ['source'];
  if (direction === 'destination') return ['destination'];
  if (type === 'device') return row.EvidenceRole === 'Impacted' || !impacted ? ['attacked'] : ['contextual'];
  if (type === 'user') return row.EvidenceRole === 'Impacted' ? ['compromised'] : ['suspicious'];
  return type === 'process' || type === 'file' ? ['suspicious'] : [];
}

function fieldsOf(row: EvidenceCells): [EntityType | undefined, EntityFields] {
  const some = (fields: Record<string, string | number | undefined>): EntityFields =>
    Object.fromEntries(
      Object.entries(fields).filter(([, value]) => value !== undefined && value !== ''),
    ) as EntityFields;
  const device = { deviceId: row.DeviceId, deviceName: row.DeviceName };
  const file = { fileName: row.FileName, folderPath: row.FolderPath, sha1: row.SHA1, sha256: row.SHA256 };
  const account = {
    accountName: row.AccountName,
    accountDomain: row.AccountDomain,
    accountSid: row.AccountSid,
    accountUpn: row.AccountUpn,
    accountObjectId: row.AccountObjectId,
  };
  switch ((row.EntityType ?? '').toLowerCase()) {
    case 'machine':
      return ['device', some(device)];
    case 'user':
      return ['user', some(account)];
    case 'process': {
      const number = Number(row.ProcessId || Number.NaN);
      // Without its number a process cannot be told from others; its file can.
      return Number.isSafeInteger(number)
        ? [
            'process',
            some({
              ...device,
              ...file,
              processId: number,
              processUniqueId: row.ProcessUniqueId,
              processCommandLine: row.ProcessCommandLine,
            }),
          ]
        : ['file', some(file)];
    }
    case 'file':
      return ['file', some(file)];
    case 'ip':
      return ['ip', some({ ip: row.RemoteIP || row.LocalIP })];
    case 'url':
      return ['url', some({ url: row.RemoteUrl })];
    case 'registrykey':
    case 'registryvalue':
      return [
        'registry',
        some({
          registryKey: row.RegistryKey,
          registryValueName: row.RegistryValueName,
          registryValueData: row.RegistryValueData,
        }),
      ];
    case 'mailbox':
      return ['mailbox', some({ mailboxAddress: row.AccountUpn || row.AccountName })];
    case 'cloudresource':
    case 'amazonresource':
    case 'azureresource':
    case 'googlecloudresource':
      return [
        'cloudResource',
        some({
          resourceId: row.ResourceID || row.CloudResource,
          resourceType: row.ResourceType,
          cloudPlatform: row.CloudPlatform,
          cloudAccountId: row.SubscriptionId,
        }),
      ];
    default:
      return [undefined, {}];
  }
}
