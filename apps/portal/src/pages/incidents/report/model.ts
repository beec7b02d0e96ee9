import type {
  ActivityEntry,
  AttackStory,
  Entity,
  EntityType,
  IncidentAlert,
  IncidentAsset,
  IncidentDetail,
  IncidentEvidence,
  IncidentTask,
  Page,
} from '@parapet/schema/wire';

export const SECTIONS = ['overview', 'story', 'assets', 'alerts', 'evidence', 'tasks', 'comments', 'activity'] as const;
export type Section = (typeof SECTIONS)[number];

export const SECTION_LABEL: Readonly<Record<Section, string>> = {
  overview: 'Overview',
  story: 'What happened',
  assets: 'Assets',
  alerts: 'Alerts',
  evidence: 'Evidence',
  tasks: 'Tasks',
  comments: 'Comments',
  activity: 'Activity log',
};

/** What a report is made of (spec A 2.5). */
export interface ReportData {
  readonly incident: IncidentDetail;
  readonly story: AttackStory;
  readonly assets: Page<IncidentAsset>;
  readonly alerts: Page<IncidentAlert>;
  readonly evidence: Page<IncidentEvidence>;
  readonly tasks: readonly IncidentTask[];
  readonly activity: Page<ActivityEntry>;
  readonly madeAt: string;
  readonly madeBy: string;
}

export const MOST_ASSETS = 10;
export const MOST_EVIDENCE = 100;

/** Assets by type, at most ten of each shown. */
export function assetGroups(
  assets: readonly IncidentAsset[],
): readonly { readonly type: EntityType; readonly shown: readonly IncidentAsset[]; readonly all: number }[] {
  const types = new Map<EntityType, IncidentAsset[]>();
  for (const asset of assets) types.set(asset.entity.type, [...(types.get(asset.entity.type) ?? []), asset]);
  return [...types].map(([type, of]) => ({ type, shown: of.slice(0, MOST_ASSETS), all: of.length }));
}

/** The one thing about an entity that people compare or search for. */
export function detailOf({ fields }: Pick<Entity, 'fields'>): string {
  return (
    fields.processCommandLine ??
    fields.sha256 ??
    fields.sha1 ??
    fields.folderPath ??
    fields.registryValueData ??
    fields.resourceId ??
    ''
  );
}
