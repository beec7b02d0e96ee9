import { makeStyles, Tab, TabList, Text, tokens } from '@fluentui/react-components';
import type { EntityType, IncidentDetail, IncidentEvidence } from '@parapet/schema/wire';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { EntityChip } from '../../../components/EntityChip.tsx';
import { Loaded } from '../../../components/Loaded.tsx';
import { Identifier } from '../../../components/Mono.tsx';
import { SimpleTable } from '../../../components/SimpleTable.tsx';
import { TimeText } from '../../../components/TimeText.tsx';
import { ENTITY_LABEL, shortLabel } from '../../../lib/entity.ts';
import { visibleText } from '../../../lib/text.ts';
import { formatCount } from '../../../lib/time.ts';
import { EmptyState } from '../../../shell/EmptyState.tsx';
import { words } from '../../../theme/meaning.ts';
import { useIncidentEvidence } from '../useIncident.ts';

const useStyles = makeStyles({
  types: { marginBottom: '8px', marginLeft: '-8px', flexWrap: 'wrap' },
  soft: { color: tokens.colorNeutralForeground3 },
});

/** Everything the alerts point at, with its role and where it was seen. */
export function EvidenceTab({ incident }: { readonly incident: IncidentDetail }) {
  const styles = useStyles();
  const evidence = useIncidentEvidence(incident.id, incident.lastUpdate);
  const [type, setType] = useState<EntityType | 'all'>('all');
  return (
    <Loaded query={evidence} what="The evidence">
      {({ items: rows, total }) => {
        const types = [...new Set(rows.map((row) => row.entity.type))];
        const chosen = types.includes(type as EntityType) ? type : 'all';
        const shown = chosen === 'all' ? rows : rows.filter((row) => row.entity.type === chosen);
        if (rows.length === 0)
          return <EmptyState title="No evidence" reason="The alerts of this incident carry no entities." />;
        return (
          <>
            <TabList
              size="small"
              className={styles.types}
              aria-label="Kind of evidence"
              selectedValue={chosen}
              onTabSelect={(_, data) => setType(data.value as EntityType | 'all')}
            >
              <Tab value="all">All ({rows.length})</Tab>
              {types.map((each) => (
                <Tab key={each} value={each}>
                  {ENTITY_LABEL[each]} ({rows.filter((row) => row.entity.type === each).length})
                </Tab>
              ))}
            </TabList>
            <SimpleTable<IncidentEvidence>
              label="Evidence of this incident"
              rows={shown}
              rowKey={(row) => `${row.entity.type}|${row.entity.key}`}
              columns={[
                {
                  id: 'entity',
                  header: 'Evidence',
                  render: (row) => <EntityChip entity={row.entity} maxLength={60} />,
                },
                { id: 'type', header: 'Kind', nowrap: true, render: (row) => ENTITY_LABEL[row.entity.type] },
                {
                  id: 'detail',
                  header: 'Detail',
                  minWidth: 260,
                  width: '34%',
                  render: (row) => <Detail evidence={row} />,
                },
                { id: 'roles', header: 'Role', render: (row) => row.roles.map(words).join(', ') || '–' },
                {
                  id: 'devices',
                  header: 'Devices',
                  nowrap: true,
                  render: (row) => (
                    <span title={row.devices.join('\n')}>
                      {row.devices
                        .slice(0, 2)
                        .map((name) => visibleText(shortLabel({ type: 'device', label: name })))
                        .join(', ') || '–'}
                      {row.devices.length > 2 ? ` +${row.devices.length - 2}` : ''}
                    </span>
                  ),
                },
                {
                  id: 'alerts',
                  header: 'Alerts',
                  align: 'end',
                  render: (row) =>
                    row.alertIds.length === 1 ? (
                      <Link to="/alerts/$id" params={{ id: row.alertIds[0]! }}>
                        1 alert
                      </Link>
                    ) : (
                      `${row.alertIds.length} alerts`
                    ),
                },
                {
                  id: 'first',
                  header: 'First seen',
                  nowrap: true,
                  render: (row) => <TimeText value={row.firstSeen} mode="absolute" />,
                },
              ]}
            />
            <Text size={200} block style={{ marginTop: 8 }}>
              {total > rows.length ? `The first ${formatCount(rows.length)} of ${formatCount(total)}. ` : ''}
              No response action is connected to this installation: what is done about a piece of evidence is done in
              the product that guards it, and noted here as a task or comment.
            </Text>
          </>
        );
      }}
    </Loaded>
  );
}

/** The one thing about it that people compare or search for. */
function Detail({ evidence }: { readonly evidence: IncidentEvidence }) {
  const styles = useStyles();
  const { fields } = evidence.entity;
  if (fields.processCommandLine) return <Identifier value={fields.processCommandLine} what="command line" wrap />;
  if (fields.sha256) return <Identifier value={fields.sha256} what="SHA-256" max={32} />;
  if (fields.sha1) return <Identifier value={fields.sha1} what="SHA-1" max={32} />;
  if (fields.folderPath) return <Identifier value={fields.folderPath} what="path" />;
  if (fields.registryValueData) return <Identifier value={fields.registryValueData} what="registry data" wrap />;
  if (fields.resourceId) return <Identifier value={fields.resourceId} what="resource id" />;
  return <span className={styles.soft}>–</span>;
}
