import { makeStyles, Text, tokens } from '@fluentui/react-components';
import type { EntityRelations, EntityType } from '@parapet/schema/wire';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../api/client.ts';
import { EntityChip } from '../../components/EntityChip.tsx';
import { SimpleTable } from '../../components/SimpleTable.tsx';
import { ENTITY_LABEL } from '../../lib/entity.ts';
import { formatCount, plural } from '../../lib/time.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { ErrorState } from '../../shell/ErrorState.tsx';
import { RowsSkeleton } from '../../shell/Skeletons.tsx';

const useStyles = makeStyles({
  soft: { color: tokens.colorNeutralForeground3 },
  stack: { display: 'flex', flexDirection: 'column', gap: '10px', minWidth: 0 },
});

export function useRelations(type: EntityType, key: string) {
  return useQuery({
    queryKey: ['/api/entities', type, key, 'related'],
    queryFn: ({ signal }) =>
      api.get<EntityRelations>(`/api/entities/${type}/${encodeURIComponent(key)}/related`, undefined, signal),
  });
}

/** How common an entity is, in one line. */
export function prevalenceText({ prevalence }: EntityRelations): string | undefined {
  if (!prevalence) return undefined;
  const { devices, ofDevices, users } = prevalence;
  const share =
    ofDevices > 0 && devices > 0
      ? ` of ${formatCount(ofDevices)} (${((100 * devices) / ofDevices).toFixed(devices * 100 < ofDevices ? 2 : 0)}%)`
      : '';
  return `Seen on ${plural(devices, 'device')}${share}, with ${plural(users, 'user')}`;
}

/** What occurs together with an entity, in alerts and in rows. */
export function Relations({ type, id }: { readonly type: EntityType; readonly id: string }) {
  const styles = useStyles();
  const relations = useRelations(type, id);
  if (!relations.data)
    return relations.isError ? (
      <ErrorState
        error={relations.error}
        title="What it occurs with could not be loaded"
        onRetry={() => void relations.refetch()}
      />
    ) : (
      <RowsSkeleton />
    );
  const { related } = relations.data;
  if (related.length === 0)
    return (
      <EmptyState
        small
        title="Nothing occurs together with it"
        reason="No alert names it with something else, and no row holds it with a device or a user."
      />
    );
  return (
    <div className={styles.stack}>
      <Text size={200} className={styles.soft}>
        Named in the same alerts, or in the same rows of telemetry; the{' '}
        {related.length === 40 ? 'first 40' : 'whole list'}.
      </Text>
      <SimpleTable
        label="Related entities"
        rows={related}
        rowKey={({ entity }) => `${entity.type}:${entity.key}`}
        columns={[
          { id: 'entity', header: 'Entity', render: ({ entity }) => <EntityChip entity={entity} maxLength={60} /> },
          { id: 'type', header: 'Kind', nowrap: true, render: ({ entity }) => ENTITY_LABEL[entity.type] },
          {
            id: 'alerts',
            header: 'Same alerts',
            align: 'end',
            render: ({ alerts }) => (alerts ? formatCount(alerts) : '–'),
          },
          { id: 'rows', header: 'Same rows', align: 'end', render: ({ rows }) => (rows ? formatCount(rows) : '–') },
        ]}
      />
    </div>
  );
}
