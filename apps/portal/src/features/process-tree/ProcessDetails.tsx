import { makeStyles, Text, tokens } from '@fluentui/react-components';
import { makeEntity, type ProcessNode } from '@parapet/schema/wire';
import { Link } from '@tanstack/react-router';
import { SeverityBadge } from '../../components/Badges.tsx';
import { EntityChip } from '../../components/EntityChip.tsx';
import { Facts, PaneSection } from '../../components/Facts.tsx';
import { Identifier } from '../../components/Mono.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { visibleText } from '../../lib/text.ts';
import { formatCount } from '../../lib/time.ts';
import { words } from '../../theme/meaning.ts';
import { HuntLink } from '../hunt-link/HuntLink.tsx';

const useStyles = makeStyles({
  list: { listStyle: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: '4px' },
  row: { display: 'flex', alignItems: 'baseline', gap: '8px', minWidth: 0 },
  grow: { flexGrow: 1, minWidth: 0, overflowWrap: 'anywhere' },
  soft: { color: tokens.colorNeutralForeground3 },
});

export interface ProcessDetailsProps {
  readonly node: ProcessNode;
  readonly deviceId: string;
  readonly deviceName: string;
  /** The alert whose page this is: not linked to itself. */
  readonly alertId?: string;
}

/** One process: what it is, what it did (each count opens the rows it counted), which alerts name it. */
export function ProcessDetails({ node, deviceId, deviceName, alertId }: ProcessDetailsProps) {
  const styles = useStyles();
  const file = makeEntity('file', {
    fileName: node.fileName,
    folderPath: node.folderPath,
    sha256: node.sha256,
    sha1: node.sha1,
  });
  const [domain, name] = node.account.includes('\\') ? node.account.split('\\', 2) : ['', node.account];
  const user = makeEntity('user', { accountName: name, accountDomain: domain });
  const device = makeEntity('device', { deviceId, deviceName });
  return (
    <>
      <Facts
        rows={[
          node.commandLine
            ? { label: 'Command line', value: <Identifier value={node.commandLine} what="command line" wrap /> }
            : undefined,
          { label: 'Process id', value: node.processId === null ? 'Not recorded' : String(node.processId) },
          {
            label: 'Started',
            value: node.creationTime ? <TimeText value={node.creationTime} mode="absolute" /> : 'Not recorded',
          },
          user ? { label: 'User', value: <EntityChip entity={user} /> } : undefined,
          node.integrityLevel ? { label: 'Integrity', value: node.integrityLevel } : undefined,
          device ? { label: 'Device', value: <EntityChip entity={device} /> } : undefined,
          file ? { label: 'File', value: <EntityChip entity={file} /> } : undefined,
          node.folderPath
            ? { label: 'Path', value: <Identifier value={node.folderPath} what="path" wrap /> }
            : undefined,
          node.sha256
            ? { label: 'SHA-256', value: <Identifier value={node.sha256} what="SHA-256" max={20} /> }
            : undefined,
          node.sha1 ? { label: 'SHA-1', value: <Identifier value={node.sha1} what="SHA-1" max={20} /> } : undefined,
        ]}
      />
      {node.alerts.length > 0 ? (
        <PaneSection title="Alerts on this process">
          <ul className={styles.list}>
            {node.alerts.map((alert) => (
              <li key={alert.id} className={styles.row}>
                <SeverityBadge severity={alert.severity} />
                <span className={styles.grow}>
                  {alert.id === alertId ? (
                    <>
                      {visibleText(alert.title)} <span className={styles.soft}>(this alert)</span>
                    </>
                  ) : (
                    <Link to="/alerts/$id" params={{ id: alert.id }}>
                      {visibleText(alert.title)}
                    </Link>
                  )}
                </span>
              </li>
            ))}
          </ul>
        </PaneSection>
      ) : null}
      <PaneSection title="What it did">
        {node.activity.length === 0 ? (
          <Text className={styles.soft}>No file, registry, network or child process activity of it was recorded.</Text>
        ) : (
          <ul className={styles.list}>
            {node.activity.map((activity) => (
              <li key={`${activity.table}|${activity.actionType}`} className={styles.row}>
                <span className={styles.grow}>
                  {words(activity.actionType)} <span className={styles.soft}>{activity.table}</span>
                </span>
                <HuntLink query={activity.huntingQuery}>
                  {formatCount(activity.count)} {activity.count === 1 ? 'row' : 'rows'}
                </HuntLink>
              </li>
            ))}
          </ul>
        )}
      </PaneSection>
      {node.huntingQuery ? (
        <PaneSection title="Hunt">
          <HuntLink query={node.huntingQuery} as="button">
            Hunt for the row that started it
          </HuntLink>
        </PaneSection>
      ) : null}
    </>
  );
}
