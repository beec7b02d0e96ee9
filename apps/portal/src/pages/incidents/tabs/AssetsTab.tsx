import { makeStyles, Tab, TabList, Text } from '@fluentui/react-components';
import type { EntityType, IncidentAsset, IncidentDetail } from '@parapet/schema/wire';
import { useState } from 'react';
import { SeverityBadge } from '../../../components/Badges.tsx';
import { cloudOf } from '../../../components/CloudMark.tsx';
import { EntityChip } from '../../../components/EntityChip.tsx';
import { Loaded } from '../../../components/Loaded.tsx';
import { SimpleTable } from '../../../components/SimpleTable.tsx';
import { TimeText } from '../../../components/TimeText.tsx';
import { ENTITY_LABEL } from '../../../lib/entity.ts';
import { formatCount } from '../../../lib/time.ts';
import { EmptyState } from '../../../shell/EmptyState.tsx';
import { words } from '../../../theme/meaning.ts';
import { useIncidentAssets } from '../useIncident.ts';

const useStyles = makeStyles({ types: { marginBottom: '8px', marginLeft: '-8px' } });

/** What was touched: devices, people, mailboxes, cloud resources. */
export function AssetsTab({ incident }: { readonly incident: IncidentDetail }) {
  const styles = useStyles();
  const assets = useIncidentAssets(incident.id, incident.lastUpdate);
  const [type, setType] = useState<EntityType | 'all'>('all');
  return (
    <Loaded query={assets} what="The assets">
      {({ items: rows, total }) => {
        const types = [...new Set(rows.map((row) => row.entity.type))];
        const shown = type === 'all' || !types.includes(type) ? rows : rows.filter((row) => row.entity.type === type);
        if (rows.length === 0)
          return (
            <EmptyState title="No assets" reason="The alerts of this incident name no device, person or resource." />
          );
        return (
          <>
            {types.length > 1 ? (
              <TabList
                size="small"
                className={styles.types}
                aria-label="Kind of asset"
                selectedValue={types.includes(type as EntityType) ? type : 'all'}
                onTabSelect={(_, data) => setType(data.value as EntityType | 'all')}
              >
                <Tab value="all">All ({rows.length})</Tab>
                {types.map((each) => (
                  <Tab key={each} value={each}>
                    {ENTITY_LABEL[each]} ({rows.filter((row) => row.entity.type === each).length})
                  </Tab>
                ))}
              </TabList>
            ) : null}
            <SimpleTable<IncidentAsset>
              label="Assets of this incident"
              rows={shown}
              rowKey={(row) => `${row.entity.type}|${row.entity.key}`}
              columns={[
                { id: 'asset', header: 'Asset', render: (row) => <EntityChip entity={row.entity} maxLength={60} /> },
                { id: 'type', header: 'Kind', nowrap: true, render: (row) => ENTITY_LABEL[row.entity.type] },
                ...(shown.some((row) => cloudOf(row.entity))
                  ? [
                      {
                        id: 'cloud',
                        header: 'Cloud',
                        nowrap: true,
                        render: (row: IncidentAsset) =>
                          [cloudOf(row.entity), row.entity.fields.cloudAccountId].filter(Boolean).join(' ') || '–',
                      },
                    ]
                  : []),
                { id: 'roles', header: 'Role', render: (row) => row.roles.map(words).join(', ') || '–' },
                {
                  id: 'severity',
                  header: 'Highest severity',
                  nowrap: true,
                  render: (row) => <SeverityBadge severity={row.highestSeverity} />,
                },
                { id: 'alerts', header: 'Alerts', align: 'end', render: (row) => row.alertCount },
                {
                  id: 'first',
                  header: 'First activity',
                  nowrap: true,
                  render: (row) => <TimeText value={row.firstActivity} mode="absolute" />,
                },
                {
                  id: 'last',
                  header: 'Last activity',
                  nowrap: true,
                  render: (row) => <TimeText value={row.lastActivity} mode="absolute" />,
                },
              ]}
            />
            {total > rows.length ? (
              <Text size={200}>
                The first {formatCount(rows.length)} of {formatCount(total)}.
              </Text>
            ) : null}
          </>
        );
      }}
    </Loaded>
  );
}
