/** Findings in words, as the wire type and as rows of BehaviorInfo and BehaviorEntities. */
import { createHash } from 'node:crypto';
import { type Behavior, type BehaviorKind, type EntityFields, makeEntity } from '@parapet/schema';
import { kqlDatetime, kqlString } from '../runtime/kql-text.ts';
import type { Activity } from './activities.ts';
import type { Novelty, OddHour, Surge, Travel } from './baselines.ts';

interface Found {
  readonly kind: BehaviorKind;
  readonly entity: string;
  readonly label: string;
  readonly actionType: string;
  readonly title: string;
  readonly description: string;
  readonly score: number;
  readonly start: string;
  readonly end: string;
  readonly baseline: Behavior['baseline'];
  /** What makes it the same behaviour when it is found again. */
  readonly same: readonly string[];
}

/** Odds as 0 to 1: one in ten is a third, one in a thousand all of it. */
const surprise = (chance: number): number => Math.min(1, Math.max(0.05, -Math.log10(chance) / 3));
const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
const short = (text: string): string => (text.length > 120 ? `${text.slice(0, 119)}…` : text);
const whole = (n: number): string => Math.round(n).toLocaleString('en');

const subject = (activity: Activity): string =>
  activity.entity === 'device' ? 'Device' : activity.entity === 'ip' ? 'Address' : 'User';

export function ofNovelty(activity: Activity, found: Novelty): Behavior {
  const feature = activity.features.find(({ column }) => column === found.feature);
  const name = feature?.name ?? found.feature;
  const did = (feature?.words ?? 'had {value}').replace('{value}', () => short(found.value));
  const rare = found.peers >= 9 && found.peersWith <= 0.05 * found.peers;
  const peers = found.group ? `${found.peers} peers (${found.group})` : `${found.peers} others of this source`;
  const alone = rare && found.chance > 0.1;
  return finish(activity, {
    kind: rare ? 'rareAmongPeers' : 'firstSeen',
    entity: found.entity,
    label: found.label,
    actionType: alone ? `${subject(activity)}${name}UncommonlyAmongPeers` : `FirstTime${subject(activity)}${name}`,
    title: `${found.label} ${did} for the first time`,
    description: `Nothing like it in ${found.days} days with activity before, ${found.newDays} of which brought something new of this kind (${found.values} values known). ${found.peersWith === 0 ? `None of ${peers}` : `${found.peersWith} of ${peers}`} did it.`,
    score: Math.min(1, surprise(found.chance) + (rare ? 0.25 : 0)),
    start: found.first,
    end: found.last,
    baseline: [
      { label: 'Days with activity before', value: String(found.days) },
      { label: 'Days that brought something new', value: String(found.newDays) },
      { label: 'Values known', value: String(found.values) },
      { label: 'Chance of something new on a day', value: percent(found.chance) },
      { label: found.group ? `Peers (${found.group})` : 'Others of this source', value: String(found.peers) },
      { label: 'Of them with this value', value: String(found.peersWith) },
    ],
    same: ['new', found.feature, found.value],
  });
}

export function ofSurge(activity: Activity, found: Surge, byAmount: boolean): Behavior {
  const times = found.mean > 0 ? `${(found.amount / found.mean).toFixed(1)} times the usual` : 'usually none';
  const what = found.value ? `${activity.counted} of ${short(found.value)}` : activity.counted;
  const z = (found.amount - found.mean) / Math.max(found.deviation, byAmount ? 1_000_000 : 1);
  return finish(activity, {
    kind: byAmount ? 'unusualVolume' : 'spike',
    entity: found.entity,
    label: found.label,
    actionType: byAmount ? `Unusual${subject(activity)}DataVolume` : `Unusual${subject(activity)}ActivityVolume`,
    title: `${found.label}: ${whole(found.amount)} ${what} on ${found.day}`,
    description: `${times}: ${whole(found.mean)} a day on average over ${found.days} active days, standard deviation ${whole(found.deviation)}.${found.peers99 > 0 ? ` 99 % of the days of all others stay under ${whole(found.peers99)}.` : ''}`,
    score: 0.3 + 0.7 * (1 - Math.exp(-Math.max(0, z - 3) / 6)),
    start: found.first,
    end: found.last,
    baseline: [
      { label: 'On that day', value: whole(found.amount) },
      { label: 'Average of active days', value: whole(found.mean) },
      { label: 'Standard deviation', value: whole(found.deviation) },
      { label: 'Active days compared', value: String(found.days) },
      { label: '99th percentile of all others', value: whole(found.peers99) },
    ],
    same: ['surge', found.feature, found.value, found.day],
  });
}

export function ofHour(activity: Activity, found: OddHour): Behavior {
  const clock = `${String(found.hour).padStart(2, '0')}:00`;
  return finish(activity, {
    kind: 'unusualHour',
    entity: found.entity,
    label: found.label,
    actionType: `${subject(activity)}ActiveAtUnusualHour`,
    title: `${found.label} was active at ${clock} UTC`,
    description: `${whole(found.events)} ${activity.counted} within that hour; on ${found.daysThen} of ${found.days} days with activity before there was any within an hour of that time.`,
    score: surprise(found.chance),
    start: found.first,
    end: found.last,
    baseline: [
      { label: 'Hour (UTC)', value: clock },
      { label: 'Days with activity before', value: String(found.days) },
      { label: 'Of them active around that hour', value: String(found.daysThen) },
    ],
    same: ['hour', found.day],
  });
}

export function ofTravel(activity: Activity, found: Travel): Behavior {
  return finish(activity, {
    kind: 'impossibleTravel',
    entity: found.entity,
    label: found.label,
    actionType: 'ImpossibleTravel',
    title: `${found.label} was in ${short(found.from)} and then in ${short(found.to)}`,
    description: `${whole(found.km)} km in less time than anybody travels (${whole(found.kmh)} km/h).`,
    score: Math.min(1, 0.4 + found.kmh / 10_000),
    start: found.left,
    end: found.arrived,
    baseline: [
      { label: 'Distance', value: `${whole(found.km)} km` },
      { label: 'Speed', value: `${whole(found.kmh)} km/h` },
      { label: 'Fastest that counts as possible', value: '900 km/h' },
    ],
    same: ['travel', found.from, found.to, found.arrived.slice(0, 10)],
  });
}

function finish(activity: Activity, found: Found): Behavior {
  const id = createHash('sha256')
    .update([activity.id, found.entity, ...found.same].join('\0'))
    .digest('hex')
    .slice(0, 32);
  const { same: _, entity, label, ...rest } = found;
  const from = new Date(Date.parse(found.start) - 30 * 86_400_000).toISOString();
  return {
    ...rest,
    id: `bh${id}`,
    score: Math.round(found.score * 1000) / 1000,
    category: activity.category,
    techniques: activity.techniques,
    table: activity.table,
    huntingQuery: `${activity.table}\n| where ${activity.same.replace('{}', () => kqlString(entity))}\n| where ${TIME_COLUMN(activity)} between (${kqlDatetime(from)} .. ${kqlDatetime(found.end)})\n| sort by ${TIME_COLUMN(activity)} desc`,
    entities: [{ type: activity.entity, key: entity, label: label || entity }],
  };
}

const TIME_COLUMN = (activity: Activity): string => /project At = (\w+)/.exec(activity.query)?.[1] ?? 'Timestamp';

const SERVICE = 'Microsoft 365 Defender';
const DETECTION = 'Behavior analytics';

/** Row of BehaviorInfo. */
export function infoRow(behavior: Behavior): Record<string, unknown> {
  const [first] = behavior.entities;
  const fields = fieldsOf(first);
  return {
    Timestamp: behavior.end,
    BehaviorId: behavior.id,
    ActionType: behavior.actionType,
    Title: behavior.title,
    Description: behavior.description,
    Categories: JSON.stringify([behavior.category]),
    AttackTechniques: JSON.stringify(behavior.techniques),
    ServiceSource: SERVICE,
    DetectionSource: DETECTION,
    DataSources: JSON.stringify([behavior.table]),
    DeviceId: fields.deviceId,
    AccountUpn: fields.accountUpn,
    StartTime: behavior.start,
    EndTime: behavior.end,
    Insights: JSON.stringify(behavior.baseline),
    AdditionalFields: { Kind: behavior.kind, Score: behavior.score, HuntingQuery: behavior.huntingQuery },
  };
}

/** Rows of BehaviorEntities. */
export function entityRows(behavior: Behavior): Record<string, unknown>[] {
  return behavior.entities.map((entity) => {
    const fields = fieldsOf(entity);
    return {
      Timestamp: behavior.end,
      BehaviorId: behavior.id,
      ActionType: behavior.actionType,
      Categories: JSON.stringify([behavior.category]),
      ServiceSource: SERVICE,
      DetectionSource: DETECTION,
      DataSources: JSON.stringify([behavior.table]),
      EntityType:
        { device: 'Machine', ip: 'Ip', cloudResource: 'CloudResource', mailbox: 'Mailbox' }[entity.type as string] ??
        'User',
      EntityRole: 'Impacted',
      AccountName: fields.accountName,
      AccountDomain: fields.accountDomain,
      AccountUpn: fields.accountUpn,
      DeviceId: fields.deviceId,
      DeviceName: entity.type === 'device' ? entity.label : undefined,
      LocalIP: fields.ip,
      CloudResourceId: fields.resourceId,
      AdditionalFields: { EntityKey: entity.key, EntityType: entity.type },
    };
  });
}

/** What a key says of its entity. */
function fieldsOf(entity: Behavior['entities'][number] | undefined): EntityFields {
  if (!entity) return {};
  const { type, key, label } = entity;
  switch (type) {
    case 'device':
      return { deviceId: key, deviceName: label };
    case 'ip':
      return { ip: key };
    case 'cloudIdentity':
      return { resourceId: label, accountName: label.split('/').at(-1) ?? label };
    default: {
      if (key.includes('@')) return { accountUpn: label };
      const at = label.indexOf('\\');
      return at < 0 ? { accountName: label } : { accountDomain: label.slice(0, at), accountName: label.slice(at + 1) };
    }
  }
}

/** The key that pages use, where the label gives one; the engine's otherwise. What the state database cannot hold is left out. */
export function withPageKeys(found: Behavior): Behavior {
  const behavior = JSON.parse(JSON.stringify(found).replaceAll('\\u0000', '')) as Behavior;
  return {
    ...behavior,
    entities: behavior.entities.map((entity) => ({
      ...entity,
      key: entity.type === 'user' ? (makeEntity('user', fieldsOf(entity))?.key ?? entity.key) : entity.key,
    })),
  };
}
