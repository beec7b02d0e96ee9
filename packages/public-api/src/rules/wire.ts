/**
 * A detection rule as `microsoft.graph.security.detectionRule` (beta description of microsoftgraph/msgraph-metadata), and back.
 * Pure: what a rule may hold is checked by the detection room, whose rules these become.
 */
import { type DetectionInfo, OTHER_CATEGORIES, SEVERITIES, TACTICS } from '@parapet/schema';
import { bodyOf, textOf, textsOf } from '../body.ts';
import { badRequest } from '../errors.ts';

/** A rule as its file would say it. */
export type Definition = Readonly<Record<string, unknown>>;

const ASSET = '#microsoft.graph.security.impacted';
interface AssetKind {
  readonly name: 'Device' | 'User' | 'Mailbox';
  readonly type: 'device' | 'user' | 'mailbox';
  /** Identifiers as published; each is the column of that name in the result of the query. */
  readonly identifiers: readonly string[];
  field(identifier: string): string;
}
const ASSETS: readonly AssetKind[] = [
  {
    name: 'Device',
    type: 'device',
    identifiers: ['deviceId', 'deviceName', 'remoteDeviceName', 'targetDeviceName', 'destinationDeviceName'],
    field: (identifier) => (identifier === 'deviceId' ? 'deviceId' : 'deviceName'),
  },
  {
    name: 'User',
    type: 'user',
    identifiers: [
      ...['accountObjectId', 'accountSid', 'accountUpn', 'accountName', 'accountDomain', 'accountId'],
      ...['requestAccountSid', 'requestAccountName', 'requestAccountDomain', 'recipientObjectId'],
      ...['processAccountObjectId', 'initiatingAccountSid', 'initiatingProcessAccountUpn', 'initiatingAccountName'],
      ...['initiatingAccountDomain', 'servicePrincipalId', 'servicePrincipalName', 'targetAccountUpn'],
    ],
    field: (identifier) =>
      /Sid$/.test(identifier)
        ? 'accountSid'
        : /Upn$/.test(identifier)
          ? 'accountUpn'
          : /ObjectId$|Id$/.test(identifier)
            ? 'accountObjectId'
            : /Domain$/.test(identifier)
              ? 'accountDomain'
              : 'accountName',
  },
  {
    name: 'Mailbox',
    type: 'mailbox',
    identifiers: [
      ...['accountUpn', 'fileOwnerUpn', 'initiatingProcessAccountUpn', 'lastModifyingAccountUpn', 'targetAccountUpn'],
      ...['senderFromAddress', 'senderDisplayName', 'recipientEmailAddress', 'senderMailFromAddress'],
    ],
    field: () => 'mailboxAddress',
  },
];
const columnOf = (identifier: string): string => identifier.charAt(0).toUpperCase() + identifier.slice(1);
const identifierOf = (column: string): string => column.charAt(0).toLowerCase() + column.slice(1);

/** Entities of a definition that the published type can name. */
function assetsOf(definition: Definition): object[] {
  const entities = Array.isArray(definition.entities) ? (definition.entities as Record<string, unknown>[]) : [];
  return entities.flatMap((entity): object[] => {
    if (entity.preset === 'device') return [{ '@odata.type': `${ASSET}DeviceAsset`, identifier: 'deviceId' }];
    if (entity.preset === 'account') return [{ '@odata.type': `${ASSET}UserAsset`, identifier: 'accountName' }];
    const kind = ASSETS.find(({ type }) => type === entity.type);
    if (!kind) return [];
    return Object.values((entity.fields ?? {}) as Record<string, string>)
      .map(identifierOf)
      .filter((identifier) => kind.identifiers.includes(identifier))
      .map((identifier) => ({ '@odata.type': `${ASSET}${kind.name}Asset`, identifier }));
  });
}

/** Published: 0, 1H, 3H, 12H, 24H. Other times here are hours where they are whole, ISO 8601 otherwise. */
function periodOf({ kind, frequencyMs }: DetectionInfo): string {
  if (kind !== 'scheduled') return '0';
  return frequencyMs % 3_600_000 === 0 ? `${frequencyMs / 3_600_000}H` : `PT${Math.round(frequencyMs / 60_000)}M`;
}

/** @param times when the rule was first and last written */
export function wireRule(
  info: DetectionInfo,
  definition: Definition,
  times: { readonly created: string; readonly updated: string } | undefined,
): Record<string, unknown> {
  const updated = times?.updated ?? info.updatedAt;
  const by = info.createdBy || 'Parapet';
  return {
    '@odata.type': '#microsoft.graph.security.detectionRule',
    id: info.id,
    displayName: info.name,
    isEnabled: info.enabled,
    detectorId: info.id,
    createdBy: by,
    createdDateTime: times?.created ?? info.updatedAt,
    lastModifiedBy: info.owner || by,
    lastModifiedDateTime: updated,
    queryCondition: { queryText: info.query, lastModifiedDateTime: updated },
    schedule: { period: periodOf(info), nextRunDateTime: info.nextRun },
    lastRunDetails:
      info.lastRun === null
        ? null
        : {
            lastRunDateTime: info.lastRun,
            status: info.lastError === null ? 'completed' : 'failed',
            failureReason: info.lastError,
            errorCode: null,
          },
    detectionAction: {
      alertTemplate: {
        title: info.title,
        description: info.description,
        severity: info.severity,
        category: info.category,
        recommendedActions: info.recommendedActions,
        mitreTechniques: info.techniques,
        impactedAssets: assetsOf(definition),
      },
      organizationalScope: null,
      responseActions: [],
    },
  };
}

const RULE_KEYS = [
  ...(['displayName', 'isEnabled', 'queryCondition', 'schedule', 'detectionAction'] as const),
  // Read-only; clients send back what they read.
  ...(['id', 'detectorId', 'createdBy', 'createdDateTime', 'lastModifiedBy', 'lastModifiedDateTime'] as const),
  ...(['lastRunDetails'] as const),
];
const TEMPLATE_KEYS = [
  ...(['title', 'description', 'severity', 'category', 'recommendedActions'] as const),
  ...(['mitreTechniques', 'impactedAssets'] as const),
];

/**
 * What a body changes of a rule.
 * @param whole the rule is new: everything it cannot do without must be there
 * @throws ApiError 400 naming the property that is missing, unknown or of the wrong form
 */
export function ruleChanges(body: unknown, whole: boolean): Definition {
  const given = bodyOf(body, RULE_KEYS);
  const condition = bodyOf(given.queryCondition ?? {}, ['queryText', 'lastModifiedDateTime']);
  const schedule = bodyOf(given.schedule ?? {}, ['period', 'nextRunDateTime']);
  const action = bodyOf(given.detectionAction ?? {}, ['alertTemplate', 'organizationalScope', 'responseActions']);
  const template = bodyOf(action.alertTemplate ?? {}, TEMPLATE_KEYS);
  if (action.organizationalScope !== undefined && action.organizationalScope !== null)
    throw badRequest(
      'detectionAction.organizationalScope must be null: rules run over all data, and scopes decide who sees their alerts.',
    );
  if (
    Array.isArray(action.responseActions)
      ? action.responseActions.length > 0
      : (action.responseActions ?? null) !== null
  )
    throw badRequest('detectionAction.responseActions must be an empty list: rules raise alerts and do nothing else.');

  const changes: Record<string, unknown> = {};
  const text = (key: string, value: unknown, name: string, most: number): void => {
    if (value === undefined && !whole) return;
    if (value === undefined || value === null || value === '') throw badRequest(`${name} is required.`);
    changes[key] = textOf(value, name, most);
  };
  const at = 'detectionAction.alertTemplate';
  text('name', given.displayName, 'displayName', 256);
  text('query', condition.queryText, 'queryCondition.queryText', 30_000);
  text('title', template.title, `${at}.title`, 256);
  text('description', template.description, `${at}.description`, 10_000);
  text('severity', template.severity, `${at}.severity`, 40);
  text('category', template.category, `${at}.category`, 60);
  if (changes.severity !== undefined) changes.severity = oneOf(String(changes.severity), SEVERITIES, `${at}.severity`);
  if (changes.category !== undefined)
    changes.category = oneOf(String(changes.category), [...TACTICS, ...OTHER_CATEGORIES], `${at}.category`);
  if (template.recommendedActions !== undefined)
    changes.recommendedActions =
      template.recommendedActions === null
        ? []
        : textOf(template.recommendedActions, `${at}.recommendedActions`)
            .split(/\r?\n/)
            .filter((line) => line.trim() !== '');
  if (template.mitreTechniques !== undefined || whole)
    changes.techniques = textsOf(template.mitreTechniques ?? [], `${at}.mitreTechniques`, 100);
  if (template.impactedAssets !== undefined || whole)
    changes.entities = entitiesOf(template.impactedAssets, `${at}.impactedAssets`);
  if (schedule.period !== undefined || whole) Object.assign(changes, scheduleOf(schedule.period));
  if (given.isEnabled !== undefined) {
    if (typeof given.isEnabled !== 'boolean') throw badRequest('isEnabled must be true or false.');
    changes.enabled = given.isEnabled;
  }
  return changes;
}

function oneOf<T extends string>(value: string, allowed: readonly T[], name: string): T {
  const plain = (text: string): string => text.replaceAll(/[\s_-]/g, '').toLowerCase();
  const found = allowed.find((each) => plain(each) === plain(value));
  if (found === undefined) throw badRequest(`${name} must be one of ${allowed.join(', ')}.`);
  return found;
}

function entitiesOf(value: unknown, name: string): object[] {
  if (!Array.isArray(value) || value.length === 0) throw badRequest(`${name} needs at least one asset.`);
  if (value.length > 10) throw badRequest(`${name} has more than 10 entries.`);
  return value.map((each: unknown) => {
    const { '@odata.type': odata, identifier } = (typeof each === 'object' && each !== null ? each : {}) as Record<
      string,
      unknown
    >;
    const kind = ASSETS.find(
      (asset) => String(odata).replace(/^#?/, '#').toLowerCase() === `${ASSET}${asset.name}Asset`.toLowerCase(),
    );
    if (!kind)
      throw badRequest(
        `An entry of ${name} needs an @odata.type of ${ASSETS.map((asset) => `${ASSET}${asset.name}Asset`).join(', ')}.`,
      );
    const known = kind.identifiers.find((id) => id.toLowerCase() === String(identifier).toLowerCase());
    if (!known) throw badRequest(`The identifier of a ${kind.name} asset is one of ${kind.identifiers.join(', ')}.`);
    return { type: kind.type, roles: ['attacked'], fields: { [kind.field(known)]: columnOf(known) } };
  });
}

/** Keys of a schedule; `0` is continuous where the query allows it (the caller decides) and near real time otherwise. */
function scheduleOf(period: unknown): Definition {
  const text = typeof period === 'number' ? String(period) : period;
  if (typeof text !== 'string' || text === '') throw badRequest('schedule.period is required: 0, 1H, 3H, 12H or 24H.');
  const none = {
    trigger: undefined,
    frequency: undefined,
    lookback: undefined,
    window: undefined,
    delay: undefined,
    startAt: undefined,
  };
  if (/^0(H|M)?$/i.test(text)) return { ...none, kind: 'continuous' };
  if (!/^(\d{1,3}[HMD]|PT?(\d{1,3}[DHM])+(T(\d{1,3}[HM])+)?)$/i.test(text))
    throw badRequest('schedule.period is 0, 1H, 3H, 12H, 24H, or another time such as PT30M.');
  const frequency = /^P/i.test(text) ? text.toUpperCase() : text.toLowerCase();
  return { ...none, kind: 'scheduled', trigger: 'clock', frequency };
}
