import { Button, makeStyles } from '@fluentui/react-components';
import type { TimelineEvent } from '@parapet/schema/wire';
import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { SeverityBadge } from '../../components/Badges.tsx';
import { CopyButton } from '../../components/CopyButton.tsx';
import { DetailsPane } from '../../components/DetailsPane.tsx';
import { EntityChip } from '../../components/EntityChip.tsx';
import { Facts, PaneSection } from '../../components/Facts.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { visibleText } from '../../lib/text.ts';
import { words } from '../../theme/meaning.ts';
import { HuntLink } from '../hunt-link/HuntLink.tsx';
import { lineageOf, ProcessTreeView } from '../process-tree/index.ts';
import { JsonTree } from '../results-grid/JsonTree.tsx';
import { FlagSection } from './FlagSection.tsx';
import { GROUP_LABELS } from './model.ts';

const useStyles = makeStyles({
  chips: { display: 'flex', flexWrap: 'wrap', gap: '6px' },
  row: { display: 'flex', flexWrap: 'wrap', gap: '8px', marginTop: '12px' },
});

/** How far to both sides "what happened around it" looks. */
const AROUND_MINUTES = 30;

export interface EventPaneProps {
  readonly event: TimelineEvent;
  readonly onClose: () => void;
  readonly onPrevious?: () => void;
  readonly onNext?: () => void;
  readonly onAround: (minutes: number) => void;
  /** Absent for people who may not flag. */
  readonly onFlag?: (flagged: boolean, note: string) => Promise<void>;
}

/** One event: what it names, its processes, the raw row, and the ways on. */
export function EventPane({ event, onClose, onPrevious, onNext, onAround, onFlag }: EventPaneProps) {
  const styles = useStyles();
  const lineage = useMemo(() => lineageOf(event.row), [event.row]);
  const [process, setProcess] = useState<string>();
  return (
    <DetailsPane
      title={visibleText(event.title)}
      label="Event"
      onClose={onClose}
      {...(onPrevious ? { onPrevious } : {})}
      {...(onNext ? { onNext } : {})}
    >
      <Facts
        rows={[
          { label: 'Time', value: <TimeText value={event.time} mode="absolute" precision="milli" /> },
          { label: 'Kind', value: GROUP_LABELS[event.group] },
          { label: 'Action', value: words(event.actionType) },
          { label: 'Table', value: event.table },
          event.techniques ? { label: 'Techniques', value: event.techniques.join(', ') } : undefined,
          event.severity ? { label: 'Severity', value: <SeverityBadge severity={event.severity} /> } : undefined,
          event.alertId
            ? {
                label: 'Alert',
                value: (
                  <Link to="/alerts/$id" params={{ id: event.alertId }}>
                    Open the alert
                  </Link>
                ),
              }
            : undefined,
        ]}
      />
      <div className={styles.row}>
        <HuntLink query={event.huntingQuery} as="button">
          Hunt for this row
        </HuntLink>
        <Button size="small" onClick={() => onAround(AROUND_MINUTES)}>
          What happened around it (± {AROUND_MINUTES} min)
        </Button>
      </div>
      {event.raised?.length ? (
        <PaneSection title="Alerts raised from this row">
          <ul style={{ margin: 0, paddingLeft: 18 }}>
            {event.raised.map((alert) => (
              <li key={alert.id}>
                <SeverityBadge severity={alert.severity} iconOnly />{' '}
                <Link to="/alerts/$id" params={{ id: alert.id }}>
                  {visibleText(alert.title)}
                </Link>
              </li>
            ))}
          </ul>
        </PaneSection>
      ) : null}
      {onFlag || event.flag ? <FlagSection event={event} {...(onFlag ? { onFlag } : {})} /> : null}
      {event.entities.length > 0 ? (
        <PaneSection title="Entities">
          <div className={styles.chips}>
            {event.entities.map((entity) => (
              <EntityChip key={`${entity.type}|${entity.key}`} entity={entity} />
            ))}
          </div>
        </PaneSection>
      ) : null}
      {lineage.length > 0 ? (
        <PaneSection title="Process tree, as this row records it">
          <ProcessTreeView
            roots={lineage}
            selected={process}
            onSelect={(node) => setProcess(node.key)}
            label="Processes of this event"
          />
        </PaneSection>
      ) : null}
      <PaneSection title="Raw record">
        <CopyButton value={JSON.stringify(event.row, null, 2)} what="record as JSON" labelled />
        <div style={{ marginTop: 8 }}>
          <JsonTree value={event.row} />
        </div>
      </PaneSection>
    </DetailsPane>
  );
}
