import { Button, makeStyles, tokens } from '@fluentui/react-components';
import { ArrowMaximize20Regular } from '@fluentui/react-icons/svg/arrow-maximize';
import { ArrowMinimize20Regular } from '@fluentui/react-icons/svg/arrow-minimize';
import type { Entity, StoryStep } from '@parapet/schema/wire';
import { Link, useRouter } from '@tanstack/react-router';
import { useContext } from 'react';
import { SeverityBadge } from '../../components/Badges.tsx';
import { DetailsPane } from '../../components/DetailsPane.tsx';
import { EntityChip, HuntWindowContext } from '../../components/EntityChip.tsx';
import { Facts, PaneSection } from '../../components/Facts.tsx';
import { Identifier } from '../../components/Mono.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { ENTITY_LABEL, entityHref, entityQuery } from '../../lib/entity.ts';
import { visibleText } from '../../lib/text.ts';
import { huntHref } from '../hunt-link/share-link.ts';
import { entityFacts } from './facts.ts';
import type { DrawnNode } from './model.ts';

const useStyles = makeStyles({
  actions: { display: 'flex', flexWrap: 'wrap', gap: '6px', marginBottom: '14px' },
  list: { listStyle: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: '6px' },
  alert: {
    display: 'grid',
    gridTemplateColumns: '18px minmax(0, 1fr)',
    gap: '6px',
    alignItems: 'baseline',
    width: '100%',
    border: 'none',
    padding: '2px 0',
    font: 'inherit',
    textAlign: 'left',
    cursor: 'pointer',
    backgroundColor: 'transparent',
    color: tokens.colorNeutralForeground1,
    ':hover': { textDecoration: 'underline' },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
});

export interface NodePaneProps {
  readonly node: DrawnNode;
  readonly steps: readonly StoryStep[];
  readonly canFold: boolean;
  readonly onClose: () => void;
  readonly onExpand: () => void;
  readonly onFold: () => void;
  readonly onChooseAlert: (alertId: string) => void;
}

/** Facts of the chosen node, its alerts, and where to go from here. */
export function NodePane({ node, steps, canFold, onClose, onExpand, onFold, onChooseAlert }: NodePaneProps) {
  const styles = useStyles();
  const router = useRouter();
  const window = useContext(HuntWindowContext);
  const single: Entity | undefined = node.entities.length === 1 ? node.entities[0] : undefined;
  const query = single ? entityQuery(single, window) : undefined;
  const alerts = steps.filter((step) => node.alertIds.includes(step.alertId));
  return (
    <DetailsPane
      title={visibleText(node.label)}
      label={`${ENTITY_LABEL[node.type]} in the attack story`}
      onClose={onClose}
      onOpen={single ? () => router.history.push(entityHref(single)) : undefined}
    >
      <div className={styles.actions}>
        {single ? (
          <Button size="small" onClick={() => router.history.push(entityHref(single))}>
            Open {ENTITY_LABEL[single.type].toLowerCase()} page
          </Button>
        ) : (
          <Button size="small" icon={<ArrowMaximize20Regular />} onClick={onExpand}>
            Show all {node.entities.length}
          </Button>
        )}
        {query ? (
          <Button size="small" onClick={() => router.history.push(huntHref({ query, run: true }))}>
            Hunt for this
          </Button>
        ) : null}
        {canFold ? (
          <Button size="small" icon={<ArrowMinimize20Regular />} onClick={onFold}>
            Fold the group
          </Button>
        ) : null}
      </div>
      <Facts
        rows={[
          { label: 'Type', value: ENTITY_LABEL[node.type] },
          { label: 'Severity', value: <SeverityBadge severity={node.severity} /> },
          node.patientZero && { label: 'Role', value: 'Earliest activity of the incident' },
          { label: 'First activity', value: <TimeText value={node.firstActivity} mode="absolute" /> },
          { label: 'Last activity', value: <TimeText value={node.lastActivity} mode="absolute" /> },
          ...(single
            ? entityFacts(single).map((fact) => ({
                label: fact.label,
                value: fact.time ? (
                  <TimeText value={fact.value} mode="absolute" />
                ) : (
                  <Identifier value={fact.value} what={fact.label.toLowerCase()} wrap={fact.wrap} max={30} />
                ),
              }))
            : []),
        ]}
      />
      {single ? null : (
        <PaneSection title={`In this group (${node.entities.length})`}>
          <ul className={styles.list}>
            {node.entities.slice(0, 100).map((entity) => (
              <li key={`${entity.type}|${entity.key}`}>
                <EntityChip entity={entity} maxLength={44} />
              </li>
            ))}
          </ul>
        </PaneSection>
      )}
      <PaneSection title={`Alerts (${alerts.length})`}>
        <ul className={styles.list}>
          {alerts.map((alert) => (
            <li key={alert.alertId}>
              <button type="button" className={styles.alert} onClick={() => onChooseAlert(alert.alertId)}>
                <SeverityBadge severity={alert.severity} iconOnly />
                <span>
                  {visibleText(alert.title)}
                  <br />
                  <TimeText value={alert.time} mode="absolute" />
                </span>
              </button>
            </li>
          ))}
        </ul>
        {alerts.length === 0 ? 'No alert names it; it connects things that alerts name.' : null}
      </PaneSection>
      {single?.type === 'process' && single.fields.deviceId ? (
        <PaneSection title="Ran on">
          <Link to="/devices/$id" params={{ id: single.fields.deviceId }}>
            {visibleText(single.fields.deviceName ?? single.fields.deviceId)}
          </Link>
        </PaneSection>
      ) : null}
    </DetailsPane>
  );
}
