import { makeStyles, Text, tokens } from '@fluentui/react-components';
import type { IncidentAlert, IncidentDetail } from '@parapet/schema/wire';
import { Link } from '@tanstack/react-router';
import { SeverityBadge, StatusBadge, Tag } from '../../../components/Badges.tsx';
import { EntityChips } from '../../../components/EntityChip.tsx';
import { Loaded } from '../../../components/Loaded.tsx';
import { SimpleTable } from '../../../components/SimpleTable.tsx';
import { TimeText } from '../../../components/TimeText.tsx';
import { visibleText } from '../../../lib/text.ts';
import { EmptyState } from '../../../shell/EmptyState.tsx';
import { categoryLabel, words } from '../../../theme/meaning.ts';
import { useIncidentAlerts } from '../useIncident.ts';

const useStyles = makeStyles({
  title: {
    fontWeight: tokens.fontWeightSemibold,
    color: tokens.colorNeutralForeground1,
    textDecoration: 'none',
    ':hover': { textDecoration: 'underline' },
  },
  why: { display: 'flex', flexDirection: 'column', gap: '4px' },
  codes: { display: 'flex', flexWrap: 'wrap', gap: '4px', alignItems: 'center' },
  soft: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 },
});

/** The alerts in order of activity, each with the reason why it is in this incident. */
export function AlertsTab({ incident }: { readonly incident: IncidentDetail }) {
  const styles = useStyles();
  const alerts = useIncidentAlerts(incident.id, incident.lastUpdate);
  return (
    <Loaded query={alerts} what="The alerts">
      {(rows) =>
        rows.length === 0 ? (
          <EmptyState title="No alerts" reason="They were moved to another incident." />
        ) : (
          <SimpleTable<IncidentAlert>
            label="Alerts of this incident"
            rows={rows}
            rowKey={(row) => row.id}
            columns={[
              {
                id: 'time',
                header: 'First activity',
                nowrap: true,
                render: (row) => <TimeText value={row.firstActivity} mode="absolute" />,
              },
              {
                id: 'title',
                header: 'Alert',
                minWidth: 160,
                width: '24%',
                render: (row) => (
                  <>
                    <Link to="/alerts/$id" params={{ id: row.id }} className={styles.title}>
                      {visibleText(row.title)}
                    </Link>
                    <div className={styles.soft}>
                      {categoryLabel(row.category)}
                      {row.techniques.length ? `, ${row.techniques.join(', ')}` : ''}
                    </div>
                  </>
                ),
              },
              {
                id: 'severity',
                header: 'Severity',
                nowrap: true,
                render: (row) => <SeverityBadge severity={row.severity} />,
              },
              { id: 'status', header: 'Status', nowrap: true, render: (row) => <StatusBadge status={row.status} /> },
              {
                id: 'assets',
                header: 'Impacted assets',
                width: '200px',
                render: (row) => <EntityChips entities={row.impactedAssets} max={4} wrap />,
              },
              {
                id: 'why',
                header: 'Why it is here',
                minWidth: 240,
                width: '32%',
                render: (row) => (
                  <div className={styles.why}>
                    <span>{visibleText(row.mergeReason.text)}</span>
                    {row.mergeReason.matchedAlertId === null && row.mergeReason.codes.length === 0 ? null : (
                      <span className={styles.codes}>
                        {row.mergeReason.codes.map((code) => (
                          <Tag key={code}>{words(code)}</Tag>
                        ))}
                        {row.mergeReason.score ? (
                          <Text size={200} className={styles.soft}>
                            {row.mergeReason.score} of 100 points
                          </Text>
                        ) : null}
                      </span>
                    )}
                    {row.mergeReason.keys.length ? (
                      <span className={styles.soft}>Matched on {row.mergeReason.keys.map(visibleText).join(', ')}</span>
                    ) : null}
                  </div>
                ),
              },
              {
                id: 'source',
                header: 'Source',
                render: (row) => words(row.detectionSource),
              },
            ]}
          />
        )
      }
    </Loaded>
  );
}
